import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMlflowSource } from './index.ts'
import type { MlflowSource, MlflowSourceOptions, SourceRun } from './source.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env
const law = { numRuns: Number(runs ?? 50), ...(seed !== undefined && { seed: Number(seed) }) }

const fixture = fileURLToPath(new URL('../../../test/fixtures/mlflow-house-price', import.meta.url))

let folder = ''
let store = ''
const opened: MlflowSource[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-mlruns-test-'))
  store = join(folder, 'mlruns')
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (source) => await source.close()))
  await rm(folder, { recursive: true, force: true })
})

type Files = Readonly<Record<string, string | Uint8Array>>

const write = async (files: Files): Promise<void> => {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(store, path)), { recursive: true })
    await writeFile(join(store, path), content)
  }
}

const openSource = async (path = store, options?: MlflowSourceOptions): Promise<MlflowSource> => {
  const source = await openMlflowSource(path, options)
  opened.push(source)
  return source
}

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const onlyRun = async (source: MlflowSource): Promise<SourceRun> => {
  const [run, ...others] = await all(source.runs())
  if (run === undefined || others.length > 0) throw new Error(`${others.length} other runs`)
  return run
}

const textOf = async (chunks: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.concat(await all(chunks)).toString('utf8')

const experimentMeta = `artifact_location: file:///home/a/mlruns/7
creation_time: 1000
experiment_id: '7'
last_update_time: 2000
lifecycle_stage: active
name: churn
`

const runMeta = (fields: Readonly<Record<string, string | number>> = {}): string => {
  const every = {
    artifact_uri: 'file:///home/a/mlruns/7/r1/artifacts',
    end_time: 9000,
    entry_point_name: "''",
    experiment_id: "'7'",
    lifecycle_stage: 'active',
    run_id: 'r1',
    run_name: 'able-kit-180',
    run_uuid: 'r1',
    source_name: "''",
    source_type: 4,
    source_version: "''",
    start_time: 5000,
    status: 3,
    tags: '[]',
    user_id: 'ana',
    ...fields,
  }
  return Object.entries(every)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')
}

/** One experiment with one run. */
const small: Files = {
  '7/meta.yaml': experimentMeta,
  '7/tags/team': 'growth',
  '7/r1/meta.yaml': runMeta(),
  '7/r1/params/max_depth': '8',
  '7/r1/params/optimizer/name': 'adam',
  '7/r1/tags/mlflow.runName': 'able-kit-180',
  '7/r1/metrics/loss': '5100 0.9 0\n5300 0.5 1\n',
  '7/r1/metrics/val/loss': '5200 nan 0\n',
  '7/r1/artifacts/model/MLmodel': 'flavors: {}\n',
}

describe('the published store in test/fixtures', () => {
  it('gives its experiments, runs, models and versions, and has no problems', async () => {
    const source = await openSource(fixture)
    expect(source.kind).toBe('mlruns')
    const experiments = await all(source.experiments())
    expect(experiments.map(({ id, name }) => [id, name])).toEqual([
      ['0', 'Default'],
      ['231584636291986503', 'mlflow-demo'],
      ['469461339613054132', 'demo'],
    ])
    const models = await all(source.models())
    expect(models.map(({ name, versions }) => [name, versions.length])).toEqual([
      ['linearRegressionModel', 8],
      ['model', 50],
    ])
    expect(models[0]?.versions[1]).toMatchObject({
      version: 2,
      stage: 'Archived',
      createdAt: 1685194952690,
      updatedAt: 1685408449834,
      deleted: false,
    })
    expect(await all(source.loggedModels())).toEqual([])
    expect(await source.leftOut()).toEqual([])
    expect(source.problems).toEqual([])
  })

  it('gives every run by its start, with params, tags, points and artifacts', async () => {
    const source = await openSource(fixture)
    const list = await all(source.runs())
    expect(list).toHaveLength(21)
    const starts = list.map(({ startTime }) => startTime ?? 0)
    expect(starts).toEqual([...starts].sort((a, b) => a - b))
    const run = list.find(({ id }) => id === '58e7ed907fe648f1b370c0a5170927e1')
    expect(run).toMatchObject({
      experiment: '469461339613054132',
      name: 'able-kit-180',
      user: 'thimotee',
      status: 'FINISHED',
      startTime: 1685407566743,
      endTime: 1685407576117,
    })
    expect(run?.params).toContainEqual(['fit_intercept', 'True'])
    const metrics = await run?.metrics()
    const mse = metrics?.key.indexOf(metrics.keys.indexOf('mse')) ?? -1
    expect(metrics?.value[mse]).toBe(33.44897999767639)
    expect(metrics?.timestamp[mse]).toBe(1685407574560)
    const artifacts = run === undefined ? [] : await all(run.artifacts())
    expect(artifacts.map(({ path }) => path)).toEqual([
      'estimator.html',
      'model/MLmodel',
      'model/conda.yaml',
      'model/python_env.yaml',
      'model/requirements.txt',
    ])
    const bytes = await Promise.all(artifacts.map(async ({ open }) => await textOf(open())))
    expect(bytes.map((text) => Buffer.byteLength(text))).toEqual(artifacts.map(({ size }) => size))
    expect(source.problems).toEqual([])
  })

  it('has the same digest where it was copied to, and another after one more byte', async () => {
    const source = await openSource(fixture)
    const digest = await source.digest()
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    await cp(join(fixture, 'mlruns'), store, { recursive: true })
    const copy = await openSource()
    expect(await copy.digest()).toBe(digest)
    await write({ '0/tags/x': 'y' })
    expect(await copy.digest()).not.toBe(digest)
  })
})

describe('an mlruns folder', () => {
  it('is read with nested keys and points by time', async () => {
    await write(small)
    const source = await openSource()
    expect(await all(source.experiments())).toMatchObject([
      { id: '7', name: 'churn', createdAt: 1000, updatedAt: 2000, tags: [['team', 'growth']] },
    ])
    const run = await onlyRun(source)
    expect(run).toMatchObject({ id: 'r1', experiment: '7', status: 'FINISHED', user: 'ana' })
    expect(run.params).toEqual([
      ['max_depth', '8'],
      ['optimizer/name', 'adam'],
    ])
    expect(await run.metrics()).toEqual({
      keys: ['loss', 'val/loss'],
      key: Uint32Array.of(0, 1, 0),
      value: Float64Array.of(0.9, Number.NaN, 0.5),
      step: Float64Array.of(0, 0, 1),
      timestamp: Float64Array.of(5100, 5200, 5300),
    })
    expect(await all(run.artifacts())).toMatchObject([{ path: 'model/MLmodel', size: 12 }])
    expect(source.problems).toEqual([])
  })

  it.each([
    ['1', 'RUNNING'],
    ['2', 'SCHEDULED'],
    ['3', 'FINISHED'],
    ['4', 'FAILED'],
    ['5', 'KILLED'],
    ['KILLED', 'KILLED'],
  ])('means by status %s a run that is %s', async (number, status) => {
    await write({ ...small, '7/r1/meta.yaml': runMeta({ status: number }) })
    expect(await onlyRun(await openSource())).toMatchObject({ status })
  })

  it('keeps text that looks like a number, a date or null as it was written', async () => {
    const meta = experimentMeta
      .replace("'7'", '469461339613054132')
      .replace('name: churn', 'name: 12e4')
    await write({
      '469461339613054132/meta.yaml': meta,
      '469461339613054132/r1/meta.yaml': runMeta({ run_name: "'null'", user_id: '2023-05-27' }),
    })
    const source = await openSource()
    expect(await all(source.experiments())).toMatchObject([
      { id: '469461339613054132', name: '12e4' },
    ])
    expect(await onlyRun(source)).toMatchObject({ name: 'null', user: '2023-05-27' })
    expect(source.problems).toEqual([])
  })

  it('gives what was deleted, marked as deleted', async () => {
    await write({
      ...small,
      '7/r1/meta.yaml': runMeta({ lifecycle_stage: 'deleted', deleted_time: 9500 }),
      '.trash/8/meta.yaml': experimentMeta.replace("'7'", "'8'").replace('churn', 'old'),
    })
    const source = await openSource()
    expect(await all(source.experiments())).toMatchObject([
      { id: '7', deleted: false },
      { id: '8', deleted: true },
    ])
    expect(await onlyRun(source)).toMatchObject({ deleted: true, deletedAt: 9500 })
  })

  it('reads models with tags, aliases as files or as a map, stages and deleted versions', async () => {
    const model = 'creation_timestamp: 10\ndescription: null\nlast_updated_timestamp: 30\n'
    const version = (n: number, stage: string): string =>
      `creation_timestamp: ${n}0\ncurrent_stage: ${stage}\nlast_updated_timestamp: ${n}5\nrun_id: ''\nsource: s3://b/${n}\nversion: ${n}\n`
    await write({
      ...small,
      'models/m/meta.yaml': `${model}name: m\naliases: {champion: 1, old: 2}\n`,
      'models/m/aliases/champion': '10',
      'models/m/tags/task': 'regression',
      'models/m/version-1/meta.yaml': version(1, 'Production'),
      'models/m/version-2/meta.yaml': version(2, 'Deleted_Internal'),
      'models/m/version-10/meta.yaml': version(10, 'None'),
      'models/m/version-10/tags/reviewed': 'yes',
    })
    const source = await openSource()
    const [read] = await all(source.models())
    expect(read).toMatchObject({
      name: 'm',
      tags: [['task', 'regression']],
      aliases: [
        ['champion', 10],
        ['old', 2],
      ],
    })
    expect(read?.versions).toMatchObject([
      { version: 1, stage: 'Production', createdAt: 10, updatedAt: 15, deleted: false, run: null },
      { version: 2, stage: 'None', deleted: true },
      { version: 10, stage: 'None', tags: [['reviewed', 'yes']] },
    ])
    expect(source.problems).toEqual([])
  })

  it('reads datasets, model inputs and outputs, and logged models', async () => {
    const link = (from: string, to: string): string =>
      `source_type: X\nsource_id: ${from}\ndestination_type: Y\ndestination_id: ${to}\nstep: 3\n`
    await write({
      ...small,
      '7/datasets/d1/meta.yaml':
        "digest: 1a2b\nname: train\nprofile: null\nschema: '{}'\nsource: '{}'\nsource_type: local\n",
      '7/r1/inputs/i1/meta.yaml':
        'destination_id: r1\ndestination_type: RUN\nsource_id: d1\nsource_type: DATASET\ntags:\n  mlflow.data.context: train\n',
      '7/r1/inputs/m-1/meta.yaml': link('r1', 'm-1'),
      '7/r1/outputs/m-2/meta.yaml': link('r1', 'm-2'),
      '7/models/m-2/meta.yaml':
        'model_id: m-2\nname: forest\nexperiment_id: 7\nsource_run_id: r1\ncreation_timestamp: 5\nlast_updated_timestamp: 6\nstatus: 2\n',
      '7/models/m-2/params/depth': '3',
      '7/traces/tr-1/trace_info.yaml': 'a: b\n',
    })
    const source = await openSource()
    const run = await onlyRun(source)
    expect(run.datasets).toEqual([
      {
        name: 'train',
        digest: '1a2b',
        sourceType: 'local',
        source: '{}',
        schema: '{}',
        tags: [['mlflow.data.context', 'train']],
      },
    ])
    expect(run.modelInputs).toEqual(['m-1'])
    expect(run.modelOutputs).toEqual([{ id: 'm-2', step: 3 }])
    expect(await all(source.loggedModels())).toMatchObject([
      { id: 'm-2', name: 'forest', experiment: '7', run: 'r1', params: [['depth', '3']] },
    ])
    expect(await source.leftOut()).toEqual([{ kind: 'traces', count: 1 }])
    expect(source.problems).toEqual([])
  })

  it('keeps any key that a file can be named by, and any text', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !/[/\0]/.test(text) && !['.', '..'].includes(text))
      .filter((text) => Buffer.byteLength(text) <= 250)
    const key = fc.oneof(name, fc.constantFrom('__proto__', 'constructor', 'toString'))
    const value = fc.string({ unit: 'grapheme' })
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 5 }), async (params) => {
        await rm(store, { recursive: true, force: true })
        await write({ '7/meta.yaml': experimentMeta, '7/r1/meta.yaml': runMeta() })
        await mkdir(join(store, '7/r1/params'))
        for (const [param, content] of Object.entries(params)) {
          await writeFile(join(store, '7/r1/params', param), content)
        }
        const run = await onlyRun(await openSource())
        expect(new Map(run.params)).toEqual(new Map(Object.entries(params)))
      }),
      law,
    )
  })
})

describe('a damaged mlruns folder', () => {
  /** Reads everything there is. */
  const readAll = async (source: MlflowSource): Promise<SourceRun[]> => {
    await all(source.experiments())
    await all(source.models())
    const list = await all(source.runs())
    for (const run of list) {
      await run.metrics()
      await all(run.artifacts())
    }
    await all(source.loggedModels())
    return list
  }

  const cases: readonly (readonly [
    string,
    Files,
    { file: string; line?: number; says: string },
  ])[] = [
    [
      'a run whose meta.yaml was never merged',
      { '7/r2/meta.yaml': `<<<<<<< HEAD\nrun_id: r2\n=======\n${runMeta({ run_id: 'r2' })}` },
      { file: '7/r2/meta.yaml', line: 1, says: 'no valid YAML' },
    ],
    [
      'a run with a start time that is none',
      { '7/r2/meta.yaml': runMeta({ run_id: 'r2', start_time: 'noon' }) },
      { file: '7/r2/meta.yaml', line: 12, says: 'start_time is no whole number ("noon")' },
    ],
    [
      'a run of unknown status',
      { '7/r2/meta.yaml': runMeta({ run_id: 'r2', status: 9 }) },
      { file: '7/r2/meta.yaml', line: 13, says: 'status is no status of a run' },
    ],
    [
      'a run cut off in the middle',
      { '7/r2/meta.yaml': 'artifact_uri: x\nend_ti' },
      { file: '7/r2/meta.yaml', says: '' },
    ],
    [
      'a run without meta.yaml',
      { '7/r2/params/a': '1' },
      { file: '7/r2/meta.yaml', says: 'missing; the run is left out' },
    ],
    [
      'an empty meta.yaml',
      { '7/r2/meta.yaml': '' },
      { file: '7/r2/meta.yaml', line: 1, says: 'no YAML map' },
    ],
    [
      'YAML nested too deep to read',
      { '7/r2/meta.yaml': '['.repeat(200_000) },
      { file: '7/r2/meta.yaml', says: 'no YAML that MLflow writes' },
    ],
    [
      'YAML with anchors without end',
      { '7/r2/meta.yaml': `a: ${'&x '.repeat(100_000)}` },
      { file: '7/r2/meta.yaml', says: 'no YAML that MLflow writes' },
    ],
    [
      'YAML that explodes when its aliases are followed',
      {
        '7/r2/meta.yaml': `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh']
          .map((name, at) => `${name}: &${name} [${`*${'abcdefg'[at]},`.repeat(9)}]\n`)
          .join('')}`,
      },
      { file: '7/r2/meta.yaml', says: 'no valid YAML' },
    ],
    [
      'a metric line that is none',
      { '7/r1/metrics/loss': '5100 0.9 0\n5200 oops 1\n5300 0.5 2\n' },
      { file: '7/r1/metrics/loss', line: 2, says: 'value "oops"' },
    ],
    [
      'a metric line without end',
      { '7/r1/metrics/loss': `5100 0.9 0\n${'9'.repeat(200_000)}\n5300 0.5 2\n` },
      { file: '7/r1/metrics/loss', line: 2, says: '64 KiB' },
    ],
    [
      'a param that is no UTF-8',
      { '7/r1/params/bad': Uint8Array.of(0x66, 0xff, 0xfe) },
      { file: '7/r1/params/bad', says: 'no valid UTF-8' },
    ],
    [
      'a tag of 17 MiB',
      { '7/r1/tags/big': 'x'.repeat(17 * 1024 * 1024) },
      { file: '7/r1/tags/big', says: 'larger than 16 MiB' },
    ],
    [
      'a file where a run should be',
      { '7/notes.txt': 'hello' },
      { file: '7/notes.txt', says: 'no such file here' },
    ],
    [
      'a folder in a run that MLflow does not make',
      { '7/r1/plots/a.png': 'x' },
      { file: '7/r1/plots', says: 'no such folder here' },
    ],
    [
      'a folder that is no experiment',
      { 'notebooks/a.txt': 'x' },
      { file: 'notebooks', says: 'no such folder here' },
    ],
    [
      'a version without a number',
      {
        'models/m/meta.yaml': 'name: m\n',
        'models/m/version-1/meta.yaml': 'current_stage: None\nversion: one\n',
      },
      { file: 'models/m/version-1/meta.yaml', line: 2, says: 'version is no whole number' },
    ],
    [
      'an alias that points nowhere',
      { 'models/m/meta.yaml': 'name: m\n', 'models/m/aliases/champion': 'seven' },
      { file: 'models/m/aliases/champion', line: 1, says: '"seven"' },
    ],
    [
      'an input whose dataset is gone',
      {
        '7/r1/inputs/i1/meta.yaml':
          'destination_id: r1\ndestination_type: RUN\nsource_id: d1\nsource_type: DATASET\n',
      },
      { file: '7/datasets/d1/meta.yaml', says: 'missing' },
    ],
    [
      'artifacts in a place that is not here',
      { '7/r1/meta.yaml': runMeta({ artifact_uri: 's3://bucket/x' }) },
      { file: '7/r1/meta.yaml', says: 's3://bucket/x, which is not here' },
    ],
  ]

  it.each(cases)('names the file of %s, and the rest comes in', async (title, damage, expected) => {
    const files = { ...small, ...damage }
    if (title.startsWith('artifacts')) await write({ '7/meta.yaml': experimentMeta })
    const isMoved = title.startsWith('artifacts')
    await write(
      isMoved
        ? Object.fromEntries(Object.entries(files).filter(([path]) => !path.includes('artifacts')))
        : files,
    )
    const source = await openSource()
    const list = await readAll(source)
    expect(list.map(({ id }) => id)).toEqual(['r1'])
    expect(source.problems).toHaveLength(1)
    const [problem] = source.problems
    expect(problem).toMatchObject({
      file: expected.file,
      ...(expected.line !== undefined && { line: expected.line }),
    })
    expect(problem?.message).toContain(expected.says)
  })

  it('lists a problem once, however often the store is read', async () => {
    await write({ ...small, '7/r2/meta.yaml': '' })
    const source = await openSource()
    await readAll(source)
    await readAll(source)
    expect(source.problems).toHaveLength(1)
  })

  it('keeps the good points of a bad metric file and counts what it does not list', async () => {
    const lines = Array.from({ length: 100 }, (_, at) => (at < 50 ? 'bad' : `${at} 1 ${at}`))
    await write({ ...small, '7/r1/metrics/loss': lines.join('\n') })
    const source = await openSource()
    const { timestamp } = await (await onlyRun(source)).metrics()
    expect(timestamp).toHaveLength(51)
    expect(source.problems).toHaveLength(21)
    expect(source.problems.at(-1)?.message).toContain('30 more lines')
  })

  it('reads the runs of an experiment whose meta.yaml is gone', async () => {
    await write({ '0/r1/meta.yaml': runMeta({ experiment_id: "'0'" }) })
    const source = await openSource()
    expect(await all(source.experiments())).toMatchObject([{ id: '0', name: 'Default' }])
    expect(await onlyRun(source)).toMatchObject({ id: 'r1', experiment: '0' })
    expect(source.problems).toMatchObject([{ file: '0/meta.yaml' }])
  })

  it('never follows a link out of the store, to a folder or into nothing', async () => {
    await writeFile(join(folder, 'secret'), 'top secret')
    await write(small)
    await symlink(join(folder, 'secret'), join(store, '7/r1/params/secret'))
    await symlink(folder, join(store, '7/r1/artifacts/outside'))
    await symlink(store, join(store, '7/r1/artifacts/loop'))
    await symlink('/nowhere', join(store, '7/r1/tags/dangling'))
    await symlink(join(store, '7/r1/params/max_depth'), join(store, '7/r1/params/same'))
    const source = await openSource()
    const [run] = await readAll(source)
    expect(run?.params).toEqual([
      ['max_depth', '8'],
      ['optimizer/name', 'adam'],
      ['same', '8'],
    ])
    expect(source.problems.map(({ file }) => file)).toEqual([
      '7/r1/tags/dangling',
      '7/r1/params/secret',
      '7/r1/artifacts/loop',
      '7/r1/artifacts/outside',
    ])
  })

  it('reads artifacts elsewhere only where the caller allows it', async () => {
    const elsewhere = join(folder, 'elsewhere', '7', 'r1', 'artifacts')
    await mkdir(elsewhere, { recursive: true })
    await writeFile(join(elsewhere, 'a.txt'), 'here')
    await write({
      '7/meta.yaml': experimentMeta,
      '7/r1/meta.yaml': runMeta({ artifact_uri: `file://${folder}/elsewhere` }),
    })
    const strict = await openSource()
    expect(await all((await onlyRun(strict)).artifacts())).toEqual([])
    expect(strict.problems).toHaveLength(1)
    const allowed = await openSource(store, { artifactRoots: [join(folder, 'elsewhere')] })
    const artifacts = await all((await onlyRun(allowed)).artifacts())
    expect(artifacts.map(({ path }) => path)).toEqual(['a.txt'])
    expect(allowed.problems).toEqual([])
  })
})

describe('openMlflowSource', () => {
  it('finds the store from the folder above it, through a link and by another name', async () => {
    await write(small)
    expect(await openSource(folder)).toMatchObject({ kind: 'mlruns', path: store })
    await symlink(store, join(folder, 'link'))
    expect(await openSource(join(folder, 'link'))).toMatchObject({ path: store })
    await cp(store, join(folder, 'copy', 'tracking'), { recursive: true })
    expect(await openSource(join(folder, 'copy', 'tracking'))).toMatchObject({ kind: 'mlruns' })
  })

  it('takes an empty mlruns folder as a store with nothing in it', async () => {
    await mkdir(store)
    expect(await all((await openSource()).runs())).toEqual([])
  })

  it('refuses what is missing, and what is something else', async () => {
    await expect(openMlflowSource(join(folder, 'nothing'))).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
    })
    await expect(openMlflowSource(folder)).rejects.toMatchObject({ code: 'SOURCE_NOT_RECOGNISED' })
    await writeFile(join(folder, 'notes.txt'), 'hello')
    await expect(openMlflowSource(join(folder, 'notes.txt'))).rejects.toMatchObject({
      code: 'SOURCE_NOT_RECOGNISED',
    })
    await write(small)
    await expect(openMlflowSource(join(store, '7'))).rejects.toMatchObject({
      code: 'SOURCE_NOT_RECOGNISED',
    })
  })

  it('says that a source was closed', async () => {
    await write(small)
    const source = await openSource()
    await source.close()
    await expect(all(source.runs())).rejects.toMatchObject({ code: 'SOURCE_CLOSED' })
    await expect(source.digest()).rejects.toMatchObject({ code: 'SOURCE_CLOSED' })
  })
})

import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OpenOptions, open, type Varve } from '../src/index.ts'
import { importMlflow } from '../src/interop/index.ts'
import {
  contentOf,
  eventsOf,
  experimentMeta,
  housePrice,
  runMeta,
  small,
  versionMeta,
  writeDatabase,
  writeFiles,
} from './import-stores.ts'
import { law } from './property.ts'

let folder = ''
let store = ''
const opened: Varve[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-import-test-'))
  store = join(folder, 'mlruns')
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (varve) => await varve.close()))
  await rm(folder, { recursive: true, force: true })
})

const emptyStore = async (options: OpenOptions = {}): Promise<Varve> => {
  const varve = await open({ memory: true, facts: false, ...options })
  opened.push(varve)
  return varve
}

const headOf = async (varve: Varve): Promise<string> => (await varve.log.info()).head

/** Everything that can be asked about runs, experiments and models, but for positions. */
const answersOf = async (varve: Varve): Promise<unknown> => {
  const { rows } = await varve.runs.search({ lifecycle: 'all', limit: 1000 })
  const models = await varve.registry.list()
  const answers = {
    rows,
    models,
    moves: await Promise.all(models.map(({ name }) => varve.registry.history(name))),
  }
  const positions = new Set(['position', 'createdAt', 'changedAt'])
  return JSON.parse(
    JSON.stringify(answers, (key, value) => (positions.has(key) ? undefined : value)),
  )
}

describe('an import into a store with history of its own', () => {
  it('records now, and keeps the original times as those of the client', async () => {
    await writeFiles(store, {
      ...small,
      'models/m/version-1/meta.yaml': versionMeta({
        current_stage: 'Production',
        last_updated_timestamp: 9700,
      }),
    })
    const varve = await emptyStore({ clock: () => 50_000 })
    await varve.runs.start({ experiment: 'mine' }, async () => undefined)
    const summary = await importMlflow(varve, store)
    expect(summary).toMatchObject({ times: 'recorded', refused: 0, clamped: 0 })
    expect((await eventsOf(varve)).every(({ recordedAt }) => recordedAt >= 50_000)).toBe(true)
    const run = await varve.runs.get('r1')
    expect(run).toMatchObject({ startTime: 5000, endTime: 9000, user: 'ana', experimentId: '7' })
    expect(run.metrics['loss']).toMatchObject({ last: 0.5, timestamp: 5300, count: 2 })
    expect(await varve.registry.version('m', 1)).toMatchObject({ user: 'ana', stage: 'Production' })
    const events = await eventsOf(varve)
    expect(events.find(({ type }) => type === 'version.transitioned')?.data).toMatchObject({
      at: 9700,
    })
    expect(events.find(({ type }) => type === 'run.started')?.actor).not.toBe('ana')
    expect(events.at(-1)).toMatchObject({ type: 'log.imported', data: { times: 'recorded' } })
    expect(await varve.verify()).toMatchObject({ ok: true })
  })

  it('gives an experiment another id when its own is taken, and finds it again', async () => {
    await writeFiles(store, small)
    const varve = await emptyStore()
    const taken = await varve.experiments.create('mine')
    await writeFiles(store, { '7/meta.yaml': experimentMeta({ experiment_id: `'${taken.id}'` }) })
    await importMlflow(varve, store)
    expect((await varve.runs.get('r1')).experiment).toBe('churn')
    expect((await varve.experiments.get('mine')).id).toBe(taken.id)
    const before = await headOf(varve)
    expect(await importMlflow(varve, store)).toMatchObject({ times: 'nothing' })
    expect(await headOf(varve)).toBe(before)
  })

  it('leaves a model version alone that has the same number and is another', async () => {
    await writeFiles(store, small)
    const varve = await emptyStore()
    await varve.registry.createVersion('m', { source: 's3://mine' })
    const summary = await importMlflow(varve, store)
    expect(summary.problems).toEqual([
      {
        file: 'models/m',
        message: 'The model has a version 1 of its own; that of the source is left out.',
      },
    ])
    expect((await varve.registry.version('m', 1)).source).toBe('s3://mine')
  })
})

describe('a second import', () => {
  it('changes nothing of what was changed here since', async () => {
    await writeFiles(store, small)
    const varve = await emptyStore()
    await importMlflow(varve, store)
    const run = await varve.runs.resume('r1')
    await run.setTags({ note: 'mine' })
    await varve.registry.transition('m', 1, 'Production')
    await varve.experiments.rename('7', 'renamed')
    await varve.registry.rename('m', 'renamed')
    await varve.runs.delete('r1')
    const before = await headOf(varve)
    expect(await importMlflow(varve, store)).toMatchObject({ times: 'nothing', events: 0 })
    expect(await headOf(varve)).toBe(before)
  })

  it('adds what the source has gained, and only that', async () => {
    await writeFiles(store, small)
    const varve = await emptyStore()
    await importMlflow(varve, store)
    await appendFile(join(store, '7/r1/metrics/loss'), '5400 0.4 2\n')
    await writeFiles(store, {
      '7/r1/tags/note': 'second',
      '7/r2/meta.yaml': runMeta({ run_id: 'r2', run_uuid: 'r2', start_time: 9100, end_time: 9200 }),
      'models/m/version-1/meta.yaml': versionMeta({ current_stage: 'Staging' }),
      'models/m/version-2/meta.yaml': versionMeta({ version: 2, run_id: 'r2' }),
    })
    const summary = await importMlflow(varve, store)
    expect(summary).toMatchObject({
      times: 'recorded',
      refused: 0,
      written: { experiments: 0, runs: 1, metrics: 1, tags: 1, versions: 1, transitions: 1 },
    })
    const { metrics, tags } = await varve.runs.get('r1')
    expect([metrics['loss']?.count, metrics['loss']?.last, tags['note']]).toEqual([
      3,
      0.4,
      'second',
    ])
    expect((await varve.registry.current('m', 'Staging'))?.version).toBe(1)
    expect(await importMlflow(varve, store)).toMatchObject({ times: 'nothing' })
  })
})

describe('a damaged store', () => {
  it('is reported by file and line, and the rest comes in', async () => {
    await cp(housePrice, store, { recursive: true })
    const run = '469461339613054132/fd34a1945eb142cd8e7e5a94a2480d9c'
    await appendFile(join(store, run, 'metrics/rmse'), '1685192729165 oops 0\n')
    await writeFile(join(store, 'models/model/version-7/meta.yaml'), 'version: [')
    await writeFile(
      join(store, '469461339613054132/602c6e02d510406fb4cb8c56521942ae/meta.yaml'),
      'start_time: yesterday\n',
    )
    const varve = await emptyStore()
    const summary = await importMlflow(varve, store)
    expect(summary.refused).toBe(3)
    const places = summary.problems.map(({ file, line }) => [file, line === undefined])
    expect(places).toContainEqual([`${run}/metrics/rmse`, false])
    expect(places).toContainEqual([
      '469461339613054132/602c6e02d510406fb4cb8c56521942ae/meta.yaml',
      true,
    ])
    expect(places.map(([file]) => file)).toContain('models/model/version-7/meta.yaml')
    expect(summary.written).toMatchObject({ runs: 20, versions: 57 })
    expect(await varve.verify()).toMatchObject({ ok: true })
  })

  it('gives up what cannot be kept, with what belongs to it, and says so', async () => {
    await writeFiles(store, {
      ...small,
      '7/r2/meta.yaml': runMeta({ run_id: 'r2', run_name: '"\\ud800"' }),
      '7/r2/params/depth': '9',
      'models/m/version-1/meta.yaml': versionMeta({ current_stage: 'Nowhere' }),
    })
    const varve = await emptyStore()
    const summary = await importMlflow(varve, store)
    expect(summary.problems.map(({ file }) => file).sort()).toEqual(['7/r2', 'models/m'])
    expect((await eventsOf(varve)).some(({ stream }) => stream === 'run:r2')).toBe(false)
    expect(await varve.registry.version('m', 1)).toMatchObject({ stage: 'None' })
  })

  it('keeps times in order where they contradict each other, and counts what it moved', async () => {
    await writeFiles(store, {
      ...small,
      '7/meta.yaml': experimentMeta({ creation_time: 8000 }),
      '7/r1/metrics/loss': '4000 0.9 0\n99999999999999 0.5 1\n',
      'models/m/version-1/meta.yaml': versionMeta({ creation_timestamp: 9300 }),
    })
    const varve = await emptyStore()
    const summary = await importMlflow(varve, store)
    expect(summary).toMatchObject({ times: 'claimed', refused: 0 })
    expect(summary.clamped).toBeGreaterThanOrEqual(4)
    const first = varve.asOf('1970-01-01T00:00:05.000Z')
    const { rows } = await first.runs.search({ experiments: ['churn'] })
    expect(rows[0]?.metrics['loss']).toMatchObject({ last: 0.9, timestamp: 4000 })
    expect((await varve.runs.get('r1')).metrics['loss']).toMatchObject({ count: 2 })
    expect(await varve.verify()).toMatchObject({ ok: true })
  })

  it('comes in without times, too', async () => {
    await writeFiles(store, {
      ...small,
      '7/meta.yaml': experimentMeta({ creation_time: 'null', last_update_time: 'null' }),
      '7/r1/meta.yaml': runMeta({ start_time: 'null', end_time: 'null' }),
    })
    const varve = await emptyStore()
    await importMlflow(varve, store)
    const [created, started] = await eventsOf(varve)
    expect([created?.type, started?.type]).toEqual(['experiment.created', 'run.started'])
    expect(started?.recordedAt).toBe(5100)
    expect(created?.recordedAt).toBe(5100)
  })
})

describe('an import that is interrupted', () => {
  it('goes on where it stopped, and ends as though nothing had happened', async () => {
    const whole = await emptyStore({ actor: 'archivist' })
    await importMlflow(whole, housePrice)
    const parts = await emptyStore({ actor: 'archivist' })
    for (const stop of [1, 60, 60]) {
      const controller = new AbortController()
      const progress = ({ events }: { readonly events: number }): void => {
        if (events >= stop) controller.abort(new Error('Ctrl-C'))
      }
      const { signal } = controller
      await expect(importMlflow(parts, housePrice, { signal, progress })).rejects.toMatchObject({
        code: 'IMPORT_INTERRUPTED',
      })
    }
    expect(await importMlflow(parts, housePrice)).toMatchObject({ times: 'claimed' })
    const expected = (await eventsOf(whole)).map(contentOf)
    const found = (await eventsOf(parts)).map(contentOf)
    expect(found.slice(0, -1)).toEqual(expected.slice(0, -1))
    expect(found.at(-1)).toMatchObject({ type: 'log.imported', data: { times: 'claimed' } })
    expect(await answersOf(parts)).toEqual(await answersOf(whole))
  })

  it('does not begin when the signal is aborted already', async () => {
    const varve = await emptyStore()
    const signal = AbortSignal.abort()
    await expect(importMlflow(varve, housePrice, { signal })).rejects.toMatchObject({
      code: 'IMPORT_INTERRUPTED',
    })
    expect((await varve.log.info()).events).toBe(0)
  })

  it('stops when somebody else writes into the history that it lays down', async () => {
    const varve = await emptyStore()
    let intruded: Promise<unknown> | undefined
    const progress = (): void => {
      intruded ??= varve.experiments.create('intruder')
    }
    await expect(importMlflow(varve, housePrice, { progress })).rejects.toMatchObject({
      code: 'IMPORT_INTERRUPTED',
    })
    await intruded
    expect(await importMlflow(varve, housePrice)).toMatchObject({ times: 'recorded' })
    expect((await varve.runs.search({ limit: 1000 })).rows).toHaveLength(21)
    expect(await varve.verify()).toMatchObject({ ok: true })
  })
})

describe('the bytes of artifacts', () => {
  it('come in with the run, and name the version that lies in them', async () => {
    const files = Array.from({ length: 20 }, (_, at) => [`7/r1/artifacts/plots/${at}.txt`, `${at}`])
    await writeFiles(store, { ...small, ...Object.fromEntries(files) })
    const varve = await emptyStore()
    expect(await importMlflow(varve, store)).toMatchObject({ written: { artifacts: 21 } })
    const text = new TextDecoder()
    let found = ''
    for await (const chunk of varve.runs.readArtifact('r1', 'plots/7.txt')) {
      found += text.decode(chunk)
    }
    expect(found).toBe('7')
    const version = await varve.registry.version('m', 1)
    expect(version).toMatchObject({ run: 'r1', path: 'model' })
    const before = version.digest
    const other = await emptyStore()
    await other.runs.start({ experiment: 'x', id: 'o' }, async (run) => {
      await run.logArtifact('model/MLmodel', 'flavors: {}\n')
    })
    await other.registry.createVersion('m', { run: 'o', path: 'model' })
    expect((await other.registry.version('m', 1)).digest).toBe(before)
  })

  it('that changed in the source replace those that are here', async () => {
    await writeFiles(store, small)
    const varve = await emptyStore()
    await importMlflow(varve, store)
    await writeFiles(store, { '7/r1/artifacts/model/MLmodel': 'flavors: {a}\n' })
    expect(await importMlflow(varve, store)).toMatchObject({ events: 2, written: { artifacts: 1 } })
    expect((await varve.runs.get('r1')).artifacts).toMatchObject([{ size: 13 }])
  })

  it('stay behind when they are not wanted', async () => {
    await writeFiles(store, small)
    const varve = await emptyStore()
    const summary = await importMlflow(varve, store, { artifacts: false })
    expect(summary).toMatchObject({ read: { artifacts: 0 }, written: { artifacts: 0, runs: 1 } })
    expect((await varve.runs.get('r1')).artifacts).toEqual([])
  })
})

describe('a database', () => {
  it('comes in like a folder', async () => {
    const path = join(folder, 'mlflow.db')
    writeDatabase(path)
    const varve = await emptyStore()
    const summary = await importMlflow(varve, path)
    expect(summary).toMatchObject({
      kind: 'mlflow-sqlite',
      times: 'claimed',
      written: { experiments: 2, runs: 2, params: 2, metrics: 3, versions: 3, aliases: 1 },
    })
    expect(summary.problems).toEqual([
      { file: 'mlflow.db', message: 'A row of the table params has no key; it is left out.' },
    ])
    const run = await varve.runs.get('a')
    expect(run).toMatchObject({ experiment: 'churn', lifecycle: 'deleted', status: 'FINISHED' })
    expect(Object.entries(run.params)).toEqual([
      ['__proto__', 'x'],
      ['depth', '8'],
    ])
    expect(await varve.runs.get('b')).toMatchObject({ status: 'RUNNING', endTime: null })
    const at = async (time: number) =>
      (await varve.asOf(new Date(time)).registry.current('m', 'Production'))?.version
    expect([await at(479), await at(480), await at(490)]).toEqual([undefined, 2, 3])
    expect(await varve.registry.resolve('models:/m@champion')).toMatchObject({ version: 2 })
    await expect(varve.registry.version('m', 1)).rejects.toMatchObject({
      code: 'VERSION_NOT_FOUND',
    })
    const then = varve.asOf(new Date(460))
    expect(await then.registry.version('m', 1)).toMatchObject({ source: 'REDACTED' })
    expect(await varve.verify()).toMatchObject({ ok: true })
  })

  it('adds nothing when it comes again', async () => {
    const path = join(folder, 'mlflow.db')
    writeDatabase(path)
    const varve = await emptyStore()
    await importMlflow(varve, path)
    const before = await headOf(varve)
    expect(await importMlflow(varve, path)).toMatchObject({ times: 'nothing' })
    expect(await headOf(varve)).toBe(before)
  })
})

describe('any store', () => {
  const key = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_ -]{0,8}[a-zA-Z0-9_]$/)
  const value = fc.stringMatching(/^[a-z0-9 é😀]{0,12}$/u).map((text) => text.trim())
  const pairs = fc.dictionary(fc.oneof(key, fc.constantFrom('__proto__', 'constructor')), value)
  const point = fc.record({
    timestamp: fc.integer({ min: 0, max: 20_000 }),
    step: fc.integer({ min: -5, max: 5 }),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  })
  const run = fc.record({
    start: fc.integer({ min: 1, max: 10_000 }),
    length: fc.integer({ min: 0, max: 10_000 }),
    params: pairs,
    tags: pairs,
    points: fc.array(point, { maxLength: 12 }),
  })
  type Run = typeof run extends fc.Arbitrary<infer Value> ? Value : never

  const filesOf = (runs: readonly Run[]): Record<string, string> => {
    const files: [string, string][] = [['7/meta.yaml', experimentMeta()]]
    for (const [index, { start, length, params, tags, points }] of runs.entries()) {
      const at = `7/r${index}`
      const meta = { run_id: `r${index}`, start_time: start, end_time: start + length }
      files.push([`${at}/meta.yaml`, runMeta(meta)])
      for (const [name, text] of Object.entries(params)) files.push([`${at}/params/${name}`, text])
      for (const [name, text] of Object.entries(tags)) files.push([`${at}/tags/${name}`, text])
      const lines = points.map((p) => `${p.timestamp} ${p.value} ${p.step}\n`)
      if (points.length > 0) files.push([`${at}/metrics/loss`, lines.join('')])
    }
    return Object.fromEntries(files)
  }

  it('gives back its params, tags and points, in time order, and comes in once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 4 }), async (runs) => {
        await rm(store, { recursive: true, force: true })
        await writeFiles(store, filesOf(runs))
        const varve = await emptyStore()
        expect(await importMlflow(varve, store)).toMatchObject({ refused: 0, times: 'claimed' })
        for (const [index, { params, tags, points }] of runs.entries()) {
          const found = await varve.runs.get(`r${index}`)
          expect(Object.entries(found.params)).toEqual(Object.entries(params).sort(byKey))
          expect(Object.entries(found.tags)).toEqual(Object.entries(tags).sort(byKey))
          const curve = points.length === 0 ? [] : await varve.runs.history(`r${index}`, 'loss')
          expect(curve.map(pointText).sort()).toEqual(points.map(pointText).sort())
        }
        const { head, events } = await varve.log.info()
        expect(await importMlflow(varve, store)).toMatchObject({ times: 'nothing' })
        expect(await varve.log.info()).toMatchObject({ head, events })
        expect(await varve.verify()).toMatchObject({ ok: true })
      }),
      law(5),
    )
  })
})

const byKey = ([a]: readonly [string, string], [b]: readonly [string, string]): number =>
  Number(a > b) - Number(a < b)

const pointText = (point: { timestamp: number; step: number; value: number }): string =>
  `${point.timestamp} ${point.step} ${Object.is(point.value, -0) ? 0 : point.value}`

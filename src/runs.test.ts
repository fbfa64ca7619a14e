import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DomainError, open, type Run, type Varve } from './index.ts'
import { codeOf } from './kernel/errors.ts'

const { PROPERTY_RUNS: propertyRuns, PROPERTY_SEED: seed } = process.env
const parameters = {
  numRuns: Math.max(5, Number(propertyRuns ?? 100) / 5),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
}

let varve: Varve
let now: number

beforeEach(async () => {
  now = 1_000
  varve = await open({ memory: true, facts: false, actor: 'ana', clock: () => now++ })
})

afterEach(() => varve.close())

const text = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk.slice())
  return Buffer.concat(parts).toString('utf8')
}

describe('a run around a function', () => {
  it('is FINISHED when the function returns, and gives what it gave', async () => {
    const answer = await varve.runs.start(
      { experiment: 'churn-model', name: 'first', params: { max_depth: 8, features: 'v3' } },
      async (running) => {
        for (let step = 0; step < 100; step++) {
          void running.logMetrics({ loss: Math.exp(-step / 20), auc: 0.9 + step / 2000 }, { step })
        }
        void running.setTags({ team: 'growth' })
        await running.logArtifact('reports/summary.md', '# 100 steps')
        return running.id
      },
    )
    const run = await varve.runs.get(answer)
    expect(run).toMatchObject({
      name: 'first',
      experiment: 'churn-model',
      status: 'FINISHED',
      lifecycle: 'active',
      params: { max_depth: '8', features: 'v3' },
      tags: { team: 'growth' },
      metrics: { loss: { first: 1, count: 100, step: 99 }, auc: { min: 0.9, minStep: 0 } },
    })
    expect(run.endTime).toBeGreaterThan(run.startTime ?? Number.NaN)
    expect(run.artifacts.map(({ path, size }) => [path, size])).toEqual([
      ['reports/summary.md', 11],
    ])
    expect(await text(varve.runs.readArtifact(answer, 'reports/summary.md'))).toBe('# 100 steps')
  })

  it('is FAILED with the message of the error that the function threw, which is thrown on', async () => {
    const boom = new TypeError('out of memory')
    await expect(
      varve.runs.start({ experiment: 'churn' }, () => {
        throw boom
      }),
    ).rejects.toBe(boom)
    const { rows } = await varve.runs.search()
    expect(rows).toMatchObject([{ status: 'FAILED', error: 'out of memory' }])
  })

  it('keeps what was thrown when it is no error', async () => {
    await expect(varve.runs.start({}, () => Promise.reject('just text'))).rejects.toBe('just text')
    expect((await varve.runs.search()).rows).toMatchObject([{ error: 'just text' }])
  })

  it('rejects when a write in it was lost', async () => {
    const doing = varve.runs.start({ params: { a: 1 } }, async (run) => {
      void run.logParam('a', 2)
    })
    await expect(doing).rejects.toMatchObject({ code: 'PARAM_CONFLICT' })
  })

  it('is not started when what should run is no function', async () => {
    // @ts-expect-error A caller without types may give anything.
    const doing = varve.runs.start({}, 'train.py')
    await expect(doing).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    expect((await varve.log.info()).position).toBe(-1)
  })
})

describe('a run that is ended by hand', () => {
  it('is RUNNING until then, and takes the status and time it is given', async () => {
    const run = await varve.runs.start({ startTime: new Date(50) })
    expect(await varve.runs.get(run.id)).toMatchObject({
      status: 'RUNNING',
      startTime: 50,
      endTime: null,
      experiment: 'Default',
      user: expect.any(String),
    })
    await run.end({ status: 'KILLED', endTime: 70, error: 'preempted' })
    expect(await varve.runs.get(run.id)).toMatchObject({
      status: 'KILLED',
      endTime: 70,
      error: 'preempted',
    })
  })

  it('ends with its block', async () => {
    let id = ''
    {
      await using run = await varve.runs.start()
      id = run.id
      void run.logMetric('auc', 0.9)
    }
    expect(await varve.runs.get(id)).toMatchObject({ status: 'FINISHED', metrics: { auc: {} } })
  })

  it('may be resumed by its id after it ended', async () => {
    const { id } = await varve.runs.start({ name: 'first', experiment: 'churn' })
    const again = await varve.runs.resume(id)
    expect([again.id, again.name]).toEqual([id, 'first'])
    await again.logParam('late', true)
    await again.update({ name: 'renamed', startTime: 3 })
    await again.end()
    expect(await varve.runs.get(id)).toMatchObject({
      name: 'renamed',
      startTime: 3,
      params: { late: 'true' },
      status: 'FINISHED',
    })
    await expect(varve.runs.resume('nobody')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  })

  it('is waited for when nobody awaits its end', async () => {
    const lone = await open({ memory: true, facts: false })
    const run = await lone.runs.start()
    void run.logMetric('auc', 1)
    void run.end()
    await expect(lone.close()).resolves.toBeUndefined()
  })

  it('has a name of two words and a number unless told otherwise', async () => {
    const run = await varve.runs.start()
    expect(run.name).toMatch(/^[a-z]+-[a-z]+-\d+$/)
  })

  it('stands inside another one', async () => {
    const outer = await varve.runs.start({ name: 'search' })
    const byHandle = await varve.runs.start({ parent: outer })
    const byId = await varve.runs.start({ parent: outer.id })
    for (const { id } of [byHandle, byId]) {
      expect((await varve.runs.get(id)).parent).toBe(outer.id)
    }
    await expect(varve.runs.start({ parent: 'nobody' })).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    })
  })
})

describe('facts', () => {
  const git = (cwd: string, ...args: readonly string[]): string =>
    execFileSync('git', args, {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '' },
    })

  it('say which commit, on which branch, and whether there were changes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'varve-facts-'))
    const before = process.cwd()
    try {
      git(folder, 'init', '-q', '-b', 'trunk')
      await writeFile(join(folder, 'train.py'), 'pass')
      git(folder, 'add', '.')
      git(folder, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'one')
      process.chdir(folder)
      await using store = await open(join(folder, '.varve'), { durability: 'os' })
      const clean = await store.runs.start({ tags: { 'mlflow.source.type': 'JOB' } })
      await writeFile(join(folder, 'train.py'), 'fail')
      // Calls for one folder within two seconds share an answer.
      await mkdir(join(folder, 'notebooks'))
      process.chdir(join(folder, 'notebooks'))
      const dirty = await store.runs.start()
      const without = await store.runs.start({ facts: false, tags: { own: 1 } })
      const commit = git(folder, 'rev-parse', 'HEAD').trim()
      expect((await store.runs.get(clean.id)).tags).toMatchObject({
        'mlflow.source.git.commit': commit,
        'mlflow.source.git.branch': 'trunk',
        'varve.git.dirty': 'false',
        'mlflow.source.type': 'JOB',
        'mlflow.user': (await store.runs.get(clean.id)).user,
        'varve.host': expect.any(String),
      })
      expect((await store.runs.get(dirty.id)).tags['varve.git.dirty']).toBe('true')
      const { tags } = await store.runs.get(without.id)
      expect(Object.keys(tags).filter((key) => key !== 'mlflow.runName')).toEqual(['own'])
      const { rows } = await store.runs.search({
        filter: `tags.\`mlflow.source.git.commit\` = '${commit}'`,
      })
      expect(rows.length).toBe(2)
      await Promise.all([clean.end(), dirty.end(), without.end()])
    } finally {
      process.chdir(before)
      await rm(folder, { recursive: true })
    }
  })
})

describe('artifacts', () => {
  let folder: string
  let run: Run

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'varve-artifacts-'))
    run = await varve.runs.start()
  })

  afterEach(() => rm(folder, { recursive: true }))

  it('may be text, bytes, or a stream of many chunks, and come back as they were', async () => {
    async function* chunks() {
      for (let at = 0; at < 3000; at++) yield `line ${at}\n`
    }
    const expected = Array.from({ length: 3000 }, (_, at) => `line ${at}\n`).join('')
    await run.logArtifact('a.txt', 'text ä')
    await run.logArtifact('b.bin', new Uint8Array([104, 105]))
    await run.logArtifact('c.txt', chunks())
    await run.logArtifact('d.txt', new Blob(['blob']))
    expect(await text(varve.runs.readArtifact(run.id, 'a.txt'))).toBe('text ä')
    expect(await text(varve.runs.readArtifact(run.id, 'b.bin'))).toBe('hi')
    expect(await text(varve.runs.readArtifact(run.id, 'c.txt'))).toBe(expected)
    expect(await text(varve.runs.readArtifact(run.id, 'd.txt'))).toBe('blob')
  })

  it('are read in ranges', async () => {
    await run.logArtifact('a', '0123456789')
    const part = (range: { start?: number; end?: number }) =>
      text(varve.runs.readArtifact(run.id, 'a', range))
    expect(await part({ start: 3, end: 6 })).toBe('345')
    expect(await part({ start: 8 })).toBe('89')
    expect(await part({ end: 2 })).toBe('01')
    expect(await part({ start: 20 })).toBe('')
  })

  it('are replaced under the same path, and the old ones are there as of before', async () => {
    const first = await run.logArtifact('model/weights', 'old')
    const { position } = await varve.moment()
    await run.logArtifact('model//weights', 'new!')
    expect(await varve.runs.artifacts(run.id)).toMatchObject([{ path: 'model/weights', size: 4 }])
    const then = varve.asOf(position)
    expect(await then.runs.artifacts(run.id)).toEqual([first])
    expect(await text(then.runs.readArtifact(run.id, 'model/weights'))).toBe('old')
  })

  it('are listed below a path', async () => {
    for (const path of ['model/a', 'model/b/c', 'models', 'x']) await run.logArtifact(path, path)
    const paths = async (path?: string) =>
      (await varve.runs.artifacts(run.id, path)).map((file) => file.path)
    expect(await paths()).toEqual(['model/a', 'model/b/c', 'models', 'x'])
    expect(await paths('model')).toEqual(['model/a', 'model/b/c'])
    expect(await paths('model/b/c')).toEqual(['model/b/c'])
    expect(await paths('mod')).toEqual([])
  })

  it('come from files and folders of this machine', async () => {
    await mkdir(join(folder, 'data', 'deep'), { recursive: true })
    await writeFile(join(folder, 'data', 'a.csv'), 'a,b')
    await writeFile(join(folder, 'data', 'deep', 'b.csv'), 'c')
    await run.logFile(join(folder, 'data', 'a.csv'))
    await run.logFile(join(folder, 'data', 'a.csv'), 'inputs/train.csv')
    await run.logArtifacts(join(folder, 'data'), 'copy')
    const files = await varve.runs.artifacts(run.id)
    expect(files.map(({ path }) => path)).toEqual([
      'a.csv',
      'copy/a.csv',
      'copy/deep/b.csv',
      'inputs/train.csv',
    ])
    expect(await text(varve.runs.readArtifact(run.id, 'copy/a.csv'))).toBe('a,b')
  })

  it('that are not there are named in the error', async () => {
    await expect(text(varve.runs.readArtifact(run.id, 'nothing'))).rejects.toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
    })
    await expect(run.logFile(join(folder, 'nothing'))).rejects.toBeInstanceOf(DomainError)
    await expect(text(varve.runs.readArtifact('nobody', 'a'))).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    })
  })

  it('leave nothing when their stream breaks off', async () => {
    async function* broken() {
      yield 'half'
      throw new Error('connection reset')
    }
    await expect(run.logArtifact('a', broken())).rejects.toThrow('connection reset')
    expect(await varve.runs.artifacts(run.id)).toEqual([])
  })
})

describe('inputs', () => {
  it('are found by their digest and seen with the run', async () => {
    const run = await varve.runs.start()
    await varve.runs.start()
    await run.logInput(
      { name: 'train', digest: 'd1', source: '/data/train.csv', schema: '{}' },
      { context: 'training', tags: { split: 'a' } },
    )
    expect((await varve.runs.get(run.id)).inputs).toEqual([
      {
        name: 'train',
        digest: 'd1',
        sourceType: 'local',
        source: '/data/train.csv',
        schema: '{}',
        tags: [
          ['split', 'a'],
          ['mlflow.data.context', 'training'],
        ],
      },
    ])
    for (const filter of ["datasets.digest = 'd1'", "datasets.context = 'training'"]) {
      expect((await varve.runs.search({ filter })).rows.map(({ id }) => id)).toEqual([run.id])
    }
    expect((await varve.runs.search({ filter: "datasets.digest = 'd2'" })).rows).toEqual([])
  })
})

describe('deleting', () => {
  it('hides a run until it is restored, and it takes nothing meanwhile', async () => {
    const run = await varve.runs.start()
    await varve.runs.delete(run.id)
    await varve.runs.delete(run.id)
    expect((await varve.runs.search()).rows).toEqual([])
    expect((await varve.runs.search({ lifecycle: 'deleted' })).rows.length).toBe(1)
    expect((await varve.runs.get(run.id)).lifecycle).toBe('deleted')
    await expect(run.logMetric('auc', 1)).rejects.toMatchObject({ code: 'RUN_DELETED' })
    await varve.runs.restore(run.id)
    expect((await varve.runs.search()).rows.length).toBe(1)
    await run.end()
  })

  it('hides the runs of an experiment with it, and restoring brings them back', async () => {
    const run = await varve.runs.start({ experiment: 'churn' })
    await varve.runs.start({ experiment: 'fraud' })
    await varve.experiments.delete('churn')
    expect((await varve.runs.search()).rows.map(({ experiment }) => experiment)).toEqual(['fraud'])
    expect((await varve.experiments.list()).map(({ name }) => name)).toEqual(['fraud'])
    await expect(varve.runs.start({ experiment: 'churn' })).rejects.toMatchObject({
      code: 'EXPERIMENT_DELETED',
    })
    const { rows } = await varve.runs.search({ lifecycle: 'deleted' })
    expect(rows.map(({ id }) => id)).toEqual([run.id])
    await varve.experiments.restore('churn')
    expect((await varve.runs.search()).rows.length).toBe(2)
  })
})

describe('experiments', () => {
  it('answer with what they have become, whatever others are called', async () => {
    const churn = await varve.experiments.create('churn', {
      tags: { team: 'growth' },
      artifactLocation: 's3://b',
    })
    await varve.experiments.create('1')
    expect(churn).toMatchObject({ id: '1', name: 'churn', artifactLocation: 's3://b' })
    const tagged = await varve.experiments.setTags('churn', { n: 1 })
    expect(tagged).toMatchObject({ id: '1', tags: { team: 'growth', n: '1' } })
    expect(await varve.experiments.rename('churn', 'attrition')).toMatchObject({ id: '1' })
    expect((await varve.experiments.deleteTag('attrition', 'n')).tags).toEqual({ team: 'growth' })
    expect((await varve.experiments.get('1')).name).toBe('1')
    expect((await varve.experiments.list()).map(({ name }) => name)).toEqual(['1', 'attrition'])
  })

  it('may be changed before their creation was awaited', async () => {
    void varve.experiments.create('churn')
    void varve.experiments.setTags('churn', { team: 'growth' })
    const renamed = await varve.experiments.rename('churn', 'attrition')
    expect(renamed).toMatchObject({ name: 'attrition', tags: { team: 'growth' } })
  })

  it('answer a repeated creation as the first time, although they were renamed', async () => {
    const once = { idempotencyKey: 'k1' }
    const first = await varve.experiments.create('churn', once)
    await varve.experiments.rename('churn', 'attrition')
    const again = await varve.experiments.create('churn', once)
    expect([again.id, again.name]).toEqual([first.id, 'attrition'])
    await expect(varve.experiments.create('fraud', once)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    })
  })
})

describe('curves', () => {
  it('come whole, or thinned to as many points as asked for', async () => {
    const run = await varve.runs.start()
    const metrics = Array.from({ length: 1000 }, (_, step) => ({
      key: 'loss',
      value: step === 500 ? -7 : step % 10,
      step,
      timestamp: step,
    }))
    await run.logBatch({ metrics })
    expect((await varve.runs.history(run.id, 'loss')).length).toBe(1000)
    const thinned = await varve.runs.history(run.id, 'loss', { points: 40 })
    expect(thinned.length).toBeLessThanOrEqual(40)
    expect(thinned).toContainEqual({ value: -7, step: 500, timestamp: 500 })
    await expect(varve.runs.history(run.id, 'auc')).rejects.toMatchObject({
      code: 'METRIC_NOT_FOUND',
      data: { metrics: ['loss'] },
    })
  })

  it('of many points are the same when they were looked at before, after more points, and as of then', async () => {
    const run = await varve.runs.start()
    const log = async (from: number, count: number): Promise<void> => {
      const points = Array.from({ length: count }, (_, at) => ({
        key: 'loss',
        value: Math.sin(from + at),
        step: from + at,
        timestamp: 0,
      }))
      for (let at = 0; at < count; at += 1000) {
        await run.logBatch({ metrics: points.slice(at, at + 1000) })
      }
    }
    const line = () => varve.runs.history(run.id, 'loss', { points: 200 })
    await log(0, 25_000)
    const first = await line()
    expect(await line()).toEqual(first)
    const { position } = await varve.moment()
    await log(25_000, 3000)
    const whole = await varve.runs.history(run.id, 'loss')
    expect(whole.map(({ step }) => step)).toEqual([...Array(28_000).keys()])
    expect((await line()).at(-1)?.step).toBe(27_999)
    expect(await varve.asOf(position).runs.history(run.id, 'loss', { points: 200 })).toEqual(first)
    expect(await varve.asOf(position - 5).runs.history(run.id, 'loss')).toHaveLength(20_000)
  })

  it('keep every double, and a name that comes twice in one call', async () => {
    const run = await varve.runs.start()
    const values = [Number.NaN, Number.POSITIVE_INFINITY, -0, 5e-324]
    for (const [step, value] of values.entries()) void run.logMetric('m', value, { step })
    await run.logMetrics(
      [
        ['m', 1],
        ['m', 2],
      ],
      { step: 9 },
    )
    const history = await varve.runs.history(run.id, 'm')
    expect(history.map(({ value }) => value)).toEqual([...values, 1, 2])
    expect((await varve.runs.get(run.id)).metrics['m']).toMatchObject({ count: 6, last: 2 })
  })
})

describe('pages', () => {
  const pages = async (
    limit: number,
    between: () => Promise<unknown>,
  ): Promise<readonly string[]> => {
    const found: string[] = []
    let pageToken: string | undefined
    do {
      const query = { orderBy: ['metrics.auc desc'], limit }
      const page = await varve.runs.search(
        pageToken === undefined ? query : { ...query, pageToken },
      )
      found.push(...page.rows.map(({ name }) => name))
      pageToken = page.nextPageToken
      await between()
    } while (pageToken !== undefined)
    return found
  }

  it('show the moment of the first one, whatever is written between them', async () => {
    const count = fc.integer({ min: 0, max: 7 })
    await fc.assert(
      fc.asyncProperty(count, fc.integer({ min: 1, max: 4 }), async (size, limit) => {
        await varve.close()
        varve = await open({ memory: true, facts: false, clock: () => now++ })
        for (let at = 0; at < size; at++) {
          const run = await varve.runs.start({ name: `run ${at}` })
          await run.logMetric('auc', at % 3)
        }
        const whole = (await varve.runs.search({ orderBy: ['metrics.auc desc'] })).rows
        const ids = whole.map(({ id }) => id)
        const found = await pages(limit, async () => {
          const fresh = await varve.runs.start({ name: 'new' })
          await fresh.logMetric('auc', 9)
          const [first] = ids
          if (first !== undefined) {
            const old = await varve.runs.resume(first)
            await old.logMetric('auc', -1, { step: now })
          }
          const last = ids.at(-1)
          if (last !== undefined) await varve.runs.delete(last)
        })
        expect(found).toEqual(whole.map(({ name }) => name))
      }),
      parameters,
    )
  })

  it('refuse a token of another query, of another store, of a later moment, or a damaged one', async () => {
    for (let at = 0; at < 3; at++) await varve.runs.start({ experiment: `e${at}` })
    const { nextPageToken: pageToken = '' } = await varve.runs.search({ limit: 1 })
    expect(pageToken).not.toBe('')
    const page = await varve.runs.search({ limit: 2, pageToken })
    expect(page.rows.length).toBe(2)
    const empty = await open({ memory: true })
    const early = varve.asOf(1)
    const refused = [
      varve.runs.search({ limit: 1, pageToken, filter: "params.a = '1'" }),
      varve.runs.search({ limit: 1, pageToken, lifecycle: 'all' }),
      varve.runs.search({ limit: 1, pageToken: `${pageToken.slice(0, -4)}AAAA` }),
      varve.runs.search({ limit: 1, pageToken: '' }),
      varve.runs.search({ limit: 1, pageToken: '💥' }),
      empty.runs.search({ limit: 1, pageToken }),
      early.runs.search({ limit: 1, pageToken }),
    ]
    for (const search of refused) {
      await expect(search).rejects.toMatchObject({ code: 'PAGE_TOKEN_INVALID' })
    }
    await empty.close()
  })
})

describe('comparing', () => {
  it('puts runs side by side in the order asked for', async () => {
    const a = await varve.runs.start({ params: { depth: 8, rate: 1 } })
    const b = await varve.runs.start({ params: { depth: 9, rate: 1 } })
    const table = await varve.runs.compare([b.id, a.id], { onlyDifferent: true })
    expect(table.params).toEqual([{ key: 'depth', values: ['9', '8'], differs: true }])
    expect(table.runs.map(({ id }) => id)).toEqual([b.id, a.id])
    await expect(varve.runs.compare([a.id, 'nobody'])).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    })
  })
})

describe('a write that nobody awaits', () => {
  const settled = () => new Promise((done) => setTimeout(done, 20))

  it('rejects the end of its run when it failed, once, and appears among the problems', async () => {
    const problems: unknown[] = []
    varve.problems.subscribe((problem) => problems.push(problem))
    const run = await varve.runs.start({ params: { a: 1 } })
    void run.logParam('a', 2)
    await expect(run.end()).rejects.toMatchObject({ code: 'PARAM_CONFLICT' })
    expect(problems).toMatchObject([{ where: `run ${run.id}`, error: { code: 'PARAM_CONFLICT' } }])
    expect((await varve.runs.get(run.id)).status).toBe('FINISHED')
    await expect(run.end()).resolves.toBeUndefined()
  })

  it('rejects the closing of the store when its run was never ended', async () => {
    const lone = await open({ memory: true, facts: false })
    const run = await lone.runs.start({ params: { a: 1 } })
    void run.logParam('a', 2)
    await expect(lone.close()).rejects.toMatchObject({ code: 'PARAM_CONFLICT' })
    await expect(lone.log.info()).rejects.toMatchObject({ code: 'LOG_CLOSED' })
  })

  it('rejects the closing of the store when it was no write of a run', async () => {
    for (const lose of [
      (lone: Varve) => lone.experiments.rename('nobody', 'x'),
      (lone: Varve) => lone.runs.delete('nobody'),
      (lone: Varve) => lone.runs.start({ experimentId: 'nobody' }),
      (lone: Varve) => lone.registry.transition('nobody', 1, 'Production'),
    ]) {
      const lone = await open({ memory: true, facts: false })
      const codes: unknown[] = []
      lone.problems.subscribe(({ error }) => codes.push(codeOf(error)))
      lose(lone)
      await expect(lone.close()).rejects.toBeInstanceOf(DomainError)
      expect(codes.length).toBe(1)
    }
  })

  it('is no problem when its failure was awaited and caught', async () => {
    const problems: unknown[] = []
    varve.problems.subscribe((problem) => problems.push(problem))
    const run = await varve.runs.start({ params: { a: 1 } })
    await run.logParam('a', 2).catch(() => undefined)
    await Promise.allSettled([run.logParam('a', 3), run.deleteTag('nothing')])
    await settled()
    await run.end()
    expect(problems).toEqual([])
  })

  it('keeps its place among the others', async () => {
    const run = await varve.runs.start()
    for (let at = 0; at < 50; at++) void run.setTag('last', at)
    await run.end()
    expect((await varve.runs.get(run.id)).tags['last']).toBe('49')
  })

  it('takes its arguments as they were at the call', async () => {
    const run = await varve.runs.start()
    const params = { a: 1 }
    void run.logParams(params)
    params.a = 2
    await run.end()
    expect((await varve.runs.get(run.id)).params).toEqual({ a: '1' })
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { open, type Varve } from '../index.ts'
import { codeOf } from '../kernel/errors.ts'

const opened: Varve[] = []

afterEach(async () => {
  for (const varve of opened.splice(0)) await varve.close()
})

const aStore = async (): Promise<Varve> => {
  let now = 1_000
  const varve = await open({ memory: true, facts: false, clock: () => now++ })
  opened.push(varve)
  await varve.experiments.create('churn')
  return varve
}

const codeFrom = async (call: Promise<unknown>): Promise<string | undefined> =>
  codeOf(await call.catch((error: unknown) => error))

describe('A logged model', () => {
  it('begins without files, with what it was given', async () => {
    const varve = await aStore()
    const made = await varve.loggedModels.create({
      experiment: 'churn',
      name: 'forest',
      type: 'agent',
      run: 'of-another-store',
      params: [
        ['__proto__', '1'],
        ['depth', 8],
      ],
      tags: { team: 'growth' },
      user: 'ana',
      artifactLocation: 'file:///m',
      createdAt: 7,
    })
    expect(made.id).toMatch(/^m-[0-9a-f]{32}$/)
    expect(made).toMatchObject({
      ...{ name: 'forest', type: 'agent', run: 'of-another-store', status: 'PENDING' },
      ...{ user: 'ana', artifactLocation: 'file:///m', lifecycle: 'active', createdTime: 7 },
      ...{ metrics: [], registrations: [], tags: { team: 'growth' } },
    })
    expect(Object.entries(made.params)).toEqual([
      ['__proto__', '1'],
      ['depth', '8'],
    ])
    const { id } = await varve.experiments.get('churn')
    expect(made.experimentId).toBe(id)
    expect(await varve.loggedModels.get(made.id)).toEqual(made)
  })

  it('is in the experiment of its run unless another is named, and has a name of its own', async () => {
    const { loggedModels, runs } = await aStore()
    const run = await runs.start({ experiment: 'churn' })
    const made = await loggedModels.create({ run: run.id })
    expect(made.experimentId).toBe(run.experimentId)
    expect(made.name).toMatch(/^\w+-\w+-\d+$/)
  })

  it.each([
    [{ experiment: 'nowhere' }, 'EXPERIMENT_NOT_FOUND'],
    [{ experimentId: 'churn' }, 'EXPERIMENT_NOT_FOUND'],
    [{ run: 'unknown' }, 'EXPERIMENT_NOT_FOUND'],
    [{ experiment: 'churn', name: 'a/b' }, 'INVALID_VALUE'],
    [{ experiment: 'churn', name: '' }, 'INVALID_VALUE'],
    [{ experiment: 'churn', colour: 'red' }, 'INVALID_VALUE'],
    [
      {
        experiment: 'churn',
        params: [
          ['a', '1'],
          ['a', '2'],
        ],
      },
      'PARAM_CONFLICT',
    ],
    [{ experiment: 'churn', id: 'm-1' }, 'LOGGED_MODEL_EXISTS'],
  ])('is not made from %j', async (options, code) => {
    const { loggedModels } = await aStore()
    await loggedModels.create({ experiment: 'churn', id: 'm-1' })
    // `as`: some of the options are wrong on purpose.
    expect(await codeFrom(loggedModels.create(options as object))).toBe(code)
    expect((await loggedModels.search({ lifecycle: 'all' })).models.length).toBe(1)
  })

  it('is not made in a deleted experiment', async () => {
    const { loggedModels, experiments } = await aStore()
    await experiments.delete('churn')
    expect(await codeFrom(loggedModels.create({ experiment: 'churn' }))).toBe('EXPERIMENT_DELETED')
  })

  it('goes from any status to any other, and forgets why the last one was', async () => {
    const { loggedModels } = await aStore()
    const { id } = await loggedModels.create({ experiment: 'churn' })
    expect(
      await loggedModels.finalize(id, 'UPLOAD_FAILED', { message: 'disk full' }),
    ).toMatchObject({ status: 'UPLOAD_FAILED', statusMessage: 'disk full' })
    const ready = await loggedModels.finalize(id, 'READY')
    expect(ready.status).toBe('READY')
    expect('statusMessage' in ready).toBe(false)
    expect((await loggedModels.finalize(id, 'READY')).changedAt).toBe(ready.changedAt)
    // `as`: a status that there is not.
    expect(await codeFrom(loggedModels.finalize(id, 'DONE' as 'READY'))).toBe('INVALID_VALUE')
  })

  it('has a param once and a tag as it was set last', async () => {
    const { loggedModels } = await aStore()
    const { id } = await loggedModels.create({ experiment: 'churn', params: { a: 1 } })
    await loggedModels.logParams(id, { a: '1', b: '' })
    expect(await codeFrom(loggedModels.logParams(id, { c: 1, b: 2 }))).toBe('PARAM_CONFLICT')
    await loggedModels.setTags(id, { k: 'old', l: 'x' })
    await loggedModels.setTags(id, { k: 'new' })
    await loggedModels.deleteTag(id, 'l')
    expect(await codeFrom(loggedModels.deleteTag(id, 'l'))).toBe('TAG_NOT_FOUND')
    const { params, tags } = await loggedModels.get(id)
    expect(Object.entries(params)).toEqual([
      ['a', '1'],
      ['b', ''],
    ])
    expect(Object.entries(tags)).toEqual([['k', 'new']])
  })

  it('is hidden when it is deleted, and takes only its status then', async () => {
    const { loggedModels, runs } = await aStore()
    const { id } = await loggedModels.create({ experiment: 'churn' })
    await loggedModels.delete(id)
    const again = await loggedModels.delete(id)
    expect(again.lifecycle).toBe('deleted')
    expect(await codeFrom(loggedModels.get(id))).toBe('LOGGED_MODEL_NOT_FOUND')
    expect(await loggedModels.get(id, { deleted: true })).toEqual(again)
    expect((await loggedModels.search()).models).toEqual([])
    expect((await loggedModels.finalize(id, 'READY')).status).toBe('READY')
    const run = await runs.start({ experiment: 'churn' })
    for (const call of [
      loggedModels.setTags(id, { a: 1 }),
      loggedModels.logParams(id, { a: 1 }),
      loggedModels.logMetrics(id, { a: 1 }),
      loggedModels.deleteTag(id, 'a'),
      run.logMetrics({ a: 1 }, { model: id }),
    ]) {
      expect(await codeFrom(call)).toBe('LOGGED_MODEL_DELETED')
    }
    expect((await runs.get(run.id)).metrics).toEqual({})
  })

  it('is not found by an id that nobody gave', async () => {
    const { loggedModels } = await aStore()
    for (const call of [
      loggedModels.get('m-0'),
      loggedModels.finalize('m-0', 'READY'),
      loggedModels.delete('m-0'),
      loggedModels.setTags('m-0', {}),
    ]) {
      expect(await codeFrom(call)).toBe('LOGGED_MODEL_NOT_FOUND')
    }
  })

  it('answers a repeated call as it did the first time', async () => {
    const { loggedModels } = await aStore()
    const options = { experiment: 'churn', idempotencyKey: 'k1' }
    const first = await loggedModels.create(options)
    await loggedModels.setTags(first.id, { later: 'yes' })
    expect(await loggedModels.create(options)).toEqual(first)
    expect((await loggedModels.search()).models.length).toBe(1)
  })

  it('takes writes that nobody awaits, in the order of the calls', async () => {
    const { loggedModels } = await aStore()
    const made = loggedModels.create({ experiment: 'churn', id: 'm-1' })
    const tagged = loggedModels.setTags('m-1', { a: 1 })
    const done = loggedModels.finalize('m-1', 'READY')
    await Promise.all([made, tagged])
    expect(await done).toMatchObject({ status: 'READY', tags: { a: '1' } })
  })
})

describe('Metrics of a logged model', () => {
  it('are those that a run logs of it, in one commit with those of the run', async () => {
    const varve = await aStore()
    const { loggedModels, runs } = varve
    const run = await runs.start({ experiment: 'churn' })
    const { id } = await loggedModels.create({ run: run.id })
    await run.logBatch({
      params: { a: 1 },
      metrics: [
        { key: 'auc', value: 0.9, step: 1, timestamp: 5, model: id },
        {
          key: 'auc',
          value: 0.8,
          step: 1,
          timestamp: 6,
          model: id,
          dataset: { name: 'test', digest: 'd' },
        },
        { key: 'loss', value: Number.NaN, step: 2, timestamp: 7, model: id },
        { key: 'own', value: 1, timestamp: 8 },
      ],
    })
    await run.logMetrics(
      { f1: -0 },
      { step: 3, timestamp: 9, model: id, dataset: { name: 'test' } },
    )
    const at = { run: run.id }
    expect((await loggedModels.get(id)).metrics).toEqual([
      { key: 'auc', value: 0.9, step: 1, timestamp: 5, ...at },
      { key: 'loss', value: Number.NaN, step: 2, timestamp: 7, ...at },
      {
        key: 'auc',
        value: 0.8,
        step: 1,
        timestamp: 6,
        ...at,
        dataset: { name: 'test', digest: 'd' },
      },
      { key: 'f1', value: -0, step: 3, timestamp: 9, ...at, dataset: { name: 'test' } },
    ])
    const { metrics } = await runs.get(run.id)
    expect(Object.keys(metrics).sort()).toEqual(['auc', 'f1', 'loss', 'own'])
    expect(metrics['auc']).toMatchObject({ count: 2, last: 0.8 })
  })

  it('may be logged of the model alone, and a point that comes twice is one', async () => {
    const { loggedModels } = await aStore()
    const { id } = await loggedModels.create({ experiment: 'churn' })
    const point = { key: 'auc', value: 1, step: 0, timestamp: 5 }
    await loggedModels.logPoints(id, [point, point, { ...point, step: 1 }], { run: 'r' })
    await loggedModels.logPoints(id, [point], { run: 'r' })
    await loggedModels.logMetrics(id, { auc: 1 }, { timestamp: 5, run: 'other' })
    expect((await loggedModels.get(id)).metrics).toEqual([
      { ...point, run: 'r' },
      { ...point, step: 1, run: 'r' },
      { ...point, run: 'other' },
    ])
  })

  it('of a model that is not there leave the run as it was', async () => {
    const { runs } = await aStore()
    const run = await runs.start({ experiment: 'churn' })
    const batch = {
      params: { a: 1 },
      metrics: [{ key: 'auc', value: 1, model: 'm-none' }],
    }
    expect(await codeFrom(run.logBatch(batch))).toBe('LOGGED_MODEL_NOT_FOUND')
    expect(await runs.get(run.id)).toMatchObject({ params: {}, metrics: {} })
  })

  it.each([
    [{ key: 'a', value: 1, dataset: { name: 'x' } }],
    [{ key: 'a', value: 1, model: '' }],
    [{ key: 'a', value: 1, model: 7 }],
    [{ key: 'a', value: 1, model: 'm-1', dataset: 'x' }],
    [{ key: 'a', value: 1, model: 'm-1', dataset: { name: 'x', digest: 7 } }],
  ])('are refused as %j', async (point) => {
    const { runs } = await aStore()
    const run = await runs.start({ experiment: 'churn' })
    // `as`: wrong on purpose.
    const metrics = [point as { key: string; value: number }]
    expect(await codeFrom(run.logBatch({ metrics }))).toBe('INVALID_VALUE')
  })
})

describe('A search for logged models', () => {
  const aShelf = async (): Promise<Varve> => {
    const varve = await aStore()
    const { loggedModels, experiments } = varve
    await experiments.create('fraud')
    const make = (id: string, experiment: string, depth: number) =>
      loggedModels.create({ id, experiment, name: `tree-${id}`, params: { depth } })
    await make('m-1', 'churn', 8)
    await make('m-2', 'churn', 9)
    await make('m-3', 'fraud', 10)
    const test = { dataset: { name: 'test', digest: '1' } }
    const train = { dataset: { name: 'train', digest: '1' } }
    await loggedModels.logMetrics('m-1', { auc: 0.7 }, { timestamp: 1, ...test })
    await loggedModels.logMetrics('m-1', { auc: 0.9 }, { timestamp: 2, ...train })
    await loggedModels.logMetrics('m-2', { auc: 0.8 }, { timestamp: 1, ...test })
    await loggedModels.logMetrics('m-2', { auc: 0.75 }, { timestamp: 2, ...test })
    await loggedModels.finalize('m-2', 'READY')
    return varve
  }

  const ids = async (varve: Varve, query: Parameters<Varve['loggedModels']['search']>[0]) =>
    (await varve.loggedModels.search(query)).models.map(({ id }) => id)

  it.each([
    ['', ['m-3', 'm-2', 'm-1']],
    ["name = 'tree-m-1'", ['m-1']],
    ["attributes.name like 'tree-%' and params.depth != '8'", ['m-3', 'm-2']],
    ["status = 'READY'", ['m-2']],
    ['metrics.auc > 0.85', ['m-1']],
    ['metrics.auc <= 0.75', ['m-2', 'm-1']],
    ['metrics.auc@max < 0.9', ['m-2']],
    ['metrics.auc@count = 2', ['m-2', 'm-1']],
    ['metrics.auc is null', ['m-3']],
    ["model_id in ('m-1', 'm-9')", ['m-1']],
    ['creation_time > 0 and last_updated_timestamp_ms < 1000000', ['m-3', 'm-2', 'm-1']],
  ])('finds with %j, the newest first', async (filter, found) => {
    const varve = await aShelf()
    expect(await ids(varve, { filter })).toEqual(found)
  })

  it.each(["colour = 'red'", "datasets.name = 'x'", "creation_time = '1'", 'name = 1'])(
    'refuses %j',
    async (filter) => {
      const varve = await aStore()
      expect(await codeFrom(varve.loggedModels.search({ filter }))).toBe('FILTER_SYNTAX')
    },
  )

  it('looks in the experiments that it is given', async () => {
    const varve = await aShelf()
    expect(await ids(varve, { experiments: ['fraud'] })).toEqual(['m-3'])
    expect(await ids(varve, { experiments: [] })).toEqual([])
    const nowhere = varve.loggedModels.search({ experiments: ['none'] })
    expect(await codeFrom(nowhere)).toBe('EXPERIMENT_NOT_FOUND')
  })

  it('looks at metrics on the data that it is given', async () => {
    const varve = await aShelf()
    const test = { name: 'test' }
    const filter = 'metrics.auc > 0.75'
    expect(await ids(varve, { filter, datasets: [test] })).toEqual(['m-2'])
    expect(await ids(varve, { filter, datasets: [{ ...test, digest: '2' }] })).toEqual([])
    expect(await ids(varve, { datasets: [{ name: 'train' }] })).toEqual(['m-1'])
    expect(await ids(varve, { filter, datasets: [test, { name: 'train' }] })).toEqual([
      'm-2',
      'm-1',
    ])
  })

  it('orders by the latest value of a metric, on some data where that is asked for', async () => {
    const varve = await aShelf()
    expect(await ids(varve, { orderBy: ['metrics.auc desc'] })).toEqual(['m-1', 'm-2', 'm-3'])
    expect(await ids(varve, { orderBy: ['metrics.auc'] })).toEqual(['m-2', 'm-1', 'm-3'])
    const onTest = { field: 'metrics.auc', descending: true, dataset: { name: 'test' } }
    expect(await ids(varve, { orderBy: [onTest] })).toEqual(['m-2', 'm-1', 'm-3'])
    expect(await ids(varve, { orderBy: ['params.depth', 'name'] })).toEqual(['m-3', 'm-1', 'm-2'])
    const twice = varve.loggedModels.search({ orderBy: ['nonsense'] })
    expect(await codeFrom(twice)).toBe('ORDER_SYNTAX')
  })

  it('shows later pages as things were at the first', async () => {
    const varve = await aShelf()
    const query = { limit: 2, orderBy: ['name'] }
    const first = await varve.loggedModels.search(query)
    await varve.loggedModels.delete('m-3')
    await varve.loggedModels.create({ experiment: 'churn', name: 'a' })
    const pageToken = first.nextPageToken ?? ''
    const second = await varve.loggedModels.search({ ...query, pageToken })
    expect([...first.models, ...second.models].map(({ id }) => id)).toEqual(['m-1', 'm-2', 'm-3'])
    expect(second.nextPageToken).toBeUndefined()
    const other = varve.loggedModels.search({ limit: 2, pageToken })
    expect(await codeFrom(other)).toBe('PAGE_TOKEN_INVALID')
  })
})

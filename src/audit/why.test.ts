import { describe, expect, it } from 'vitest'
import { codeOf } from '../kernel/errors.ts'
import { open } from '../open.ts'

const start = Date.parse('2026-11-01T00:00:00Z')

/** A store whose clock goes on a second with each look at it. */
const openStore = async () => {
  let time = start
  return await open({
    memory: true,
    facts: false,
    actor: 'ana',
    clock: () => {
      time += 1000
      return time
    },
  })
}

type Store = Awaited<ReturnType<typeof openStore>>

/** A run with a version of the model `churn`; gives the run's id. */
const train = async (varve: Store, depth: number): Promise<string> => {
  const run = await varve.runs.start({
    experiment: 'churn',
    params: { depth, seed: 1 },
    tags: { 'mlflow.source.git.commit': `commit${depth}` },
  })
  await run.logMetrics({ auc: depth / 10, same: 1 })
  await run.logInput({ name: 'train', digest: `data${depth}` })
  await run.end()
  await varve.registry.createVersion('churn', { run: run.id })
  return run.id
}

const codeAnd = async (asked: Promise<unknown>): Promise<readonly [string | undefined, string]> => {
  const failure: unknown = await asked.catch((error: unknown) => error)
  return [codeOf(failure), String(failure)]
}

describe('why a stage is held by a version', () => {
  it('names the move, who made it and why, what it replaced, and how the runs differ', async () => {
    await using varve = await openStore()
    await train(varve, 6)
    await train(varve, 8)
    await varve.registry.transition('churn', 1, 'Production', { comment: 'the first' })
    await varve.registry.transition('churn', 2, 'Staging')
    await varve.registry.transition('churn', 2, 'Production', { comment: 'beats v1', actor: 'ben' })
    const why = await varve.why('models:/churn/Production')
    expect(why).toMatchObject({ model: 'churn', version: 2, replaced: 1, approvals: [] })
    expect(why.transition).toMatchObject({
      from: 'Staging',
      to: 'Production',
      by: 'ben',
      comment: 'beats v1',
    })
    expect(why.moment).toEqual(await varve.moment())
    expect(why.trail.map(({ from, to }) => [from, to])).toEqual([
      ['None', 'Staging'],
      ['Staging', 'Production'],
    ])
    expect(why.runs?.params).toEqual([{ key: 'depth', before: '6', after: '8' }])
    expect(why.runs?.metrics).toMatchObject([
      { key: 'auc', before: { last: 0.6 }, after: { last: 0.8 } },
    ])
    expect(why.runs?.data).toMatchObject([
      { key: 'train', before: { digest: 'data6' }, after: { digest: 'data8' } },
    ])
    expect(why.runs?.code).toEqual([{ key: 'commit', before: 'commit6', after: 'commit8' }])
  })

  it('is answered as of a moment, also when the model has another name since', async () => {
    await using varve = await openStore()
    await train(varve, 6)
    const old = await train(varve, 8)
    await varve.registry.transition('churn', 1, 'Production')
    await varve.registry.transition('churn', 2, 'Production', { comment: 'beats v1' })
    const then = await varve.moment()
    await varve.registry.rollback('churn', { comment: 'drift' })
    await varve.registry.rename('churn', 'churn-model')
    const again = await varve.runs.resume(old)
    await again.setTag('mlflow.source.git.commit', 'rewritten')
    const past = await varve.why('models:/churn/Production', { at: then.position })
    expect(past).toMatchObject({ model: 'churn', version: 2, replaced: 1, moment: then })
    expect(past.transition).toMatchObject({ model: 'churn', comment: 'beats v1' })
    expect(past.runs?.code).toEqual([{ key: 'commit', before: 'commit6', after: 'commit8' }])
    const present = await varve.why('models:/churn-model/Production')
    expect(present).toMatchObject({ model: 'churn-model', version: 1, replaced: 2 })
    expect(present.transition).toMatchObject({ cause: 'rollback', comment: 'drift' })
    expect(present.runs?.params).toEqual([{ key: 'depth', before: '8', after: '6' }])
  })

  it('says nothing of what was replaced for the first version there', async () => {
    await using varve = await openStore()
    await train(varve, 6)
    await varve.registry.transition('churn', 1, 'production')
    const why = await varve.why('models:/churn/PRODUCTION')
    expect(why.transition).toMatchObject({ to: 'Production' })
    expect(why.replaced).toBeUndefined()
    expect(why.runs).toBeUndefined()
  })

  it('finds the run of a replaced version that was deleted since', async () => {
    await using varve = await openStore()
    await train(varve, 6)
    await train(varve, 8)
    await varve.registry.transition('churn', 1, 'Production')
    await varve.registry.transition('churn', 2, 'Production')
    await varve.registry.deleteVersion('churn', 1)
    const why = await varve.why('models:/churn/Production')
    expect(why.replaced).toBe(1)
    expect(why.runs?.params).toEqual([{ key: 'depth', before: '6', after: '8' }])
  })

  it('goes back to the earlier move when the later holder left', async () => {
    await using varve = await openStore()
    await train(varve, 6)
    await train(varve, 8)
    await varve.registry.transition('churn', 1, 'Production', { comment: 'first' })
    await varve.registry.transition('churn', 2, 'Production', { archiveExisting: false })
    await varve.registry.transition('churn', 2, 'Staging')
    const why = await varve.why('models:/churn/Production')
    expect(why.version).toBe(1)
    expect(why.transition).toMatchObject({ comment: 'first' })
  })

  it('has no move for a version that stands where it was created', async () => {
    await using varve = await openStore()
    await train(varve, 6)
    const why = await varve.why('models:/churn/None')
    expect(why).toMatchObject({ version: 1, transition: undefined, trail: [] })
  })

  it('leaves the runs out when a version has none, or one that the store does not have', async () => {
    await using varve = await openStore()
    await varve.registry.createVersion('churn', { source: 's3://elsewhere' })
    await train(varve, 8)
    await varve.registry.transition('churn', 1, 'Production')
    await varve.registry.transition('churn', 2, 'Production')
    const why = await varve.why('models:/churn/Production')
    expect(why).toMatchObject({ version: 2, replaced: 1 })
    expect(why.runs).toBeUndefined()
  })

  it('tells what an empty stage means, naming model, stage and moment', async () => {
    await using varve = await openStore()
    await train(varve, 6)
    const before = await varve.moment()
    await varve.registry.transition('churn', 1, 'Production')
    const [code, message] = await codeAnd(
      varve.why('models:/churn/Production', { at: before.position }),
    )
    expect(code).toBe('VERSION_NOT_FOUND')
    expect(message).toContain('No version of the model "churn" was in the stage Production')
    expect(message).toContain(`position ${before.position}`)
    expect(message).toContain(new Date(before.recordedAt).toISOString())
  })
})

describe('why an alias points at a version', () => {
  it('names the pointing, and the version it pointed at before', async () => {
    await using varve = await openStore()
    await train(varve, 6)
    await train(varve, 8)
    await varve.registry.setAlias('churn', 'constructor', 1)
    await varve.registry.rename('churn', 'churn-model')
    await varve.registry.setAlias('churn-model', 'constructor', 2, {
      actor: 'ben',
      meta: { comment: 'as agreed' },
    })
    const { position, recordedAt } = await varve.moment()
    const why = await varve.why('models:/churn-model@constructor')
    expect(why.transition).toEqual({
      model: 'churn-model',
      alias: 'constructor',
      version: 2,
      at: recordedAt,
      by: 'ben',
      comment: 'as agreed',
      replaced: 1,
      position,
    })
    expect(why).toMatchObject({ version: 2, replaced: 1, trail: [] })
    expect(why.runs?.params).toEqual([{ key: 'depth', before: '6', after: '8' }])
  })

  it('replaced nothing when the alias was taken away before', async () => {
    await using varve = await openStore()
    await train(varve, 6)
    await train(varve, 8)
    await varve.registry.setAlias('churn', 'champion', 1)
    await varve.registry.deleteAlias('churn', 'champion')
    await varve.registry.setAlias('churn', 'champion', 2)
    const why = await varve.why('models:/churn@champion')
    expect(why.transition).toMatchObject({ model: 'churn', alias: 'champion', version: 2 })
    expect(why.replaced).toBeUndefined()
  })
})

describe('why a version stands where it stands', () => {
  it('names its last move, and every move before', async () => {
    await using varve = await openStore()
    await train(varve, 6)
    await train(varve, 8)
    await varve.registry.transition('churn', 1, 'Production')
    await varve.registry.transition('churn', 2, 'Production')
    const first = await varve.why('models:/churn/1')
    expect(first.transition).toMatchObject({ to: 'Archived', cause: 'archived' })
    expect(first.trail).toHaveLength(2)
    expect(first.runs).toBeUndefined()
    const latest = await varve.why('models:/churn/latest')
    expect(latest).toMatchObject({ version: 2, replaced: 1 })
    expect(latest.transition).toMatchObject({ to: 'Production' })
  })
})

describe('why, asked of what is not there', () => {
  it.each([
    ['models:/nobody/Production', 'MODEL_NOT_FOUND'],
    ['models:/churn/Nowhere', 'STAGE_INVALID'],
    ['models:/churn@nobody', 'ALIAS_NOT_FOUND'],
    ['models:/churn/7', 'VERSION_NOT_FOUND'],
    ['churn', 'URI_INVALID'],
  ])('refuses %s with %s', async (uri, expected) => {
    await using varve = await openStore()
    await train(varve, 6)
    const [code] = await codeAnd(varve.why(uri))
    expect(code).toBe(expected)
  })

  it('refuses a model that was not there yet', async () => {
    await using varve = await openStore()
    await train(varve, 6)
    const [code] = await codeAnd(varve.why('models:/churn/1', { at: 0 }))
    expect(code).toBe('MODEL_NOT_FOUND')
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DomainError, open, type Run, type Varve } from './index.ts'

// biome-ignore lint/suspicious/noExplicitAny: these callers have no types, as in JavaScript.
type Untyped = any

let varve: Untyped
let run: Untyped

beforeAll(async () => {
  const typed: Varve = await open({ memory: true, facts: false })
  const started: Run = await typed.runs.start({ experiment: 'churn', params: { depth: 8 } })
  await typed.registry.createVersion('churn', { source: 's3://b' })
  varve = typed
  run = started
})

afterAll(() => varve.close())

/** What each call is given, and the code that it is refused with; `INVALID_VALUE` unless it says. */
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  'runs.start with an option that does not exist': () => varve.runs.start({ exeriment: 'x' }),
  'runs.start with no options but null': () => varve.runs.start(null),
  'runs.start with an empty experiment': () => varve.runs.start({ experiment: '' }),
  'runs.start with a number as experiment': () => varve.runs.start({ experiment: 5 }),
  'runs.start with a name that is too long': () => varve.runs.start({ name: 'x'.repeat(501) }),
  'runs.start with half of a surrogate pair': () => varve.runs.start({ name: 'a\ud800b' }),
  'runs.start with params that are none': () => varve.runs.start({ params: 'depth=8' }),
  'runs.start with a list as params': () => varve.runs.start({ params: ['depth'] }),
  'runs.start with an object in a param': () => varve.runs.start({ params: { a: { b: 1 } } }),
  'runs.start with an empty key': () => varve.runs.start({ tags: { '': 1 } }),
  'runs.start with a key that is too long': () =>
    varve.runs.start({ tags: [['é'.repeat(251), 1]] }),
  'runs.start with null as a tag': () => varve.runs.start({ tags: { a: null } }),
  'runs.start with a user that is no text': () => varve.runs.start({ user: 5 }),
  'runs.start with a time that is none': () => varve.runs.start({ startTime: 'yesterday' }),
  'runs.start with an invalid date': () => varve.runs.start({ startTime: new Date(Number.NaN) }),
  'runs.start with a parent that is no run': () => varve.runs.start({ parent: {} }),
  'runs.start with an actor that is no text': () => varve.runs.start({ actor: 5 }),
  'runs.start with an empty idempotency key': () => varve.runs.start({ idempotencyKey: '' }),
  'runs.start with a text as facts': () => varve.runs.start({ facts: 'no' }),
  'runs.start with two values of one param': () =>
    varve.runs.start({
      params: [
        ['a', 1],
        ['a', 2],
      ],
    }),
  'runs.start with an id that is taken': () => varve.runs.start({ id: run.id }),
  'runs.start with an experiment that no id names': () =>
    varve.runs.start({ experimentId: '__proto__' }),
  'runs.start with a parent that is not there': () => varve.runs.start({ parent: 'constructor' }),
  'runs.start with what is no function': () => varve.runs.start({}, 5),
  'runs.delete of nothing': () => varve.runs.delete(),
  'runs.delete of a run that is not there': () => varve.runs.delete('__proto__'),
  'runs.delete with options that are none': () => varve.runs.delete(run.id, 'now'),
  'runs.restore of a number': () => varve.runs.restore(5),
  'experiments.create without a name': () => varve.experiments.create(),
  'experiments.create with a name that is there': () => varve.experiments.create('churn'),
  'experiments.create with an unknown option': () => varve.experiments.create('x', { tag: {} }),
  'experiments.create with a location that is no text': () =>
    varve.experiments.create('x', { artifactLocation: 5 }),
  'experiments.create with a revision that is none': () =>
    varve.experiments.create('x', { expectRevision: 5 }),
  'experiments.create with unknown meta': () =>
    varve.experiments.create('x', { meta: { coment: 'x' } }),
  'experiments.rename to nothing': () => varve.experiments.rename('churn', ''),
  'experiments.rename of what is not there': () => varve.experiments.rename('toString', 'x'),
  'experiments.setTags with a number': () => varve.experiments.setTags('churn', 5),
  'experiments.deleteTag of a tag that is not there': () =>
    varve.experiments.deleteTag('churn', '__proto__'),
  'experiments.delete with an unknown option': () =>
    varve.experiments.delete('churn', { why: 'x' }),
  'experiments.restore of an object': () => varve.experiments.restore({}),
  'run.logMetrics with nothing': () => run.logMetrics(),
  'run.logMetrics with a text as value': () => run.logMetrics({ auc: '0.9' }),
  'run.logMetrics with an unknown option': () => run.logMetrics({ auc: 1 }, { stpe: 1 }),
  'run.logMetrics with options that are none': () => run.logMetrics({ auc: 1 }, null),
  'run.logMetrics with half a step': () => run.logMetrics({ auc: 1 }, { step: 0.5 }),
  'run.logMetrics with a step that is too large': () =>
    run.logMetrics({ auc: 1 }, { step: 2 ** 53 }),
  'run.logMetrics with a time before 1970': () => run.logMetrics({ auc: 1 }, { timestamp: -1 }),
  'run.logMetric without a value': () => run.logMetric('auc'),
  'run.logMetric with an empty name': () => run.logMetric('', 1),
  'run.logParams with null': () => run.logParams(null),
  'run.logParam with another value': () => run.logParam('depth', 9),
  'run.logParam with undefined': () => run.logParam('x'),
  'run.logBatch with nothing': () => run.logBatch(),
  'run.logBatch with metrics by name': () => run.logBatch({ metrics: { auc: 1 } }),
  'run.logBatch with a point that is none': () => run.logBatch({ metrics: [null] }),
  'run.logBatch with a point without a name': () => run.logBatch({ metrics: [{ value: 1 }] }),
  'run.logBatch with an unknown part': () => run.logBatch({ metric: [] }),
  'run.logBatch of which one part is bad': () =>
    run.logBatch({ metrics: [{ key: 'auc', value: 1 }], tags: { ok: 1 }, params: { depth: 9 } }),
  'run.setTags with a function': () => run.setTags({ a: () => 1 }),
  'run.setTag with a symbol': () => run.setTag('a', Symbol('x')),
  'run.deleteTag of nothing': () => run.deleteTag(),
  'run.deleteTag of a tag that is not there': () => run.deleteTag('constructor'),
  'run.logInput without a digest': () => run.logInput({ name: 'train' }),
  'run.logInput with nothing': () => run.logInput(),
  'run.logInput with a context that is no text': () =>
    run.logInput({ name: 'n', digest: 'd' }, { context: 5 }),
  'run.logInput with options that are none': () => run.logInput({ name: 'n', digest: 'd' }, null),
  'run.logArtifact under a path that leaves': () => run.logArtifact('../../etc/passwd', 'x'),
  'run.logArtifact under an absolute path': () => run.logArtifact('/etc/passwd', 'x'),
  'run.logArtifact under a path with a NUL': () => run.logArtifact('a\0b', 'x'),
  'run.logArtifact under no path': () => run.logArtifact(undefined, 'x'),
  'run.logArtifact without content': () => run.logArtifact('a'),
  'run.logArtifact with a number': () => run.logArtifact('a', 5),
  'run.logFile of a file that is not there': () => run.logFile('/nowhere/at/all'),
  'run.logFile of nothing': () => run.logFile(),
  'run.logArtifacts of nothing': () => run.logArtifacts(),
  'run.logArtifacts of a folder that is not there': () => run.logArtifacts('/nowhere/at/all'),
  'run.update with an unknown change': () => run.update({ nmae: 'x' }),
  'run.update with a status that is none': () => run.update({ status: 'DONE' }),
  'run.update with an empty name': () => run.update({ name: '' }),
  'run.update with nothing': () => run.update(),
  'run.end with a status that is none': () => run.end({ status: 'RUNNING' }),
  'run.end with a time that is none': () => run.end({ endTime: 'now' }),
  'run.end with an error that is no text': () => run.end({ error: new Error('x') }),
  'append of an event that nobody defined': () => varve.append('note:1', 'note.added', {}),
  'append of nothing': () => varve.append(),
  'registry.register under a path': () => varve.registry.register('a/b'),
  'registry.register under no name': () => varve.registry.register(),
  'registry.createVersion without details': () => varve.registry.createVersion('churn'),
  'registry.createVersion of a run that is not there': () =>
    varve.registry.createVersion('churn', { run: '__proto__' }),
  'registry.createVersion with an unknown detail': () =>
    varve.registry.createVersion('churn', { sorce: 's' }),
  'registry.transition of a version that is not there': () =>
    varve.registry.transition('churn', 9, 'Production'),
  'registry.transition of half a version': () => varve.registry.transition('churn', 1.5, 'Staging'),
  'registry.transition to a stage that is none': () =>
    varve.registry.transition('churn', 1, 'Live'),
  'registry.transition against what is there': () =>
    varve.registry.transition('churn', 1, 'Production', { expect: 9 }),
  'registry.rollback of what was never there': () => varve.registry.rollback('churn'),
  'registry.setAlias that reads like a version': () => varve.registry.setAlias('churn', 'v1', 1),
  'registry.setTag without a value': () => varve.registry.setTag('churn', 'a'),
  'registry.deleteTag of a tag that is not there': () =>
    varve.registry.deleteTag('churn', 'toString'),
  'registry.delete of a model that is not there': () => varve.registry.delete('__proto__'),
}

describe('a write that does not fit', () => {
  it.each(Object.entries(calls))('%s is refused, and nothing is written', async (_, call) => {
    const { position, head } = await varve.log.info()
    const before = await varve.runs.get(run.id)
    const error: unknown = await call().then(
      () => 'It was written.',
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(DomainError)
    if (!(error instanceof DomainError)) return
    expect(error.code).toMatch(/^[A-Z]+(_[A-Z]+)+$/)
    expect(Object.keys(error.data).length).toBeGreaterThan(0)
    expect(error.message).toMatch(/\S{3,}.*[.!]$/s)
    if (error.code === 'INVALID_VALUE') {
      expect(Object.keys(error.data)).toEqual(
        expect.arrayContaining([expect.stringMatching(/^(what|path)$/)]),
      )
    }
    expect(await varve.log.info()).toMatchObject({ position, head })
    expect(await varve.runs.get(run.id)).toEqual(before)
  })

  it('says which value, where, and what was expected', async () => {
    const errors = [
      [
        varve.runs.start({ params: { depth: { deep: 1 } } }),
        ['params.depth', '{"deep":1}', 'a string'],
      ],
      [varve.runs.start({ exeriment: 'x' }), ['runs.start', 'exeriment']],
      [run.logMetrics({ auc: '0.9' }), ['metrics.auc', '"0.9"', 'a number']],
      [run.logMetrics({ auc: 1 }, { step: 0.5 }), ['step', '0.5', 'an integer']],
      [run.update({ status: 'DONE' }), ['run.update', '"DONE"', 'RUNNING']],
      [varve.registry.transition('churn', 1, 'Live'), ['Live', 'Production']],
    ] as const
    for (const [call, parts] of errors) {
      const error: unknown = await call.catch((reason: unknown) => reason)
      for (const part of parts) expect(String(error)).toContain(part)
    }
  })
})

describe('a question that does not fit', () => {
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    'runs.get of nothing': () => varve.runs.get(),
    'runs.get of a key of objects': () => varve.runs.get('__proto__'),
    'runs.search with an unknown part': () => varve.runs.search({ fliter: "a = 'b'" }),
    'runs.search with a filter that is none': () => varve.runs.search({ filter: 'metrics.auc >' }),
    'runs.search with an order that is none': () =>
      varve.runs.search({ orderBy: ['auc sideways'] }),
    'runs.search with no limit': () => varve.runs.search({ limit: 0 }),
    'runs.search with half a limit': () => varve.runs.search({ limit: 1.5 }),
    'runs.search in an experiment that is not there': () =>
      varve.runs.search({ experiments: ['__proto__'] }),
    'runs.search with one name as a list': () => varve.runs.search({ experiments: 'churn' }),
    'runs.history of no metric': () => varve.runs.history(run.id, 'constructor'),
    'runs.history with no points': () => varve.runs.history(run.id, 'auc', { points: 0 }),
    'runs.compare of one id': () => varve.runs.compare(run.id),
    'runs.compare with an unknown option': () =>
      varve.runs.compare([run.id], { onlyDiffering: true }),
    'experiments.get of nothing': () => varve.experiments.get(),
    'experiments.list with a lifecycle that is none': () =>
      varve.experiments.list({ lifecycle: 'gone' }),
    'registry.get of nothing': () => varve.registry.get(),
    'registry.current of nothing': () => varve.registry.current(),
    'registry.resolve of what is no URI': () => varve.registry.resolve('churn/Production'),
    'registry.version of a text': () => varve.registry.version('churn', '1'),
    'asOf a moment that is none': () => varve.asOf('the day before').moment(),
    'asOf the 30th of February': () => varve.asOf('2026-02-30').runs.search(),
    'asOf a position that is not there yet': () => varve.asOf(10_000).experiments.list(),
    'asOf null': () => varve.asOf(null).registry.list(),
    'diff without moments': () => varve.diff(),
    'why of what is no URI': () => varve.why('churn'),
    'subscribe without a name': () => varve.subscribe(''),
  }

  it.each(Object.entries(questions))('%s is refused with a code', async (_, ask) => {
    const error: unknown = await ask().then(
      () => 'It was answered.',
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(DomainError)
  })
})

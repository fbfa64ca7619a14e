import fc from 'fast-check'
import { memoryBlobStore } from '../../src/artifacts/index.ts'
import { createVarve } from '../../src/create-varve.ts'
import { DomainError, type Varve, type VarveView } from '../../src/index.ts'
import { decodeHeader } from '../../src/kernel/log/commit.ts'
import type { EventLog } from '../../src/kernel/log/event-log.ts'
import { openMemoryLog } from '../../src/kernel/log/memory-log.ts'
import { openEngine } from '../../src/kernel/open-engine.ts'
import { loggedModelEvents } from '../../src/logged-models/index.ts'
import { registryEvents } from '../../src/registry/index.ts'
import { projections } from '../../src/store.ts'
import { trackingEvents } from '../../src/tracking/index.ts'

/** One public call, whose arguments are drawn from pools so small that calls meet. */
export type Step = (varve: Varve) => Promise<unknown>

const runIds = ['r0', 'r1', 'r2', '__proto__']
const experiments = ['churn', 'fraud', 'constructor', '1']
const models = ['churn', '__proto__']
const loggedIds = ['m-0', '__proto__']
const stages = ['None', 'Staging', 'Production', 'Archived', 'Live']

const run = fc.constantFrom(...runIds)
const experiment = fc.constantFrom(...experiments)
const model = fc.constantFrom(...models)
const logged = fc.constantFrom(...loggedIds)
const stage = fc.constantFrom(...stages)
const version = fc.integer({ min: 1, max: 3 })
const key = fc.constantFrom('a', 'b', '__proto__')
const value = fc.constantFrom('x', 'y', '7')
const number = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0),
)

const onRun = (
  id: string,
  write: (handle: Awaited<ReturnType<Varve['runs']['resume']>>) => Promise<unknown>,
): Step => {
  return async ({ runs }) => await write(await runs.resume(id))
}

/** A step of each kind; those that make something come more often. */
const steps: readonly fc.Arbitrary<Step>[] = [
  fc
    .tuple(run, experiment, value, fc.integer({ min: 0, max: 3 }))
    .map(([id, name, text, startTime]): Step => {
      const given = { id, name: text, experiment: name, startTime, user: text }
      return ({ runs }) => runs.start({ ...given, params: [['a', text]], tags: [['b', text]] })
    }),
  fc.tuple(run, experiment, run).map(
    ([id, name, parent]): Step =>
      ({ runs }) =>
        runs.start({ id, name: 'nested', experiment: name, parent }),
  ),
  fc
    .tuple(run, fc.array(fc.tuple(key, number, fc.integer({ min: 0, max: 3 })), { maxLength: 4 }))
    .map(([id, points]) => {
      const metrics = points.map(([name, found, step]) => ({ key: name, value: found, step }))
      return onRun(id, (handle) => handle.logBatch({ metrics }))
    }),
  fc
    .tuple(run, key, value)
    .map(([id, name, text]) => onRun(id, (handle) => handle.logParams([[name, text]]))),
  fc
    .tuple(run, key, value)
    .map(([id, name, text]) => onRun(id, (handle) => handle.setTags([[name, text]]))),
  fc.tuple(run, key).map(([id, name]) => onRun(id, (handle) => handle.deleteTag(name))),
  fc
    .tuple(run, value)
    .map(([id, text]) => onRun(id, (handle) => handle.logInput({ name: text, digest: text }))),
  fc
    .tuple(run, value)
    .map(([id, text]) => onRun(id, (handle) => handle.logArtifact(`model/${text}`, text))),
  fc.tuple(run, value).map(([id, name]) => onRun(id, (handle) => handle.update({ name }))),
  fc
    .tuple(run, fc.constantFrom('FINISHED', 'FAILED', 'KILLED'), fc.option(value))
    .map(([id, status, error]) =>
      onRun(id, (handle) => handle.end({ status, ...(error === null ? {} : { error }) })),
    ),
  run.map(
    (id): Step =>
      ({ runs }) =>
        runs.delete(id),
  ),
  run.map(
    (id): Step =>
      ({ runs }) =>
        runs.restore(id),
  ),
  experiment.map(
    (name): Step =>
      (varve) =>
        varve.experiments.create(name),
  ),
  fc.tuple(experiment, experiment).map(
    ([from, to]): Step =>
      (varve) =>
        varve.experiments.rename(from, to),
  ),
  fc.tuple(experiment, key, value).map(
    ([name, tag, text]): Step =>
      (varve) =>
        varve.experiments.setTags(name, [[tag, text]]),
  ),
  fc.tuple(experiment, key).map(
    ([name, tag]): Step =>
      (varve) =>
        varve.experiments.deleteTag(name, tag),
  ),
  experiment.map(
    (name): Step =>
      (varve) =>
        varve.experiments.delete(name),
  ),
  experiment.map(
    (name): Step =>
      (varve) =>
        varve.experiments.restore(name),
  ),
  fc.tuple(model, run, value).map(
    ([name, made, text]): Step =>
      ({ registry }) =>
        registry.createVersion(name, { run: made, tags: [['a', text]] }),
  ),
  fc.tuple(model, value).map(
    ([name, source]): Step =>
      ({ registry }) =>
        registry.createVersion(name, { source }),
  ),
  fc.tuple(model, version, stage, fc.boolean(), value).map(
    ([name, number1, to, archiveExisting, comment]): Step =>
      ({ registry }) =>
        registry.transition(name, number1, to, { archiveExisting, comment }),
  ),
  model.map(
    (name): Step =>
      ({ registry }) =>
        registry.rollback(name),
  ),
  fc.tuple(model, version).map(
    ([name, found]): Step =>
      ({ registry }) =>
        registry.setAlias(name, 'champion', found),
  ),
  model.map(
    (name): Step =>
      ({ registry }) =>
        registry.deleteAlias(name, 'champion'),
  ),
  fc.tuple(model, model).map(
    ([from, to]): Step =>
      ({ registry }) =>
        registry.rename(from, to),
  ),
  fc.tuple(model, version).map(
    ([name, found]): Step =>
      ({ registry }) =>
        registry.deleteVersion(name, found),
  ),
  model.map(
    (name): Step =>
      ({ registry }) =>
        registry.delete(name),
  ),
  fc.tuple(model, key, value).map(
    ([name, tag, text]): Step =>
      ({ registry }) =>
        registry.setTag(name, tag, text),
  ),
]

/** Data that metrics are measured on, or none. */
const dataset = fc.constantFrom(
  undefined,
  { name: 'x' },
  { name: 'x', digest: '1' },
  { name: 'y', digest: '1' },
)

const loggedSteps: readonly fc.Arbitrary<Step>[] = [
  fc.tuple(logged, experiment, value, run).map(
    ([id, name, text, made]): Step =>
      ({ loggedModels }) =>
        loggedModels.create({
          ...{ id, experiment: name, name: text, type: text, run: made },
          params: [['a', text]],
          tags: [['b', text]],
        }),
  ),
  fc.tuple(run, logged, fc.array(fc.tuple(key, number, dataset), { maxLength: 3 })).map(
    ([id, model1, points]): Step =>
      onRun(id, (handle) =>
        handle.logBatch({
          metrics: points.map(([name, found, data]) => ({
            ...{ key: name, value: found, step: 1, timestamp: 1, model: model1 },
            ...(data === undefined ? {} : { dataset: data }),
          })),
        }),
      ),
  ),
  fc.tuple(logged, key, number, fc.integer({ min: 0, max: 3 })).map(
    ([id, name, found, step]): Step =>
      ({ loggedModels }) =>
        loggedModels.logMetrics(id, [[name, found]], { step, timestamp: 1 }),
  ),
  fc.tuple(logged, fc.constantFrom('READY', 'UPLOAD_FAILED', 'PENDING'), fc.option(value)).map(
    ([id, status, message]): Step =>
      ({ loggedModels }) =>
        loggedModels.finalize(id, status, message === null ? {} : { message }),
  ),
  fc.tuple(logged, key, value).map(
    ([id, name, text]): Step =>
      ({ loggedModels }) =>
        loggedModels.logParams(id, [[name, text]]),
  ),
  fc.tuple(logged, key, value).map(
    ([id, name, text]): Step =>
      ({ loggedModels }) =>
        loggedModels.setTags(id, [[name, text]]),
  ),
  fc.tuple(logged, key).map(
    ([id, name]): Step =>
      ({ loggedModels }) =>
        loggedModels.deleteTag(id, name),
  ),
  logged.map(
    (id): Step =>
      ({ loggedModels }) =>
        loggedModels.delete(id),
  ),
  fc.tuple(model, logged).map(
    ([name, made]): Step =>
      ({ registry }) =>
        registry.createVersion(name, { loggedModel: made }),
  ),
]

const anyStep = fc.oneof(...steps, ...loggedSteps)

/** What every history begins with, so that most of what follows finds something to change. */
const beginning: readonly Step[] = [
  ({ runs }) => runs.start({ id: 'r0', experiment: 'churn', startTime: 1, params: { a: 'x' } }),
  ({ runs }) => runs.start({ id: 'r1', experiment: 'constructor', startTime: 1, parent: 'r0' }),
  onRun('r0', (handle) => handle.logMetrics({ a: 1, b: 0 }, { step: 1 })),
  ({ registry }) => registry.createVersion('churn', { run: 'r0' }),
  ({ registry }) => registry.createVersion('churn', { source: 's3://b' }),
  ({ registry }) => registry.transition('churn', 1, 'Production'),
  ({ registry }) => registry.setAlias('churn', 'champion', 2),
  ({ loggedModels }) => loggedModels.create({ id: 'm-0', run: 'r0', name: 'forest' }),
  ({ loggedModels }) => loggedModels.create({ id: '__proto__', experiment: 'churn', name: 'x' }),
]

/** Public calls that write, in some order. */
export const anyHistory = (maxLength: number): fc.Arbitrary<readonly Step[]> =>
  fc
    .array(anyStep, { minLength: maxLength / 2, maxLength, size: 'max' })
    .map((more) => [...beginning, ...more])

/** Makes the step; that the rules refuse it is an answer, too. */
export const take = async (varve: Varve, step: Step): Promise<void> => {
  try {
    await step(varve)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
  }
}

/** The answer, or the code of the error. */
const settled = async (answer: Promise<unknown>): Promise<unknown> => {
  try {
    return await answer
  } catch (error) {
    if (error instanceof DomainError) return { refused: error.code }
    throw error
  }
}

const searches = [
  { lifecycle: 'all' },
  {},
  { lifecycle: 'deleted' },
  { experiments: ['churn'], lifecycle: 'all' },
  { experiments: ['1'], orderBy: ['metrics.a desc', 'attributes.run_name'] },
  { filter: 'metrics.a > 0 or not metrics.b@max <= 1', orderBy: ['metrics.b@min'] },
  { filter: "params.a = 'x' and tags.b != 'y'", lifecycle: 'all' },
  { filter: "attributes.status in ('RUNNING', 'FAILED')", orderBy: ['tags.b', 'params.a desc'] },
  { filter: "datasets.digest = 'x'", limit: 2 },
] as const

const loggedSearches = [
  { lifecycle: 'all' },
  { filter: "params.a = 'x' or status = 'READY'", orderBy: ['name desc'] },
  { filter: 'metrics.a > 0', orderBy: ['metrics.b desc'], experiments: ['churn'] },
  { datasets: [{ name: 'x' }], orderBy: ['last_updated_timestamp'] },
] as const

const registrySearches = [
  { filter: "name like '%' and tags.a != 'x'" },
  { filter: "not tags.a = 'y'", orderBy: ['last_updated_timestamp desc'] },
] as const

/** What a fixed set of questions is answered. */
export const answersOf = async (view: VarveView): Promise<unknown> => {
  const questions: Promise<unknown>[] = [
    view.experiments.list({ lifecycle: 'all' }),
    ...experiments.map((name) => view.experiments.get(name)),
    ...searches.map(async (query) => (await view.runs.search(query)).rows),
    ...runIds.flatMap((id) => [view.runs.get(id), view.runs.history(id, 'a')]),
    view.runs.compare(['r0', 'r1']),
    ...loggedIds.flatMap((id) => [
      view.loggedModels.get(id),
      view.loggedModels.get(id, { deleted: true }),
    ]),
    ...loggedSearches.map(async (query) => (await view.loggedModels.search(query)).models),
    ...registrySearches.flatMap((query) => [
      view.registry.searchModels(query),
      view.registry.searchVersions(query),
    ]),
    view.registry.list({ lifecycle: 'all' }),
    ...models.flatMap((name) => [
      view.registry.get(name),
      view.registry.versions(name),
      view.registry.latestVersions(name),
      view.registry.history(name),
      view.registry.current(name, 'Production'),
      view.registry.current(name, 'champion'),
      view.registry.resolve(`models:/${name}/Production`),
      view.registry.resolve(`models:/${name}/latest`),
      view.registry.resolve(`models:/${name}/2`),
      view.registry.resolve(`models:/${name}@champion`),
    ]),
  ]
  return await Promise.all(questions.map(settled))
}

/** The commits of a log up to a position that ends one of them, in a log of their own. */
const copyOf = async (log: EventLog, upTo: number): Promise<EventLog> => {
  const copy = await openMemoryLog()
  for await (const commits of log.read(0)) {
    for (const commit of commits) {
      const { first, count } = decodeHeader(commit)
      if (first + count - 1 <= upTo) await copy.append(commit)
    }
  }
  return copy
}

/** A store made anew from the events of another one up to a position. */
export const replayed = async (log: EventLog, upTo: number): Promise<Varve> => {
  const copy = await copyOf(log, upTo)
  const clock = (): number => 0
  const families = [...trackingEvents, ...registryEvents, ...loggedModelEvents]
  const engine = await openEngine({ log: copy, families, projections, actor: 'none', clock })
  return createVarve(
    {
      engine,
      log: copy,
      blobs: memoryBlobStore(),
      clock,
      settings: { format: 1, id: 'replayed', durability: 'memory', createdAt: 0 },
      folder: undefined,
      owner: { pid: 0, host: '', since: 0 },
      reopen: () => engine.reopen(),
      close: () => engine.close(),
    },
    { facts: false, actor: undefined },
  )
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../kernel/errors.ts'
import { open } from '../open.ts'
import type { ModelVersion, RegisteredModel } from '../registry/index.ts'
import type { Experiment, RunRecord } from '../tracking/index.ts'
import type { VarveView } from '../varve.ts'
import type { Diff, EntityDiff } from './diff.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env
const options = {
  numRuns: Number(runs ?? 40),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
}

const openStore = () => open({ memory: true, facts: false, actor: 'ana' })
type Store = Awaited<ReturnType<typeof openStore>>
type Act = (varve: Store) => Promise<unknown>

/** Few of each, so that acts meet; names that a careless map would trip over. */
const keys = fc.constantFrom('k', '__proto__', 'constructor', 'a.b/c', '😀')
const texts = fc.constantFrom('', 'x', 'y')
const numbers = fc.constantFrom(0, -0, 1, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY)
const runIds = fc.constantFrom('r1', 'r1', 'hasOwnProperty', 'r2')
const experiments = fc.constantFrom('e1', '__proto__')
const models = fc.constantFrom('m1', 'm1', 'constructor')
const versions = fc.integer({ min: 1, max: 3 })
const stages = fc.constantFrom('None', 'Staging', 'Production', 'Archived')

const onRun =
  (act: (run: Awaited<ReturnType<Store['runs']['resume']>>) => Promise<unknown>) =>
  (id: string): Act =>
  async (varve) =>
    await act(await varve.runs.resume(id))

const runActs: fc.Arbitrary<Act>[] = [
  fc.tuple(runIds, experiments, keys, texts).map(
    ([id, experiment, key, value]): Act =>
      (varve) =>
        varve.runs.start({ id, experiment, name: id, params: [[key, value]] }),
  ),
  fc
    .tuple(runIds, keys, numbers, fc.integer({ min: 0, max: 3 }))
    .map(([id, key, value, step]) =>
      onRun((run) => run.logMetrics([[key, value]], { step, timestamp: 0 }))(id),
    ),
  fc
    .tuple(runIds, keys, texts)
    .map(([id, key, value]) => onRun((run) => run.logParams([[key, value]]))(id)),
  fc
    .tuple(runIds, keys, texts)
    .map(([id, key, value]) => onRun((run) => run.setTags([[key, value]]))(id)),
  fc.tuple(runIds, keys).map(([id, key]) => onRun((run) => run.deleteTag(key))(id)),
  fc
    .tuple(runIds, keys, texts)
    .map(([id, key, value]) => onRun((run) => run.logArtifact(`f/${key}`, value))(id)),
  fc
    .tuple(runIds, texts)
    .map(([id, digest]) =>
      onRun((run) => run.logInput({ name: 'train', digest: `d${digest}` }))(id),
    ),
  fc.tuple(runIds, texts).map(([id, name]) => onRun((run) => run.update({ name: `n${name}` }))(id)),
  runIds.map(onRun((run) => run.end({ status: 'FAILED', error: 'why', endTime: 1 }))),
  runIds.map(
    (id): Act =>
      (varve) =>
        varve.runs.delete(id),
  ),
  runIds.map(
    (id): Act =>
      (varve) =>
        varve.runs.restore(id),
  ),
]

const experimentActs: fc.Arbitrary<Act>[] = [
  fc.tuple(experiments, keys, texts).map(
    ([name, key, value]): Act =>
      (varve) =>
        varve.experiments.setTags(name, [[key, value]]),
  ),
  fc.tuple(experiments, keys).map(
    ([name, key]): Act =>
      (varve) =>
        varve.experiments.deleteTag(name, key),
  ),
  experiments.map(
    (name): Act =>
      (varve) =>
        varve.experiments.delete(name),
  ),
  experiments.map(
    (name): Act =>
      (varve) =>
        varve.experiments.restore(name),
  ),
  experiments.map(
    (name): Act =>
      (varve) =>
        varve.experiments.rename(name, `${name}'`),
  ),
]

const modelActs: fc.Arbitrary<Act>[] = [
  models.map(
    (name): Act =>
      (varve) =>
        varve.registry.createVersion(name, { source: 's3://a' }),
  ),
  fc.tuple(models, runIds).map(
    ([name, run]): Act =>
      (varve) =>
        varve.registry.createVersion(name, { run }),
  ),
  fc.tuple(models, versions, stages).map(
    ([name, version, stage]): Act =>
      (varve) =>
        varve.registry.transition(name, version, stage),
  ),
  models.map(
    (name): Act =>
      (varve) =>
        varve.registry.rollback(name),
  ),
  fc.tuple(models, versions).map(
    ([name, version]): Act =>
      (varve) =>
        varve.registry.setAlias(name, 'constructor', version),
  ),
  models.map(
    (name): Act =>
      (varve) =>
        varve.registry.deleteAlias(name, 'constructor'),
  ),
  fc.tuple(models, versions, keys).map(
    ([name, version, key]): Act =>
      (varve) =>
        varve.registry.setVersionTag(name, version, key, 'x'),
  ),
  fc.tuple(models, keys, texts).map(
    ([name, key, value]): Act =>
      (varve) =>
        varve.registry.setTag(name, key, value),
  ),
  fc.tuple(models, texts).map(
    ([name, text]): Act =>
      (varve) =>
        varve.registry.describe(name, text),
  ),
  fc.tuple(models, versions).map(
    ([name, version]): Act =>
      (varve) =>
        varve.registry.deleteVersion(name, version),
  ),
  fc.tuple(models, models).map(
    ([name, other]): Act =>
      (varve) =>
        varve.registry.rename(name, other),
  ),
  models.map(
    (name): Act =>
      (varve) =>
        varve.registry.delete(name),
  ),
]

/** Something to act on, so that few of the acts that follow are refused. */
const beginning: readonly Act[] = [
  (varve) => varve.runs.start({ id: 'r1', experiment: 'e1', name: 'r1' }),
  (varve) => varve.registry.createVersion('m1', { run: 'r1' }),
  (varve) => varve.runs.start({ id: 'hasOwnProperty', experiment: '__proto__', name: 'own' }),
  (varve) => varve.registry.createVersion('m1', { source: 's3://b' }),
]

const acts = fc
  .array(fc.oneof(...runActs, ...experimentActs, ...modelActs), { size: 'max', maxLength: 80 })
  .map((some) => [...beginning, ...some])

const history = async (varve: Store, all: readonly Act[]): Promise<void> => {
  for (const act of all) {
    const failure: unknown = await act(varve).catch((error: unknown) => error)
    if (failure instanceof Error && codeOf(failure) === undefined) throw failure
  }
}

type Facts = Map<string, unknown>

const flat = (
  own: object,
  groups: Readonly<Record<string, Iterable<readonly [string, unknown]>>>,
) => {
  const facts: Facts = new Map(Object.entries(own))
  for (const [group, pairs] of Object.entries(groups)) {
    for (const [key, value] of pairs) facts.set(`${group}.${key}`, value)
  }
  return facts
}

const runFacts = (run: RunRecord): Facts => {
  const { name, status, lifecycle, startTime, endTime, error } = run
  return flat(
    { name, status, lifecycle, startTime, endTime, error },
    {
      params: Object.entries(run.params),
      metrics: Object.entries(run.metrics).map(([key, { last }]) => [key, last]),
      tags: Object.entries(run.tags),
      artifacts: run.artifacts.map(({ path, digest }) => [path, digest]),
      inputs: run.inputs.map(({ name: input, digest }, at) => [
        at === 0 ? input : `${input} #${at + 1}`,
        digest,
      ]),
    },
  )
}

const experimentFacts = ({ name, lifecycle, tags }: Experiment): Facts =>
  flat({ name, lifecycle }, { tags: Object.entries(tags) })

const modelFacts = ({ name, description, stages: own, tags, aliases }: RegisteredModel): Facts =>
  flat(
    { name, description, stages: own },
    { tags: Object.entries(tags), aliases: Object.entries(aliases) },
  )

const versionFacts = ({ stage, description, source, run, digest, tags }: ModelVersion): Facts =>
  flat({ stage, description, source, run, digest }, { tags: Object.entries(tags) })

interface Known {
  readonly active: boolean
  readonly facts: Facts
}

/** Everything that a view answers, by entity; models and versions by the stream, which outlives names. */
const everything = async (view: VarveView): Promise<ReadonlyMap<string, Known>> => {
  const known = new Map<string, Known>()
  for (const run of (await view.runs.search({ lifecycle: 'all', limit: 1000 })).rows) {
    const { lifecycle } = await view.runs.get(run.id)
    known.set(`run ${run.id}`, { active: lifecycle === 'active', facts: runFacts(run) })
  }
  for (const experiment of await view.experiments.list({ lifecycle: 'all' })) {
    const active = experiment.lifecycle === 'active'
    known.set(`experiment ${experiment.id}`, { active, facts: experimentFacts(experiment) })
  }
  for (const model of await view.registry.list()) {
    known.set(`model ${model.stream}`, { active: true, facts: modelFacts(model) })
    for (const version of await view.registry.versions(model.name)) {
      const name = `version ${model.stream} ${version.version}`
      known.set(name, { active: true, facts: versionFacts(version) })
    }
  }
  return known
}

type Changes = ReadonlyMap<string, readonly unknown[]>

/** What differs between two answers, the slow way. */
const expectedChanges = (
  before: ReadonlyMap<string, Known>,
  after: ReadonlyMap<string, Known>,
): Changes => {
  const changes = new Map<string, readonly unknown[]>()
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(name)
    const now = after.get(name)
    const fields = [...new Set([...(old?.facts.keys() ?? []), ...(now?.facts.keys() ?? [])])]
    const differing = fields.flatMap((field) => {
      const was = old?.facts.get(field) ?? null
      const is = now?.facts.get(field) ?? null
      const same =
        Array.isArray(was) && Array.isArray(is) ? `${was}` === `${is}` : Object.is(was, is)
      return same ? [] : [[field, was, is]]
    })
    if (differing.length === 0) continue
    const gained = now?.active === true && old?.active !== true
    const lost = old?.active === true && now?.active !== true
    const other = lost ? 'removed' : 'changed'
    changes.set(name, [gained ? 'added' : other, ...differing.sort()])
  }
  return changes
}

/** The stream that an entity's events stand in. */
const streamOf = async (varve: Store, { events }: EntityDiff): Promise<string> => {
  const from = events[0]?.position ?? 0
  for await (const batch of varve.read({ from })) return batch.events[0]?.stream ?? ''
  return ''
}

const actualChanges = async (varve: Store, { entities }: Diff): Promise<Changes> => {
  const changes = new Map<string, readonly unknown[]>()
  for (const entity of entities) {
    if (entity.fields.length === 0) continue
    const { kind, id, change } = entity
    const stream = await streamOf(varve, entity)
    const names: Readonly<Record<string, string>> = {
      model: `model ${stream}`,
      version: `version ${stream} ${id.slice(id.lastIndexOf('/') + 1)}`,
    }
    const fields = entity.fields.map(({ field, before, after }) => [field, before, after])
    changes.set(names[kind] ?? `${kind} ${id}`, [change, ...fields.sort()])
  }
  return changes
}

describe('for any history and any two moments', () => {
  it('the difference is what asOf answers at both, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(acts, fc.nat(), fc.nat(), async (all, a, b) => {
        await using varve = await openStore()
        await history(varve, all)
        const { position: last } = await varve.moment()
        const [from = -1, to = -1] = [(a % (last + 2)) - 1, (b % (last + 2)) - 1].sort(
          (x, y) => x - y,
        )
        const diff = await varve.diff(from, to)
        const before = await everything(varve.asOf(from))
        const after = await everything(varve.asOf(to))
        expect(await actualChanges(varve, diff)).toEqual(expectedChanges(before, after))
      }),
      options,
    )
  })

  it('every event in between is answered for, in order, by the entities that it touched', async () => {
    await fc.assert(
      fc.asyncProperty(acts, fc.nat(), async (all, a) => {
        await using varve = await openStore()
        await history(varve, all)
        const { position: last } = await varve.moment()
        const from = (a % (last + 2)) - 1
        const { entities } = await varve.diff(from, last)
        const positions = entities.map(({ events }) => events.map(({ position }) => position))
        const between = Array.from({ length: last - from }, (_, at) => from + 1 + at)
        expect([...new Set(positions.flat())].sort((x, y) => x - y)).toEqual(between)
        for (const own of positions) expect(own).toEqual([...own].sort((x, y) => x - y))
        const firsts = positions.map(([first = -1]) => first)
        expect(firsts).toEqual([...firsts].sort((x, y) => x - y))
      }),
      options,
    )
  })
})

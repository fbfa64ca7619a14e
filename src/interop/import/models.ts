import { defaultStages } from '../../registry/events.ts'
import { registryProjection } from '../../registry/index.ts'
import type { SourceModel } from '../mlflow/index.ts'
import { type ImportContext, unknownActor } from './context.ts'
import { type Draft, type Lane, ranks, timeOr } from './draft.ts'
import { fitting, packs } from './pairs.ts'
import { type ModelPlan, type RegistryData, registryDraft } from './registry-draft.ts'
import { readStated, Stated } from './stated.ts'
import { field } from './statements.ts'
import { versionDrafts } from './versions.ts'

/** The models of a source as lanes. */
export const modelLanes = async (
  context: ImportContext,
  models: readonly SourceModel[],
): Promise<Lane[]> => {
  const lanes: Lane[] = []
  for (const model of models) {
    const file = `models/${model.name}`
    countRead(context, model)
    const what = { what: 'tag', file, tally: context.tally }
    const { stream, stated } = await placeOf(context, model.name)
    const plan = { model: { ...model, tags: fitting(model.tags, what) }, stream, stated, file }
    lanes.push({ key: stream, drafts: drafts(context, plan) })
  }
  return lanes
}

const countRead = ({ tally }: ImportContext, { aliases, tags, versions }: SourceModel): void => {
  tally.reads({ models: 1, tags: tags.length, aliases: aliases.length })
  for (const { stage, tags: own } of versions) {
    tally.reads({ versions: 1, tags: own.length, transitions: stage === 'None' ? 0 : 1 })
  }
}

interface ModelPlace {
  readonly stream: string
  readonly stated: Stated
}

/** Where the model was imported before, under whatever name it has now; else the one of that name. */
const placeOf = async ({ engine, reader }: ImportContext, name: string): Promise<ModelPlace> => {
  const { byName, models } = engine.state(registryProjection)
  const first = `model:${name}`
  const stated = await readStated(reader, first)
  if (stated.isImported) return { stream: first, stated }
  const named = byName.get(name)
  if (named !== undefined) return { stream: named, stated: await readStated(reader, named) }
  let stream = first
  for (let use = 2; models.has(stream); use++) stream = `${first}#${use}`
  return { stream, stated: new Stated() }
}

async function* drafts(context: ImportContext, plan: ModelPlan): AsyncGenerator<Draft, void> {
  const { model, stated, stream, file } = plan
  const making = { stream, file, actor: unknownActor, entity: stream }
  const due = birthOf(model)
  const parts = { due, rank: ranks.model, stated: null }
  const [firstTags = [], ...moreTags] = packs(model.tags)
  if (stated.isEmpty) {
    const counts = { models: 1, tags: firstTags.length }
    const data = registered(model, firstTags)
    const draft = { ...parts, stated: model.createdAt, counts, isBirth: true as const }
    yield registryDraft(making, draft, ['model.registered', () => data])
  } else if (stated.isNew(field.description, model.description ?? '')) {
    const data = { description: model.description ?? '' }
    yield registryDraft(making, parts, ['model.described', () => data])
  }
  for (const [key, value] of stated.isEmpty ? moreTags.flat() : model.tags) {
    if (!stated.isNew(field.tag(key), value)) continue
    const draft = { ...parts, counts: { tags: 1 } }
    yield registryDraft(making, draft, ['model.tag-set', () => ({ key, value })])
  }
  yield* sorted([...versionDrafts(context, plan, due), ...aliasDrafts(context, plan, due)])
}

/** A model is there before its first version, whatever times the source states. */
const birthOf = ({ createdAt, versions }: SourceModel): number => {
  const never = Number.POSITIVE_INFINITY
  return versions.reduce(
    (first, version) => Math.min(first, timeOr(version.createdAt, never)),
    timeOr(createdAt, never),
  )
}

const registered = (
  { name, createdAt, description }: SourceModel,
  tags: [string, string][],
): RegistryData['model.registered'] => ({
  name,
  tags,
  stages: [...defaultStages],
  ...(description === null || description === '' ? {} : { description }),
  ...(createdAt === null ? {} : { createdAt }),
})

/** By time, then in the order given. */
const sorted = (all: readonly Draft[]): Draft[] =>
  all.toSorted((a, b) => a.due - b.due || a.rank - b.rank)

/** The source does not say when an alias was set: at the last change of the model, or with its version. */
function* aliasDrafts(
  { tally }: ImportContext,
  { model, stated, stream, file }: ModelPlan,
  birth: number,
): Generator<Draft, void> {
  const byNumber = new Map(model.versions.map((version) => [version.version, version]))
  for (const [alias, version] of model.aliases) {
    const target = byNumber.get(version)
    if (target === undefined || target.deleted) {
      const message = `The alias ${JSON.stringify(alias)} points at version ${version}, which is not there; it is left out.`
      tally.refuse(file, message)
    } else if (stated.isNew(field.alias(alias), String(version))) {
      const due = Math.max(timeOr(model.updatedAt, birth), timeOr(target.createdAt, birth), birth)
      const parts = { due, rank: ranks.alias, stated: null, counts: { aliases: 1 } }
      const making = { stream, file, actor: unknownActor, entity: stream }
      yield registryDraft(making, parts, ['model.alias-set', () => ({ alias, version })])
    }
  }
}

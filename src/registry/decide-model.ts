import { shown } from '../kernel/check.ts'
import { defined } from './defined.ts'
import { registryError } from './errors.ts'
import { defaultStages, type NewRegistryEvent } from './events.ts'
import { aliasNotFound, liveModel, liveVersion, modelNotFound } from './lookup.ts'
import { type ModelState, stageState, standingIn, type Tags } from './model-state.ts'
import type { RegistryTables } from './registry.fold.ts'
import { checkAlias, checkName, checkStages } from './rules.ts'

/** Key and value, in the caller's order. */
export type Pairs = readonly (readonly [string, string])[]

type Events = readonly NewRegistryEvent[]

export interface RegisterModel {
  readonly model: string
  readonly description?: string
  readonly tags?: Pairs
  readonly stages?: readonly string[]
  readonly createdAt?: number
}

/** A stream that was never used, so that two models that bore one name never share a history. */
const freeStream = ({ models }: RegistryTables, name: string): string => {
  const first = `model:${name}`
  if (models.get(first) === undefined) return first
  for (let use = 2; ; use++) {
    const stream = `${first}#${use}`
    if (models.get(stream) === undefined) return stream
  }
}

export const registerModel = (
  tables: RegistryTables,
  { model: name, description, tags = [], stages = defaultStages, createdAt }: RegisterModel,
): Events => {
  checkName(name)
  checkStages(stages)
  if (tables.byName.get(name) !== undefined) throw modelExists(name)
  const facts = defined({ description, createdAt })
  const data = { name, tags: pairsOf(tags), stages: [...stages], ...facts }
  return [{ stream: freeStream(tables, name), type: 'model.registered', data }]
}

const modelExists = (name: string): Error =>
  registryError(
    'MODEL_EXISTS',
    `A registered model has the name ${shown(name)} already. Add a version to it with createVersion, or choose another name.`,
    { data: { model: name } },
  )

/** Pairs as an event holds them: of a key that comes twice the last value counts. */
export const pairsOf = (pairs: Pairs): [string, string][] => [...new Map(pairs)]

export const renameModel = (
  tables: RegistryTables,
  { model: old, name }: { readonly model: string; readonly name: string },
): Events => {
  const { stream } = liveModel(tables, old)
  if (name === old) return []
  checkName(name)
  if (tables.byName.get(name) !== undefined) throw modelExists(name)
  return [{ stream, type: 'model.renamed', data: { name } }]
}

export const describeModel = (
  tables: RegistryTables,
  { model: name, description }: { readonly model: string; readonly description: string },
): Events => {
  const model = liveModel(tables, name)
  if (model.description === description) return []
  return [{ stream: model.stream, type: 'model.described', data: { description } }]
}

export interface Tag {
  readonly key: string
  readonly value: string
}

export const setModelTag = (
  tables: RegistryTables,
  { model: name, key, value }: Tag & { readonly model: string },
): Events => {
  const { stream, tags } = liveModel(tables, name)
  if (tags.get(key) === value) return []
  return [{ stream, type: 'model.tag-set', data: { key, value } }]
}

export const deleteModelTag = (
  tables: RegistryTables,
  { model: name, key }: { readonly model: string; readonly key: string },
): Events => {
  const { stream, tags } = liveModel(tables, name)
  requireTag(tags, key, `model ${shown(name)}`)
  return [{ stream, type: 'model.tag-deleted', data: { key } }]
}

/** @throws `TAG_NOT_FOUND` */
export const requireTag = (tags: Tags, key: string, owner: string): void => {
  if (tags.has(key)) return
  throw registryError(
    'TAG_NOT_FOUND',
    `The ${owner} has no tag ${shown(key)}. Nothing was deleted; look at its tags for those it has.`,
    { data: { key } },
  )
}

export interface SetAlias {
  readonly model: string
  readonly alias: string
  readonly version: number
}

export const setAlias = (
  tables: RegistryTables,
  { model: name, alias, version }: SetAlias,
): Events => {
  const model = liveModel(tables, name)
  checkAlias(alias)
  liveVersion(model, version)
  if (model.aliases.get(alias)?.version === version) return []
  return [{ stream: model.stream, type: 'model.alias-set', data: { alias, version } }]
}

export const deleteAlias = (
  tables: RegistryTables,
  { model: name, alias }: { readonly model: string; readonly alias: string },
): Events => {
  const { stream, aliases } = liveModel(tables, name)
  const entry = aliases.get(alias)
  if (entry === undefined) throw aliasNotFound(name, alias)
  return [{ stream, type: 'model.alias-deleted', data: { alias, version: entry.version } }]
}

export const setStages = (
  tables: RegistryTables,
  { model: name, stages }: { readonly model: string; readonly stages: readonly string[] },
): Events => {
  const model = liveModel(tables, name)
  checkStages(stages)
  for (const stage of model.stages) if (!stages.includes(stage)) requireEmpty(model, stage)
  const same =
    stages.length === model.stages.length && stages.every((s, i) => s === model.stages[i])
  if (same) return []
  return [{ stream: model.stream, type: 'model.stages-set', data: { stages: [...stages] } }]
}

const requireEmpty = (model: ModelState, stage: string): void => {
  const { standing } = stageState(model, stage)
  if (standing === 0) return
  const versions = standingIn(model, stage).slice(0, 10).toReversed()
  throw registryError(
    'STAGE_IN_USE',
    `The stage ${shown(stage)} of the model ${shown(model.name)} cannot go: ${standing} of its versions stand in it (${versions.join(', ')}${standing > versions.length ? ', …' : ''}). Move them to another stage first.`,
    { data: { model: model.name, stage, versions, standing } },
  )
}

export const deleteModel = (
  tables: RegistryTables,
  { model: name }: { readonly model: string },
): Events => {
  const stream = tables.byName.get(name)
  if (stream === undefined) throw modelNotFound(name)
  return [{ stream, type: 'model.deleted', data: {} }]
}

import type { Reader } from '../kernel/engine.ts'
import { noVersion } from './entities.ts'
import { aliasNotFound, knownStage, modelNotFound } from './lookup.ts'
import { foldModel, isRegistryEvent } from './model.fold.ts'
import type { CurrentVersion, ResolvedModel } from './model.ts'
import {
  type Entry,
  type ModelState,
  matchStage,
  type Origin,
  type VersionState,
  versionState,
} from './model-state.ts'
import { lastValue } from './persistent.ts'
import { type RegistryState, recentModel } from './registry.fold.ts'
import { type ModelTimelines, valueAsOf } from './timelines.fold.ts'
import { type ModelReference, parseModelUri } from './uri.ts'

/** A state, and the last position that counts; `Infinity` for all there is. */
export interface AsOf {
  readonly state: RegistryState
  readonly position: number
}

const bearer = ({ state, position }: AsOf, name: string): ModelTimelines | undefined =>
  valueAsOf(state.timelines.names.get(name), position)

interface Pointer {
  readonly stage?: string
  readonly alias?: string
  readonly entry: Entry | undefined
}

const pointerAt = (model: ModelTimelines, position: number, reference: string): Pointer => {
  if (reference.startsWith('@')) return aliasAt(model, position, reference.slice(1))
  // A stage that somebody stood in was one of the model's, so this is most often all there is to do.
  const entry = valueAsOf(model.current.get(reference), position)
  if (entry !== undefined) return { stage: reference, entry }
  const stage = matchStage(valueAsOf(model.stages, position) ?? [], reference)
  if (stage === undefined) return aliasAt(model, position, reference)
  return { stage, entry: valueAsOf(model.current.get(stage), position) }
}

const aliasAt = (model: ModelTimelines, position: number, alias: string): Pointer => ({
  alias,
  entry: valueAsOf(model.aliases.get(alias), position),
})

/** The version that a stage or an alias stood for. */
export const currentAsOf = (
  moment: AsOf,
  name: string,
  reference: string,
): CurrentVersion | undefined => {
  const model = bearer(moment, name)
  if (model === undefined) return undefined
  const { stage, alias, entry } = pointerAt(model, moment.position, reference)
  if (entry === undefined) return undefined
  const { origin, version, at: since, by, position, comment } = entry
  const { source } = origin
  const found: Mutable<CurrentVersion> = { model: name, version, source, since, by, position }
  // Field by field: a spread of several objects takes longer than all the rest.
  if (stage !== undefined) found.stage = stage
  if (alias !== undefined) found.alias = alias
  if (origin.run !== undefined) found.run = origin.run
  if (origin.path !== undefined) found.path = origin.path
  if (origin.digest !== undefined) found.digest = origin.digest
  if (comment !== undefined) found.comment = comment
  return found
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** What a stage or an alias stands for now; the same object until something happens to the model. */
export const currentNow = (
  state: RegistryState,
  name: string,
  reference: string,
): CurrentVersion | undefined => {
  const known = state.answers.get(name)?.get(reference)
  if (known !== undefined) return known
  const found = currentAsOf({ state, position: Number.POSITIVE_INFINITY }, name, reference)
  if (found === undefined) return undefined
  // One spelling of each is kept, so that what is kept is no more than there is.
  if (reference === (found.stage ?? found.alias)) remember(state, reference, Object.freeze(found))
  return found
}

const remember = ({ answers }: RegistryState, reference: string, found: CurrentVersion): void => {
  const known = answers.get(found.model)
  if (known === undefined) answers.set(found.model, new Map([[reference, found]]))
  else known.set(reference, found)
}

/** A version was there from its creation to its deletion, which is the last thing that happens to it. */
const wasThere = (version: VersionState, position: number): boolean =>
  version.createdAt <= position && (version.lifecycle === 'active' || position < version.changedAt)

/**
 * What a `models:/` URI stood for.
 *
 * @throws `URI_INVALID`, `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND`, `STAGE_INVALID`, `ALIAS_NOT_FOUND`
 */
export const resolveAsOf = (moment: AsOf, uri: string): ResolvedModel => {
  const reference = parseModelUri(uri)
  const { model: name } = reference
  const model = bearer(moment, name)
  // As it stands now: only what never changes is read off it.
  const now = model === undefined ? undefined : moment.state.models.get(model.stream)
  if (model === undefined || now === undefined) throw modelNotFound(name)
  const { version, origin } = referred({ model, now, position: moment.position }, reference)
  return { model: name, version, ...origin }
}

interface Named {
  readonly model: ModelTimelines
  readonly now: ModelState
  readonly position: number
}

const referred = (
  { model, now, position }: Named,
  reference: ModelReference,
): { readonly version: number; readonly origin: Origin } => {
  const { model: name } = reference
  if ('version' in reference) {
    const version = versionState(now, reference.version)
    if (version !== undefined && wasThere(version, position)) return version
    throw noVersion(name, String(reference.version))
  }
  if ('latest' in reference) {
    const latest = lastValue(now.versions, (version) => wasThere(version, position))
    if (latest === undefined) throw noVersion(name, 'at all')
    return latest
  }
  if ('alias' in reference) {
    const { entry } = aliasAt(model, position, reference.alias)
    if (entry === undefined) throw aliasNotFound(name, reference.alias)
    return entry
  }
  const stages = valueAsOf(model.stages, position) ?? []
  const stage = knownStage({ name, stages }, reference.stage)
  const entry = valueAsOf(model.current.get(stage), position)
  if (entry === undefined) throw noVersion(name, `in the stage ${stage}`)
  return entry
}

/** A model as it stood: as it is when nothing happened to it since, else folded from its own stream. */
export const modelAsOf = async (
  { state, position }: AsOf,
  reader: Reader,
  stream: string,
): Promise<ModelState | undefined> => {
  const now = state.models.get(stream)
  if (now === undefined || now.createdAt > position) return undefined
  if (now.changedAt <= position) return now
  const remembered = recentModel(state, stream, position)
  if (remembered !== undefined) return remembered
  let model: ModelState | undefined
  for (const event of await reader.stream(stream, position)) {
    if (isRegistryEvent(event)) model = foldModel(model, event)
  }
  return model
}

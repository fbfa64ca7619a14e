import type { Reader } from '../kernel/engine.ts'
import { noVersion } from './entities.ts'
import { aliasNotFound, knownStage, modelNotFound } from './lookup.ts'
import { foldModel, isRegistryEvent } from './model.fold.ts'
import type { CurrentVersion, ResolvedModel } from './model.ts'
import {
  type Entry,
  type ModelState,
  matchStage,
  type VersionState,
  versionState,
} from './model-state.ts'
import { lastValue } from './persistent.ts'
import { type RegistryState, recentModel } from './registry.fold.ts'
import { type ModelTimelines, valueAsOf } from './timelines.fold.ts'
import { parseModelUri } from './uri.ts'

/** A state, and the last position that counts; `Infinity` for all there is. */
export interface AsOf {
  readonly state: RegistryState
  readonly position: number
}

interface Named {
  readonly model: ModelState
  readonly timelines: ModelTimelines
}

/** The model that bore a name. `model` is as it stands now: only what never changes may be read off it. */
const bearer = ({ state, position }: AsOf, name: string): Named | undefined => {
  const stream = valueAsOf(state.timelines.names.get(name), position)
  if (stream === undefined) return undefined
  const model = state.models.get(stream)
  const timelines = state.timelines.models.get(stream)
  return model === undefined || timelines === undefined ? undefined : { model, timelines }
}

interface Pointer {
  readonly kind: { readonly stage?: string; readonly alias?: string }
  readonly entry: Entry | undefined
}

const pointerAt = ({ timelines }: Named, position: number, reference: string): Pointer => {
  const stages = valueAsOf(timelines.stages, position) ?? []
  const stage = reference.startsWith('@') ? undefined : matchStage(stages, reference)
  if (stage !== undefined) {
    return { kind: { stage }, entry: valueAsOf(timelines.current.get(stage), position) }
  }
  const alias = reference.startsWith('@') ? reference.slice(1) : reference
  return { kind: { alias }, entry: valueAsOf(timelines.aliases.get(alias), position) }
}

/** The version that a stage or an alias stood for. */
export const currentAsOf = (
  asOf: AsOf,
  name: string,
  reference: string,
): CurrentVersion | undefined => {
  const named = bearer(asOf, name)
  if (named === undefined) return undefined
  const { kind, entry } = pointerAt(named, asOf.position, reference)
  if (entry === undefined) return undefined
  const version = versionState(named.model, entry.version)
  if (version === undefined) return undefined
  const { origin } = version
  const { at: since, by, position, comment } = entry
  const facts = { model: name, version: entry.version, source: origin.source, since, by, position }
  const found: Mutable<CurrentVersion> = facts
  // Field by field: a spread of several objects takes longer than all the rest.
  if (kind.stage !== undefined) found.stage = kind.stage
  if (kind.alias !== undefined) found.alias = kind.alias
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
export const resolveAsOf = (asOf: AsOf, uri: string): ResolvedModel => {
  const reference = parseModelUri(uri)
  const { model: name } = reference
  const named = bearer(asOf, name)
  if (named === undefined) throw modelNotFound(name)
  const version = versionState(named.model, referredVersion(asOf, named, reference))
  if (version === undefined) throw noVersion(name, uri)
  return { model: name, version: version.version, ...version.origin }
}

const referredVersion = (
  { position }: AsOf,
  named: Named,
  reference: ReturnType<typeof parseModelUri>,
): number => {
  const { model: name } = reference
  if ('version' in reference) {
    const version = versionState(named.model, reference.version)
    if (version !== undefined && wasThere(version, position)) return reference.version
    throw noVersion(name, String(reference.version))
  }
  if ('latest' in reference) {
    const latest = lastValue(named.model.versions, (version) => wasThere(version, position))
    if (latest === undefined) throw noVersion(name, 'at all')
    return latest.version
  }
  if ('alias' in reference) {
    const { entry } = pointerAt(named, position, `@${reference.alias}`)
    if (entry === undefined) throw aliasNotFound(name, reference.alias)
    return entry.version
  }
  const stages = valueAsOf(named.timelines.stages, position) ?? []
  const stage = knownStage({ name, stages }, reference.stage)
  const { entry } = pointerAt(named, position, stage)
  if (entry === undefined) throw noVersion(name, `in the stage ${stage}`)
  return entry.version
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

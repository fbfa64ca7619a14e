import { shown } from '../kernel/check.ts'
import { kernelError } from '../kernel/errors.ts'
import { loggedModelStream, type NewLoggedModelEvent } from '../logged-models/events.ts'
import { type Pairs, pairsOf, registerModel, requireTag, type Tag } from './decide-model.ts'
import { defined } from './defined.ts'
import { registryError } from './errors.ts'
import type { NewRegistryEvent } from './events.ts'
import { knownStage, liveModel, liveVersion } from './lookup.ts'
import {
  currentEntry,
  gathers,
  type ModelState,
  standingIn,
  versionState,
  wayBack,
} from './model-state.ts'
import { itemsOf } from './persistent.ts'
import type { RegistryTables } from './registry.fold.ts'

type Events = readonly NewRegistryEvent[]

/** A version of a model, by name and number. */
export interface VersionKey {
  readonly model: string
  readonly version: number
}

export interface CreateVersion {
  readonly model: string
  readonly run?: string
  readonly path?: string
  readonly source: string
  readonly digest?: string
  readonly loggedModel?: string
  readonly storageLocation?: string
  readonly runLink?: string
  readonly description?: string
  readonly user?: string
  readonly tags?: Pairs
  readonly createdAt?: number
  /** Whether a model that is not there is registered; default yes. */
  readonly register?: boolean
}

/** Numbers a new version; registers the model on first use, in the same commit. */
export const createVersion = (
  tables: RegistryTables,
  { model: name, tags = [], register = true, ...facts }: CreateVersion,
): Events => {
  if (!register) liveModel(tables, name)
  const known = tables.byName.get(name)
  const model = known === undefined ? undefined : tables.models.get(known)
  const first = model === undefined ? registerModel(tables, { model: name }) : []
  const stream = model?.stream ?? first[0]?.stream ?? name
  const version = (model?.lastVersion ?? 0) + 1
  const data = { version, ...defined(facts), tags: pairsOf(tags) }
  return [...first, { stream, type: 'version.created', data }]
}

/** The same; a logged model that the version is made from is told so, in the same commit. */
export const createLinkedVersion = (
  tables: RegistryTables,
  command: CreateVersion,
): readonly (NewRegistryEvent | NewLoggedModelEvent)[] => {
  const events = createVersion(tables, command)
  const { model, loggedModel } = command
  if (loggedModel === undefined) return events
  const stream = loggedModelStream(loggedModel)
  const told = events.flatMap((event) =>
    event.type === 'version.created'
      ? [
          {
            stream,
            type: 'logged-model.registered',
            data: { model, version: event.data.version },
          } as const,
        ]
      : [],
  )
  return [...events, ...told]
}

export interface TransitionVersion extends VersionKey {
  readonly stage: string
  readonly comment?: string
  /** Whether the other versions of the stage go to the last stage. */
  readonly archiveExisting?: boolean
  /** The version that must be current in the stage now; `null` for none. */
  readonly expect?: number | null
}

/**
 * Moves a version into a stage. The move comes first and those it replaces leave after it, so that the
 * stage is never empty at any position of the log.
 */
export const transitionVersion = (tables: RegistryTables, command: TransitionVersion): Events => {
  const model = liveModel(tables, command.model)
  const version = liveVersion(model, command.version)
  const to = knownStage(model, command.stage)
  const present = currentEntry(model, to)?.version
  requireExpected(command, to, present)
  const leaving =
    command.archiveExisting === false
      ? []
      : archived(model, to, (other) => other !== version.version)
  if (present === version.version) return leaving
  const replaced = gathers(model.stages, to) ? undefined : present
  const data = {
    version: version.version,
    from: version.stage,
    to,
    ...defined({ comment: command.comment, replaced }),
  }
  return [{ stream: model.stream, type: 'version.transitioned', data }, ...leaving]
}

const requireExpected = (
  { model, expect }: TransitionVersion,
  stage: string,
  present: number | undefined,
): void => {
  const actual = present ?? null
  if (expect === undefined || expect === actual) return
  const held = actual === null ? 'nobody' : `version ${actual}`
  const wanted = expect === null ? 'nobody' : `version ${expect}`
  throw kernelError(
    'REVISION_CONFLICT',
    `The stage ${stage} of the model ${shown(model)} is held by ${held}, not by ${wanted}. Look at what is there now and decide again.`,
    { data: { model, stage, expected: expect, actual } },
  )
}

/** Moves versions of a stage on to the last one, the one that stood longest first. */
const archived = (
  model: ModelState,
  stage: string,
  leaves: (version: number) => boolean,
): Events => {
  const last = model.stages.at(-1)
  if (last === undefined || last === stage || stage === model.stages[0]) return []
  const leaving = standingIn(model, stage).filter(leaves).toReversed()
  return leaving.map((version) => ({
    stream: model.stream,
    type: 'version.transitioned',
    data: { version, from: stage, to: last, cause: 'archived' },
  }))
}

export interface RollBack {
  readonly model: string
  readonly stage: string
  /** The version to go back to; the holder before the present one unless given. */
  readonly to?: number
  readonly comment?: string
}

/** Gives a stage back to the version that held it before; a second rollback goes one further back. */
export const rollBack = (tables: RegistryTables, command: RollBack): Events => {
  const model = liveModel(tables, command.model)
  const stage = knownStage(model, command.stage)
  const present = currentEntry(model, stage)?.version
  const version = command.to ?? holderBefore(model, stage, present)
  if (version === undefined || gathers(model.stages, stage)) throw nothingBefore(model, stage)
  const target = liveVersion(model, version)
  if (version === present || !target.held.includes(stage)) throw notAWayBack(model, stage, version)
  const data = {
    version,
    from: target.stage,
    to: stage,
    cause: 'rollback',
    ...defined({ comment: command.comment, replaced: present }),
  } as const
  const undone = undoneBy(model, stage, version)
  const leaving = archived(model, stage, (other) => undone.has(other))
  return [{ stream: model.stream, type: 'version.transitioned', data }, ...leaving]
}

const holderBefore = (
  model: ModelState,
  stage: string,
  present: number | undefined,
): number | undefined => {
  for (const version of itemsOf(wayBack(model, stage))) {
    const lives = versionState(model, version)?.lifecycle === 'active'
    if (lives && version !== present) return version
  }
  return undefined
}

/** The present holder, and those promoted after the version that the stage goes back to. */
const undoneBy = (model: ModelState, stage: string, version: number): ReadonlySet<number> => {
  const present = currentEntry(model, stage)?.version
  const undone = new Set(present === undefined ? [] : [present])
  const passed: number[] = []
  for (const other of itemsOf(wayBack(model, stage))) {
    if (other === version) return new Set([...undone, ...passed])
    passed.push(other)
  }
  return undone
}

const nothingBefore = (model: ModelState, stage: string): Error =>
  registryError(
    'NOTHING_TO_ROLL_BACK',
    `The stage ${stage} of the model ${shown(model.name)} has no earlier holder to go back to. Name a version with "to", or use transition.`,
    { data: { model: model.name, stage } },
  )

const notAWayBack = (model: ModelState, stage: string, version: number): Error =>
  registryError(
    'NOTHING_TO_ROLL_BACK',
    currentEntry(model, stage)?.version === version
      ? `Version ${version} of the model ${shown(model.name)} is current in the stage ${stage} already. There is nothing to undo.`
      : `Version ${version} of the model ${shown(model.name)} never stood in the stage ${stage}, so it is no way back. Use transition to promote it.`,
    { data: { model: model.name, stage, version } },
  )

export const describeVersion = (
  tables: RegistryTables,
  { model: name, version, description }: VersionKey & { readonly description: string },
): Events => {
  const model = liveModel(tables, name)
  if (liveVersion(model, version).description === description) return []
  return [{ stream: model.stream, type: 'version.described', data: { version, description } }]
}

export const setVersionTag = (
  tables: RegistryTables,
  { model: name, version, key, value }: VersionKey & Tag,
): Events => {
  const model = liveModel(tables, name)
  if (liveVersion(model, version).tags.get(key) === value) return []
  return [{ stream: model.stream, type: 'version.tag-set', data: { version, key, value } }]
}

export const deleteVersionTag = (
  tables: RegistryTables,
  { model: name, version, key }: VersionKey & { readonly key: string },
): Events => {
  const model = liveModel(tables, name)
  const { tags } = liveVersion(model, version)
  requireTag(tags, key, `version ${version} of the model ${shown(name)}`)
  return [{ stream: model.stream, type: 'version.tag-deleted', data: { version, key } }]
}

/** Deletes a version; its aliases go with it, in the same commit. */
export const deleteVersion = (
  tables: RegistryTables,
  { model: name, version }: VersionKey,
): Events => {
  const model = liveModel(tables, name)
  liveVersion(model, version)
  const aliases = [...model.aliases].filter(([, entry]) => entry.version === version)
  const gone = aliases.map(
    ([alias]) =>
      ({ stream: model.stream, type: 'model.alias-deleted', data: { alias, version } }) as const,
  )
  return [...gone, { stream: model.stream, type: 'version.deleted', data: { version } }]
}

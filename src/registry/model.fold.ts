import type { RecordedEvent } from '../kernel/events/event.ts'
import { defined } from './defined.ts'
import type { RegistryEvent, RegistryEventData } from './events.ts'
import {
  gathers,
  type ModelState,
  rolledBackTo,
  type StageState,
  stageState,
  stands,
  type VersionState,
  versionState,
} from './model-state.ts'
import { emptyVector, itemsOf, listOf, withValue } from './persistent.ts'

type Data = RegistryEventData
type EventOf<Type extends keyof Data> = RecordedEvent<Type, Data[Type]>

/** The model that the first event of its stream makes. */
const registeredModel = ({
  stream,
  position,
  recordedAt,
  data,
}: EventOf<'model.registered'>): ModelState => ({
  stream,
  name: data.name,
  ...defined({ description: data.description }),
  tags: new Map(data.tags),
  aliases: new Map(),
  stages: data.stages,
  standings: [],
  versions: emptyVector(),
  lastVersion: 0,
  versionCount: 0,
  lifecycle: 'active',
  createdAt: position,
  changedAt: position,
  createdTime: data.createdAt ?? recordedAt,
  changedTime: data.createdAt ?? recordedAt,
  updatedTime: data.createdAt ?? recordedAt,
})

const withKey = <V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> =>
  new Map(map).set(key, value)

const withoutKey = <V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> => {
  const copy = new Map(map)
  copy.delete(key)
  return copy
}

/** A model under change: a copy that nobody else has. */
type Draft = { -readonly [Field in keyof ModelState]: ModelState[Field] }

const putVersion = (draft: Draft, version: VersionState): void => {
  draft.versions = withValue(draft.versions, version.version, version)
}

const changeVersion = (
  draft: Draft,
  { position, recordedAt, data }: RecordedEvent<string, { readonly version: number }>,
  fields: (version: VersionState) => Partial<VersionState>,
): void => {
  const version = versionState(draft, data.version)
  if (version === undefined) return
  const touched = { changedAt: position, changedTime: recordedAt }
  putVersion(draft, { ...version, ...touched, ...fields(version) })
}

/**
 * Takes the versions that left off the top of a stage, so that its head stands there. Those below stay
 * until they outnumber the rest, so that the work is constant on average.
 */
const settled = (draft: Draft, state: StageState): StageState => {
  let { entered, cells } = state
  const { stage, standing, succession } = state
  while (entered !== undefined && !stands(draft, stage, entered.head)) {
    entered = entered.rest
    cells--
  }
  if (cells > 2 * standing + 8) {
    const left = [...itemsOf(entered)].filter((entry) => stands(draft, stage, entry)).reverse()
    entered = listOf(left)
    cells = left.length
  }
  return { stage, entered, cells, standing, succession }
}

const putStage = (draft: Draft, state: StageState): void => {
  const standings = draft.standings.slice()
  const at = standings.findIndex(({ stage }) => stage === state.stage)
  standings[at < 0 ? standings.length : at] = settled(draft, state)
  draft.standings = standings
}

const leave = (draft: Draft, stage: string): void => {
  const state = stageState(draft, stage)
  putStage(draft, { ...state, standing: state.standing - 1 })
}

const enter = (
  draft: Draft,
  { stage, entry }: VersionState,
  succession: StageState['succession'],
): void => {
  const { entered: rest, cells, standing } = stageState(draft, stage)
  const entered = { head: entry, rest }
  putStage(draft, { stage, entered, cells: cells + 1, standing: standing + 1, succession })
}

const created = (draft: Draft, event: EventOf<'version.created'>): void => {
  const { data, position, recordedAt, actor } = event
  const stage = draft.stages[0] ?? 'None'
  const { tags, createdAt, description, user, runLink, run, path, source, digest } = data
  const { loggedModel, storageLocation } = data
  const origin = { source, ...defined({ run, path, digest, loggedModel, storageLocation }) }
  const version: VersionState = {
    version: data.version,
    origin,
    ...defined({ description, user, runLink }),
    tags: new Map(tags),
    stage,
    entry: { version: data.version, position, at: recordedAt, by: actor, origin },
    held: [stage],
    lifecycle: 'active',
    createdAt: position,
    changedAt: position,
    createdTime: createdAt ?? recordedAt,
    changedTime: createdAt ?? recordedAt,
    updatedTime: createdAt ?? recordedAt,
  }
  putVersion(draft, version)
  draft.lastVersion = Math.max(draft.lastVersion, data.version)
  draft.versionCount++
  enter(draft, version, undefined)
}

const transitioned = (draft: Draft, event: EventOf<'version.transitioned'>): void => {
  const { data, position, recordedAt, actor } = event
  const version = versionState(draft, data.version)
  if (version?.lifecycle !== 'active') return
  const { to, comment } = data
  const { origin } = version
  const bare = { version: data.version, position, at: recordedAt, by: actor, origin }
  const moved: VersionState = {
    ...version,
    stage: to,
    entry: comment === undefined ? bare : { ...bare, comment },
    held: version.held.includes(to) ? version.held : [...version.held, to],
    changedAt: position,
    changedTime: recordedAt,
    updatedTime: recordedAt,
  }
  const succession = successor(draft, data)
  putVersion(draft, moved)
  leave(draft, version.stage)
  enter(draft, moved, succession)
}

/** The way back of the stage that a version moves into. */
const successor = (
  model: ModelState,
  { to, version, cause }: Data['version.transitioned'],
): StageState['succession'] => {
  if (gathers(model.stages, to)) return undefined
  if (cause === 'rollback') return rolledBackTo(model, to, version)
  return { head: version, rest: stageState(model, to).succession }
}

const deleted = (draft: Draft, event: EventOf<'version.deleted'>): void => {
  const version = versionState(draft, event.data.version)
  if (version?.lifecycle !== 'active') return
  changeVersion(draft, event, () => ({ lifecycle: 'deleted' }))
  draft.versionCount--
  leave(draft, version.stage)
}

/** What each event changes in a model. */
const changes: {
  readonly [Type in keyof Data]: (draft: Draft, event: EventOf<Type>) => void
} = {
  'model.registered': () => undefined,
  'model.renamed': (draft, { data, recordedAt }) => {
    draft.name = data.name
    draft.renamedTime = recordedAt
  },
  'model.described': (draft, { data }) => {
    draft.description = data.description
  },
  'model.tag-set': (draft, { data }) => {
    draft.tags = withKey(draft.tags, data.key, data.value)
  },
  'model.tag-deleted': (draft, { data }) => {
    draft.tags = withoutKey(draft.tags, data.key)
  },
  'model.alias-set': (draft, { data, position, recordedAt, actor, meta }) => {
    const version = versionState(draft, data.version)
    if (version === undefined) return
    const why = defined({ comment: meta?.comment })
    const facts = { position, at: recordedAt, by: actor, origin: version.origin, ...why }
    draft.aliases = withKey(draft.aliases, data.alias, { version: data.version, ...facts })
  },
  'model.alias-deleted': (draft, { data }) => {
    draft.aliases = withoutKey(draft.aliases, data.alias)
  },
  'model.stages-set': (draft, { data }) => {
    draft.stages = data.stages
    // A stage that is no longer there starts anew if it ever comes back.
    draft.standings = draft.standings.filter(({ stage }) => data.stages.includes(stage))
  },
  'model.deleted': (draft) => {
    draft.lifecycle = 'deleted'
    draft.aliases = new Map()
  },
  'version.created': created,
  'version.described': (draft, event) =>
    changeVersion(draft, event, () => ({
      description: event.data.description,
      updatedTime: event.recordedAt,
    })),
  'version.tag-set': (draft, event) =>
    changeVersion(draft, event, ({ tags }) => ({
      tags: withKey(tags, event.data.key, event.data.value),
    })),
  'version.tag-deleted': (draft, event) =>
    changeVersion(draft, event, ({ tags }) => ({ tags: withoutKey(tags, event.data.key) })),
  'version.transitioned': transitioned,
  'version.deleted': deleted,
}

/** What MLflow counts as an update of the model. */
const updates: ReadonlySet<string> = new Set([
  ...['model.renamed', 'model.described', 'model.deleted'],
  ...['version.created', 'version.transitioned', 'version.deleted'],
])

const change = <Type extends keyof Data>(draft: Draft, event: EventOf<Type>): void =>
  changes[event.type](draft, event)

/** The model after an event of its stream; `undefined` before it is registered. */
export const foldModel = (
  model: ModelState | undefined,
  event: RegistryEvent,
): ModelState | undefined => {
  if (model === undefined) {
    return event.type === 'model.registered' ? registeredModel(event) : undefined
  }
  const draft: Draft = { ...model, changedAt: event.position, changedTime: event.recordedAt }
  if (updates.has(event.type)) draft.updatedTime = event.recordedAt
  change(draft, event)
  return draft
}

const types: ReadonlySet<string> = new Set(Object.keys(changes))

/** Whether an event is one of the registry's. */
export const isRegistryEvent = (event: RecordedEvent): event is RegistryEvent =>
  types.has(event.type)

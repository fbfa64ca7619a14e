import type { RecordedEvent } from '../kernel/events/event.ts'
import { defined } from './defined.ts'
import type { RegistryEvent, RegistryEventData } from './events.ts'
import {
  type Entry,
  emptyStage,
  gathers,
  type ModelState,
  rolledBackTo,
  type StageState,
  stands,
  type VersionState,
  versionState,
} from './model-state.ts'
import { emptyVector, itemsOf, listOf, withValue } from './persistent.ts'

type Data = RegistryEventData
type EventOf<Type extends keyof Data> = RecordedEvent<Type, Data[Type]>

/** The model that the first event of its stream makes. */
export const registeredModel = ({
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
  standings: new Map(),
  versions: emptyVector(),
  lastVersion: 0,
  versionCount: 0,
  lifecycle: 'active',
  createdAt: position,
  changedAt: position,
  createdTime: data.createdAt ?? recordedAt,
  changedTime: data.createdAt ?? recordedAt,
})

const withKey = <V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> =>
  new Map(map).set(key, value)

const withoutKey = <V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> => {
  const copy = new Map(map)
  copy.delete(key)
  return copy
}

const withVersion = (model: ModelState, version: VersionState): ModelState => ({
  ...model,
  versions: withValue(model.versions, version.version, version),
})

/** The model with some fields of one version changed. */
const changeVersion = (
  model: ModelState,
  event: RecordedEvent<string, { readonly version: number }>,
  change: (version: VersionState) => Partial<VersionState>,
): ModelState => {
  const version = versionState(model, event.data.version)
  if (version === undefined) return model
  return withVersion(model, {
    ...version,
    changedAt: event.position,
    changedTime: event.recordedAt,
    ...change(version),
  })
}

/**
 * Takes the versions that left off the top of a stage, so that its head stands there. Those below stay
 * until they outnumber the rest, so that the work is constant on average.
 */
const settled = (model: ModelState, stage: string, state: StageState): StageState => {
  let { entered, cells } = state
  while (entered !== undefined && !stands(model, stage, entered.head)) {
    entered = entered.rest
    cells--
  }
  if (cells <= 2 * state.standing + 8) return { ...state, entered, cells }
  const left = [...itemsOf(entered)].filter((entry) => stands(model, stage, entry)).reverse()
  return { ...state, entered: listOf(left), cells: left.length }
}

const withStage = (model: ModelState, stage: string, state: StageState): ModelState => ({
  ...model,
  standings: withKey(model.standings, stage, settled(model, stage, state)),
})

const leave = (model: ModelState, stage: string): ModelState => {
  const state = model.standings.get(stage) ?? emptyStage
  return withStage(model, stage, { ...state, standing: state.standing - 1 })
}

const enter = (
  model: ModelState,
  stage: string,
  { entry, succession }: { entry: Entry; succession: StageState['succession'] },
): ModelState => {
  const state = model.standings.get(stage) ?? emptyStage
  return withStage(model, stage, {
    entered: { head: entry, rest: state.entered },
    cells: state.cells + 1,
    standing: state.standing + 1,
    succession,
  })
}

const created = (model: ModelState, event: EventOf<'version.created'>): ModelState => {
  const { data, position, recordedAt, actor } = event
  const stage = model.stages[0] ?? 'None'
  const entry: Entry = { version: data.version, position, at: recordedAt, by: actor }
  const { tags, createdAt, description, user, run, path, source, digest } = data
  const version: VersionState = {
    version: data.version,
    origin: { source, ...defined({ run, path, digest }) },
    ...defined({ description, user }),
    tags: new Map(tags),
    stage,
    entry,
    held: [stage],
    lifecycle: 'active',
    createdAt: position,
    changedAt: position,
    createdTime: createdAt ?? recordedAt,
    changedTime: createdAt ?? recordedAt,
  }
  const counted = {
    ...withVersion(model, version),
    lastVersion: Math.max(model.lastVersion, data.version),
    versionCount: model.versionCount + 1,
  }
  return enter(counted, stage, { entry, succession: undefined })
}

const transitioned = (model: ModelState, event: EventOf<'version.transitioned'>): ModelState => {
  const { data, position, recordedAt, actor } = event
  const version = versionState(model, data.version)
  if (version?.lifecycle !== 'active') return model
  const { to, comment } = data
  const entry: Entry = {
    version: data.version,
    position,
    at: recordedAt,
    by: actor,
    ...defined({ comment }),
  }
  const held = version.held.includes(to) ? version.held : [...version.held, to]
  const moved = changeVersion(model, event, () => ({ stage: to, entry, held }))
  return enter(leave(moved, version.stage), to, { entry, succession: successor(model, data) })
}

/** The way back of the stage that a version moves into. */
const successor = (
  model: ModelState,
  { to, version, cause }: Data['version.transitioned'],
): StageState['succession'] => {
  if (gathers(model.stages, to)) return undefined
  if (cause === 'rollback') return rolledBackTo(model, to, version)
  return { head: version, rest: model.standings.get(to)?.succession }
}

const deleted = (model: ModelState, event: EventOf<'version.deleted'>): ModelState => {
  const version = versionState(model, event.data.version)
  if (version?.lifecycle !== 'active') return model
  const without = changeVersion(model, event, () => ({ lifecycle: 'deleted' }))
  return leave({ ...without, versionCount: model.versionCount - 1 }, version.stage)
}

/** Stages that are no longer there start anew if they ever come back. */
const stagesSet = (model: ModelState, stages: readonly string[]): ModelState => ({
  ...model,
  stages,
  standings: new Map([...model.standings].filter(([stage]) => stages.includes(stage))),
})

/** What each event but the first makes of a model. */
const changes: {
  readonly [Type in keyof Data]: (model: ModelState, event: EventOf<Type>) => ModelState
} = {
  'model.registered': (model) => model,
  'model.renamed': (model, { data }) => ({ ...model, name: data.name }),
  'model.described': (model, { data }) => ({ ...model, description: data.description }),
  'model.tag-set': (model, { data }) => ({
    ...model,
    tags: withKey(model.tags, data.key, data.value),
  }),
  'model.tag-deleted': (model, { data }) => ({ ...model, tags: withoutKey(model.tags, data.key) }),
  'model.alias-set': (model, { data, position, recordedAt, actor, meta }) => ({
    ...model,
    aliases: withKey(model.aliases, data.alias, {
      version: data.version,
      position,
      at: recordedAt,
      by: actor,
      ...defined({ comment: meta?.comment }),
    }),
  }),
  'model.alias-deleted': (model, { data }) => ({
    ...model,
    aliases: withoutKey(model.aliases, data.alias),
  }),
  'model.stages-set': (model, { data }) => stagesSet(model, data.stages),
  'model.deleted': (model) => ({ ...model, lifecycle: 'deleted', aliases: new Map() }),
  'version.created': created,
  'version.described': (model, event) =>
    changeVersion(model, event, () => ({ description: event.data.description })),
  'version.tag-set': (model, event) =>
    changeVersion(model, event, ({ tags }) => ({
      tags: withKey(tags, event.data.key, event.data.value),
    })),
  'version.tag-deleted': (model, event) =>
    changeVersion(model, event, ({ tags }) => ({ tags: withoutKey(tags, event.data.key) })),
  'version.transitioned': transitioned,
  'version.deleted': deleted,
}

const folded = <Type extends keyof Data>(model: ModelState, event: EventOf<Type>): ModelState =>
  changes[event.type](model, event)

/** The model after an event of its stream; `undefined` before it is registered. */
export const foldModel = (
  model: ModelState | undefined,
  event: RegistryEvent,
): ModelState | undefined => {
  if (model === undefined) {
    return event.type === 'model.registered' ? registeredModel(event) : undefined
  }
  const { position, recordedAt } = event
  return { ...folded(model, event), changedAt: position, changedTime: recordedAt }
}

const types: ReadonlySet<string> = new Set(Object.keys(changes))

/** Whether an event is one of the registry's. */
export const isRegistryEvent = (event: RecordedEvent): event is RegistryEvent =>
  types.has(event.type)

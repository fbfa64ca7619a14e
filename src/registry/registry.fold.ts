import type { Handlers } from '../kernel/events/define-events.ts'
import { Neighbours } from '../kernel/projections/parts.ts'
import type { RegistryEvent, RegistryEventData } from './events.ts'
import { foldModel } from './model.fold.ts'
import type { CurrentVersion } from './model.ts'
import type { ModelState } from './model-state.ts'
import {
  foldTimelines,
  initialTimelines,
  type ModelChange,
  type Timelines,
} from './timelines.fold.ts'

/** A map, or a layer over one. */
export interface Table<V> {
  get(key: string): V | undefined
  set(key: string, value: V): unknown
  delete(key: string): unknown
}

/** What decisions are made against. */
export interface RegistryTables {
  /** By stream. Deleted ones stay, for their history. */
  readonly models: Table<ModelState>
  /** Stream by name, of models that are not deleted. */
  readonly byName: Table<string>
}

/** Every model, as the log has it so far. */
export interface RegistryState extends RegistryTables {
  readonly models: Map<string, ModelState>
  readonly byName: Map<string, string>
  readonly timelines: Timelines
  /** Streams of the models, in the order in which they were registered. */
  readonly neighbours: Neighbours
  /** The models that the latest events made, by position modulo the length: answers to writes. */
  readonly recent: (ModelState | undefined)[]
  /** What names stand for now, as asked so far: by model, then by stage or alias. */
  readonly answers: Map<string, Map<string, CurrentVersion>>
}

const remembered = 1024

export const initialRegistry = (): RegistryState => ({
  models: new Map(),
  byName: new Map(),
  timelines: initialTimelines(),
  neighbours: new Neighbours(),
  recent: new Array(remembered).fill(undefined),
  answers: new Map(),
})

/** Folds one event into the tables; says what it changed. */
export const foldTables = (
  { models, byName }: RegistryTables,
  event: RegistryEvent,
): ModelChange | undefined => {
  const before = models.get(event.stream)
  const after = foldModel(before, event)
  if (after === undefined) return undefined
  models.set(event.stream, after)
  if (before?.name !== after.name || before.lifecycle !== after.lifecycle) {
    if (before?.lifecycle === 'active') byName.delete(before.name)
    if (after.lifecycle === 'active') byName.set(after.name, after.stream)
  }
  return { event, before, after }
}

const fold = (state: RegistryState, event: RegistryEvent): void => {
  const change = foldTables(state, event)
  if (change === undefined) return
  foldTimelines(state.timelines, change)
  state.neighbours.note(event.stream)
  state.recent[event.position % remembered] = change.after
  if (change.before !== undefined) state.answers.delete(change.before.name)
  state.answers.delete(change.after.name)
}

/** The model that an event made, while it is remembered. */
export const recentModel = (
  state: RegistryState,
  stream: string,
  position: number,
): ModelState | undefined => {
  const model = state.recent[position % remembered]
  return model?.stream === stream && model.changedAt === position ? model : undefined
}

export const registryHandlers: Handlers<RegistryState, RegistryEventData> = {
  'model.registered': fold,
  'model.renamed': fold,
  'model.described': fold,
  'model.tag-set': fold,
  'model.tag-deleted': fold,
  'model.alias-set': fold,
  'model.alias-deleted': fold,
  'model.stages-set': fold,
  'model.deleted': fold,
  'version.created': fold,
  'version.described': fold,
  'version.tag-set': fold,
  'version.tag-deleted': fold,
  'version.transitioned': fold,
  'version.deleted': fold,
}

/** A layer over a map: reads through, writes stay in the layer. */
const layerOver = <V>(base: ReadonlyMap<string, V>): Table<V> => {
  const changed = new Map<string, V | undefined>()
  return {
    get: (key) => (changed.has(key) ? changed.get(key) : base.get(key)),
    set: (key, value) => changed.set(key, value),
    delete: (key) => changed.set(key, undefined),
  }
}

/** The tables as a commit sees them before it is written: its own changes over what stands. */
export const pendingTables = (state: RegistryState): RegistryTables => ({
  models: layerOver(state.models),
  byName: layerOver(state.byName),
})

import type { Projection } from '../kernel/projections/projection.ts'
import type { Entry, ModelState, StageState, VersionState } from './model-state.ts'
import { emptyVector, itemsOf, listOf, type Vector, valuesOf, withValue } from './persistent.ts'
import { initialRegistry, type RegistryState, registryHandlers } from './registry.fold.ts'
import type { ModelTimelines, Timeline } from './timelines.fold.ts'

type Pairs<V> = readonly (readonly [string, V])[]

interface SavedTimeline<T> {
  readonly positions: readonly number[]
  readonly values: readonly T[]
}

/** Entries are saved once, and named by their position; -1 is none. */
interface SavedModel extends Omit<ModelState, 'tags' | 'aliases' | 'standings' | 'versions'> {
  readonly tags: Pairs<string>
  readonly aliases: Pairs<number>
  readonly standings: readonly SavedStage[]
  readonly versions: readonly SavedVersion[]
  readonly entries: readonly Omit<Entry, 'origin'>[]
  readonly timelines: {
    readonly names: SavedTimeline<string>
    readonly stages: SavedTimeline<readonly string[]>
    readonly current: Pairs<SavedTimeline<number>>
    readonly aliases: Pairs<SavedTimeline<number>>
  }
}

/** Lists are saved oldest first. */
interface SavedStage {
  readonly stage: string
  readonly entered: readonly number[]
  readonly standing: number
  readonly succession: readonly number[]
}

interface SavedVersion extends Omit<VersionState, 'tags' | 'entry'> {
  readonly tags: Pairs<string>
  readonly entry: number
}

/** The registry's state as plain data: objects, arrays, strings and numbers. */
export interface SavedRegistry {
  readonly models: readonly SavedModel[]
  /** By name, the streams that bore it; '' is none. */
  readonly names: Pairs<SavedTimeline<string>>
}

const none = -1

const timelineWith = <A, B>(
  { positions, values }: SavedTimeline<A>,
  turn: (value: A) => B,
): Timeline<B> => ({ positions: [...positions], values: values.map(turn) })

const mapWith = <A, B>(
  pairs: Iterable<readonly [string, A]>,
  turn: (value: A) => B,
): [string, B][] => Array.from(pairs, ([key, value]) => [key, turn(value)])

const saveModel = (model: ModelState, timelines: ModelTimelines): SavedModel => {
  const entries = new Map<number, Entry>()
  const name = (entry: Entry | undefined): number => {
    if (entry === undefined) return none
    entries.set(entry.position, entry)
    return entry.position
  }
  const pointers = (pairs: Iterable<readonly [string, Timeline<Entry | undefined>]>) =>
    mapWith(pairs, (timeline) => timelineWith(timeline, name))
  return {
    ...model,
    tags: [...model.tags],
    aliases: mapWith(model.aliases, name),
    standings: model.standings.map(({ stage, entered, standing, succession }) => ({
      stage,
      entered: Array.from(itemsOf(entered), name).reverse(),
      standing,
      succession: [...itemsOf(succession)].reverse(),
    })),
    versions: valuesOf(model.versions).map((version) => ({
      ...version,
      tags: [...version.tags],
      entry: name(version.entry),
    })),
    timelines: {
      names: timelineWith(timelines.names, (value) => value),
      stages: timelineWith(timelines.stages, (value) => value),
      current: pointers(timelines.current),
      aliases: pointers(timelines.aliases),
    },
    entries: Array.from(entries.values(), ({ origin: _origin, ...entry }) => entry),
  }
}

/** The registry's state as plain data. */
export const saveRegistry = ({ models, timelines }: RegistryState): SavedRegistry => {
  const saved: SavedModel[] = []
  for (const [stream, own] of timelines.models) {
    const model = models.get(stream)
    if (model !== undefined) saved.push(saveModel(model, own))
  }
  const names = mapWith(timelines.names, (timeline) =>
    timelineWith(timeline, (own) => own?.stream ?? ''),
  )
  return { models: saved, names }
}

type Find = (position: number) => Entry

const finder = ({ entries, versions }: SavedModel): Find => {
  const origins = new Map(versions.map(({ version, origin }) => [version, origin]))
  const known = new Map<number, Entry>()
  for (const entry of entries) {
    const origin = origins.get(entry.version)
    if (origin !== undefined) known.set(entry.position, { ...entry, origin })
  }
  return (position) => {
    const entry = known.get(position)
    if (entry === undefined) throw new TypeError(`The checkpoint has no entry ${position}.`)
    return entry
  }
}

const loadStage = (saved: SavedStage, find: Find): StageState => ({
  stage: saved.stage,
  entered: listOf(saved.entered.map(find)),
  cells: saved.entered.length,
  standing: saved.standing,
  succession: listOf(saved.succession),
})

const loadVersions = (versions: readonly SavedVersion[], find: Find): Vector<VersionState> => {
  let loaded = emptyVector<VersionState>()
  for (const version of versions) {
    const state = { ...version, tags: new Map(version.tags), entry: find(version.entry) }
    loaded = withValue(loaded, version.version, state)
  }
  return loaded
}

const loadModel = (
  { entries: _entries, timelines: _timelines, ...saved }: SavedModel,
  find: Find,
): ModelState => ({
  ...saved,
  tags: new Map(saved.tags),
  aliases: new Map(mapWith(saved.aliases, find)),
  standings: saved.standings.map((stage) => loadStage(stage, find)),
  versions: loadVersions(saved.versions, find),
})

const loadTimelines = ({ stream, timelines }: SavedModel, find: Find): ModelTimelines => {
  const entry = (position: number): Entry | undefined =>
    position === none ? undefined : find(position)
  const pointers = (pairs: Pairs<SavedTimeline<number>>) =>
    new Map(mapWith(pairs, (timeline) => timelineWith(timeline, entry)))
  return {
    stream,
    names: timelineWith(timelines.names, (value) => value),
    stages: timelineWith(timelines.stages, (value) => value),
    current: pointers(timelines.current),
    aliases: pointers(timelines.aliases),
  }
}

/** The state that was saved. */
export const loadRegistry = (saved: SavedRegistry): RegistryState => {
  const state = initialRegistry()
  for (const model of saved.models) {
    const find = finder(model)
    const loaded = loadModel(model, find)
    state.models.set(model.stream, loaded)
    if (loaded.lifecycle === 'active') state.byName.set(loaded.name, loaded.stream)
    state.timelines.models.set(model.stream, loadTimelines(model, find))
  }
  for (const [name, timeline] of saved.names) {
    const bearers = timelineWith(timeline, (stream) => state.timelines.models.get(stream))
    state.timelines.names.set(name, bearers)
  }
  return state
}

/** The registry as a read model of the engine. */
export const registryProjection: Projection<RegistryState> = {
  name: 'registry',
  version: 1,
  initial: initialRegistry,
  handlers: registryHandlers,
  save: saveRegistry,
  // `as`: what the engine gives back is what `save` gave it.
  load: (saved) => loadRegistry(saved as SavedRegistry),
}

import { aggregateParts } from '../kernel/projections/parts.ts'
import type { Projection } from '../kernel/projections/projection.ts'
import type { Entry, ModelState, StageState, VersionState } from './model-state.ts'
import { emptyVector, itemsOf, listOf, type Vector, valuesOf, withValue } from './persistent.ts'
import { initialRegistry, type RegistryState, registryHandlers } from './registry.fold.ts'
import { indexAt, type ModelTimelines, type Timeline, type Timelines } from './timelines.fold.ts'

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
    /** From each position on the model bore a name, until another (-1 for none) at which it lost it. */
    readonly names: SavedTimeline<string> & { readonly until: readonly number[] }
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

const none = -1

const timelineWith = <A, B>(
  { positions, values }: SavedTimeline<A>,
  turn: (value: A) => B,
): Timeline<B> => ({ positions: [...positions], values: values.map(turn) })

const mapWith = <A, B>(
  pairs: Iterable<readonly [string, A]>,
  turn: (value: A) => B,
): [string, B][] => Array.from(pairs, ([key, value]) => [key, turn(value)])

/** When the model lost each name that it bore: the next change of who bears the name. */
const lostAt = ({ names }: Timelines, own: Timeline<string>): number[] =>
  own.values.map((name, at) => {
    const timeline = names.get(name)
    if (timeline === undefined) return none
    return timeline.positions[indexAt(timeline, own.positions[at] ?? none) + 1] ?? none
  })

const modelOf = (model: ModelState, all: Timelines, timelines: ModelTimelines): SavedModel => {
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
      names: {
        ...timelineWith(timelines.names, (value) => value),
        until: lostAt(all, timelines.names),
      },
      stages: timelineWith(timelines.stages, (value) => value),
      current: pointers(timelines.current),
      aliases: pointers(timelines.aliases),
    },
    entries: Array.from(entries.values(), ({ origin: _origin, ...entry }) => entry),
  }
}

const saveModel = (state: RegistryState, stream: string): SavedModel | undefined => {
  const model = state.models.get(stream)
  const own = state.timelines.models.get(stream)
  return model === undefined || own === undefined ? undefined : modelOf(model, state.timelines, own)
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

/** Models come in the order of their streams, names in any: a name may have been another model's before. */
const insert = <T>({ positions, values }: Timeline<T>, position: number, value: T): void => {
  let at = positions.length
  while (at > 0 && (positions[at - 1] ?? 0) > position) at--
  positions.splice(at, 0, position)
  values.splice(at, 0, value)
}

const loadNames = ({ names }: Timelines, own: ModelTimelines, until: readonly number[]): void => {
  for (const [at, name] of own.names.values.entries()) {
    const timeline = names.get(name) ?? { positions: [], values: [] }
    names.set(name, timeline)
    insert(timeline, own.names.positions[at] ?? 0, own)
    const lost = until[at] ?? none
    if (lost !== none) insert(timeline, lost, undefined)
  }
}

const loadInto = (state: RegistryState, saved: SavedModel | undefined): void => {
  if (saved === undefined) return
  const find = finder(saved)
  const model = loadModel(saved, find)
  state.models.set(model.stream, model)
  if (model.lifecycle === 'active') state.byName.set(model.name, model.stream)
  const own = loadTimelines(saved, find)
  state.timelines.models.set(model.stream, own)
  loadNames(state.timelines, own, saved.timelines.names.until)
}

/** The registry as a read model of the engine. */
export const registryProjection: Projection<RegistryState> = {
  name: 'registry',
  version: 2,
  initial: initialRegistry,
  handlers: registryHandlers,
  parts: aggregateParts({
    neighbours: ({ neighbours }) => neighbours,
    save: saveModel,
    load: loadInto,
  }),
}

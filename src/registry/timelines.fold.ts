import type { RegistryEvent } from './events.ts'
import { currentEntry, type Entry, type ModelState, versionState } from './model-state.ts'

/** What held from each position on; positions rise. */
export interface Timeline<T> {
  readonly positions: number[]
  readonly values: T[]
}

/** The timelines of one model. */
export interface ModelTimelines {
  readonly stream: string
  readonly names: Timeline<string>
  readonly stages: Timeline<readonly string[]>
  /** By stage: how its current version came there. */
  readonly current: Map<string, Timeline<Entry | undefined>>
  /** By alias: how it came to its version. */
  readonly aliases: Map<string, Timeline<Entry | undefined>>
}

/** What names, stages and aliases stood for, at every position. */
export interface Timelines {
  /** By name: the model that bore it. */
  readonly names: Map<string, Timeline<ModelTimelines | undefined>>
  /** By stream. */
  readonly models: Map<string, ModelTimelines>
}

export const initialTimelines = (): Timelines => ({ names: new Map(), models: new Map() })

/** Index of the last entry at or before a position; -1 before the first. */
export const indexAt = (timeline: Timeline<unknown>, position: number): number => {
  const { positions } = timeline
  const last = positions.length - 1
  if ((positions[last] ?? -1) <= position) return last
  let low = -1
  let high = last
  // Invariant: positions[low] <= position < positions[high].
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((positions[middle] ?? 0) <= position) low = middle
    else high = middle
  }
  return low
}

/** What held at a position. */
export const valueAsOf = <T>(timeline: Timeline<T> | undefined, position: number): T | undefined =>
  timeline?.values[indexAt(timeline, position)]

/** The model that bears a name, or the last one that bore it. */
export const bearerAsOf = (
  timelines: Timelines,
  name: string,
  position: number,
): ModelTimelines | undefined => {
  const timeline = timelines.names.get(name)
  if (timeline === undefined) return undefined
  const index = indexAt(timeline, position)
  return timeline.values[index] ?? timeline.values[index - 1]
}

const note = <T>(timeline: Timeline<T>, position: number, value: T): void => {
  timeline.positions.push(position)
  timeline.values.push(value)
}

const timelineIn = <T>(map: Map<string, Timeline<T>>, key: string): Timeline<T> => {
  const known = map.get(key)
  if (known !== undefined) return known
  const fresh: Timeline<T> = { positions: [], values: [] }
  map.set(key, fresh)
  return fresh
}

const timelinesOf = (timelines: Timelines, stream: string): ModelTimelines => {
  const known = timelines.models.get(stream)
  if (known !== undefined) return known
  const fresh: ModelTimelines = {
    stream,
    names: { positions: [], values: [] },
    stages: { positions: [], values: [] },
    current: new Map(),
    aliases: new Map(),
  }
  timelines.models.set(stream, fresh)
  return fresh
}

/** A model before and after one event. */
export interface ModelChange {
  readonly event: RegistryEvent
  readonly before: ModelState | undefined
  readonly after: ModelState
}

const nameOf = (model: ModelState | undefined): string | undefined =>
  model?.lifecycle === 'active' ? model.name : undefined

/** The stages whose current version an event may change. */
const touchedStages = ({ event, before, after }: ModelChange): readonly string[] => {
  switch (event.type) {
    case 'version.created':
      return after.stages.slice(0, 1)
    case 'version.transitioned':
    case 'version.deleted': {
      const { version } = event.data
      const from = before === undefined ? undefined : versionState(before, version)?.stage
      const to = versionState(after, version)?.stage
      return [...new Set([from, to])].filter((stage) => stage !== undefined)
    }
    default:
      return []
  }
}

const noteName = (timelines: Timelines, { event, before, after }: ModelChange): void => {
  const old = nameOf(before)
  const now = nameOf(after)
  if (old === now) return
  if (old !== undefined) note(timelineIn(timelines.names, old), event.position, undefined)
  if (now === undefined) return
  const own = timelinesOf(timelines, after.stream)
  note(timelineIn(timelines.names, now), event.position, own)
  note(own.names, event.position, now)
}

/** Adds what one event changed. */
export const foldTimelines = (timelines: Timelines, change: ModelChange): void => {
  const { event, before, after } = change
  noteName(timelines, change)
  const own = timelinesOf(timelines, after.stream)
  if (before?.stages !== after.stages) note(own.stages, event.position, after.stages)
  for (const stage of touchedStages(change)) {
    const entry = currentEntry(after, stage)
    const timeline = timelineIn(own.current, stage)
    if (entry !== timeline.values.at(-1)) note(timeline, event.position, entry)
  }
  if (event.type === 'model.alias-set' || event.type === 'model.alias-deleted') {
    const { alias } = event.data
    note(timelineIn(own.aliases, alias), event.position, after.aliases.get(alias))
  }
}

import type { NewLoggedModelEvent } from '../../logged-models/events.ts'
import type { NewRegistryEvent } from '../../registry/events.ts'
import type { NewTrackingEvent } from '../../tracking/events.ts'
import type { ImportCounts } from './summary.ts'

export type NewImportEvent = NewTrackingEvent | NewRegistryEvent | NewLoggedModelEvent

/** Where an event comes among others of the same time. */
export const ranks = {
  experiment: 0,
  start: 1,
  loggedModel: 2,
  metrics: 3,
  artifacts: 4,
  end: 5,
  model: 6,
  version: 7,
  transition: 8,
  alias: 9,
  removal: 10,
} as const

/** An event that is to be recorded when its time comes. */
export interface Draft {
  /** Orders events of all entities: the stated time, or the nearest that fits the entity's other times. */
  readonly due: number
  readonly rank: number
  /** The time that the source states for this very event; `null` where it states none. */
  readonly stated: number | null
  readonly counts: Partial<ImportCounts>
  /** What a problem of it names, as the source's other problems do. */
  readonly file: string
  /** What it belongs to: its stream, or a part of it. */
  readonly entity: string
  /** Without it everything else of the entity is left out, too. */
  readonly isBirth?: true
  /** Asked when everything before it is decided; `undefined` when there is nothing to record any more. */
  readonly build: () => NewImportEvent | undefined | Promise<NewImportEvent | undefined>
}

/** The events of one entity, by `due`. */
export interface Lane {
  /** Orders lanes whose next events are due at once. */
  readonly key: string
  readonly drafts: AsyncIterator<Draft, void>
}

/** A time that is stated, or the nearest that is known: MLflow has 0 where it knows none. */
export const timeOr = (stated: number | null | undefined, nearest: number): number =>
  typeof stated === 'number' && stated > 0 ? stated : nearest

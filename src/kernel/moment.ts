/** A point in the log: everything up to and including `position`. */
export interface Moment {
  /** The last position that counts; -1 before the first event. */
  readonly position: number
  /** When that event was recorded, in ms since the epoch; 0 before the first event. */
  readonly recordedAt: number
}

/**
 * A moment as people say it: a position; a `Date`; an ISO 8601 instant; a date (`'2026-11-14'`, the last
 * instant of that day in UTC); `'now'`; or an age: `'now-7d'`, `'now-90m'` (units s, m, h, d, w).
 */
export type When = number | Date | string

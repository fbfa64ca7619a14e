import { shown } from '../check.ts'
import { kernelError } from '../errors.ts'
import { commitMissing, decodeEvents, decodeHeader } from '../log/commit.ts'
import type { EventLog } from '../log/event-log.ts'
import type { Moment, When } from '../moment.ts'

/** A moment before it is looked up: a position, or a time in ms since the epoch. */
export type ParsedWhen = { readonly position: number } | { readonly time: number }

const day = 86_400_000
const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: day,
  w: 7 * day,
}
const age = /^now(?:\s*-\s*(\d+)\s*([smhdw]))?$/
const date = /^\d{4}-\d{2}-\d{2}$/
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/

const refuse = (when: unknown): Error =>
  kernelError(
    'MOMENT_INVALID',
    `${shown(when)} is no moment. Give a position (48213), a Date, an instant ('2026-11-14T09:30:00Z'), a date ('2026-11-14'), 'now', or an age ('now-7d'; units s, m, h, d, w).`,
    { data: { value: when } },
  )

const timeOf = (when: string, now: number): number => {
  const [, count, unit] = age.exec(when) ?? []
  if (age.test(when)) return now - Number(count ?? 0) * (units[unit ?? 's'] ?? 0)
  if (!exists(when.slice(0, 10))) return Number.NaN
  // A date is its last instant.
  if (date.test(when)) return Date.parse(`${when}T00:00:00Z`) + day - 1
  const match = instant.exec(when)
  if (match === null) return Number.NaN
  return Date.parse(match[3] === undefined ? `${when}Z` : when)
}

/** Date.parse takes the 30th of February for the 2nd of March. */
const exists = (text: string): boolean => {
  const start = Date.parse(`${text}T00:00:00Z`)
  return Number.isFinite(start) && new Date(start).toISOString().startsWith(text)
}

/** Understands a moment without looking at the log. @throws `MOMENT_INVALID` */
export const parseWhen = (when: When, now: number): ParsedWhen => {
  if (typeof when === 'number') {
    if (Number.isInteger(when) && when >= -1) return { position: when }
    throw refuse(when)
  }
  const time = when instanceof Date ? when.getTime() : timeOf(String(when).trim(), now)
  if (!Number.isFinite(time)) throw refuse(when)
  return { time }
}

/**
 * The last event at or before a moment, among the events before `next`.
 *
 * A time is found by binary search over commits, so its cost does not grow with the log.
 *
 * @throws `MOMENT_INVALID` for a position that the log has not reached.
 */
export const findMoment = async (
  log: EventLog,
  when: ParsedWhen,
  next: number,
): Promise<Moment> => {
  if ('time' in when) return await momentAt(log, when.time, next)
  if (when.position >= next) {
    throw kernelError(
      'MOMENT_INVALID',
      `Position ${when.position} does not exist yet: the log ends at ${next - 1}. Give a position up to that, or 'now'.`,
      { data: { value: when.position, last: next - 1 } },
    )
  }
  return { position: when.position, recordedAt: await recordedAt(log, when.position) }
}

const recordedAt = async (log: EventLog, position: number): Promise<number> => {
  if (position < 0) return 0
  const commit = await log.at(position)
  const event = commit === undefined ? undefined : decodeEvents(commit)[position - commit.first]
  if (event === undefined) throw commitMissing(position)
  return event.recordedAt
}

const momentAt = async (log: EventLog, time: number, next: number): Promise<Moment> => {
  let low = 0
  let high = next
  // Positions below `low` are at or before the time, positions from `high` on are after it.
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const commit = await log.at(middle)
    if (commit === undefined) throw commitMissing(middle)
    const header = decodeHeader(commit)
    // Where a commit is missing, the search would go on for ever.
    if (commit.first + header.count <= middle) throw commitMissing(middle)
    if (header.recordedAt <= time) {
      low = Math.min(high, commit.first + header.count)
      continue
    }
    // Events of an import keep their own times within one commit.
    const events = decodeEvents(commit)
    const later = events.findIndex((event) => event.recordedAt > time)
    if (later > 0) {
      low = commit.first + later
      break
    }
    high = commit.first
  }
  return { position: low - 1, recordedAt: await recordedAt(log, low - 1) }
}

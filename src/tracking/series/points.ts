import type { RecordedEvent } from '../../kernel/events/event.ts'
import type { MetricColumns } from '../events.ts'
import type { MetricPoint } from '../run.ts'

/** Points of one metric of one run, by step, then timestamp, then value. */
export interface Points {
  readonly step: Float64Array
  readonly timestamp: Float64Array
  readonly value: Float64Array
}

/** NaN counts as 0, as it does where the run table finds the latest point. */
const orderOf = (value: number): number => (Number.isNaN(value) ? 0 : value)

/** Not a subtraction: the difference of two equal infinities is NaN. */
const difference = (a: number, b: number): number => Number(a > b) - Number(a < b)

/** Less than 0 where a point comes before another one. */
export const comparePoints = (a: MetricPoint, b: MetricPoint): number =>
  a.step - b.step || a.timestamp - b.timestamp || difference(orderOf(a.value), orderOf(b.value))

export const pointAt = ({ step, timestamp, value }: Points, at: number): MetricPoint => ({
  value: value[at] ?? Number.NaN,
  step: step[at] ?? 0,
  timestamp: timestamp[at] ?? 0,
})

/** Some of the points, sharing their memory. */
export const pointsFrom = (
  { step, timestamp, value }: Points,
  from: number,
  to: number,
): Points => ({
  step: step.subarray(from, to),
  timestamp: timestamp.subarray(from, to),
  value: value.subarray(from, to),
})

const isSorted = (points: Points): boolean => {
  const { step, timestamp } = points
  for (let at = 1; at < step.length; at++) {
    const forward =
      (step[at] ?? 0) - (step[at - 1] ?? 0) || (timestamp[at] ?? 0) - (timestamp[at - 1] ?? 0)
    if (forward > 0) continue
    if (forward < 0 || comparePoints(pointAt(points, at - 1), pointAt(points, at)) > 0) return false
  }
  return true
}

/** The points in order; those that compare as equal stay as they were. */
const sorted = (points: Points): Points => {
  if (isSorted(points)) return points
  const all = Array.from(points.step, (_, at) => pointAt(points, at)).sort(comparePoints)
  return {
    step: Float64Array.from(all, ({ step }) => step),
    timestamp: Float64Array.from(all, ({ timestamp }) => timestamp),
    value: Float64Array.from(all, ({ value }) => value),
  }
}

const emptyPoints = (length: number): Points => ({
  step: new Float64Array(length),
  timestamp: new Float64Array(length),
  value: new Float64Array(length),
})

/** All of some points, in order. */
export const joined = (pieces: readonly Points[]): Points => {
  const [only] = pieces
  if (only !== undefined && pieces.length === 1) return only
  const all = emptyPoints(pieces.reduce((sum, { step }) => sum + step.length, 0))
  let at = 0
  for (const { step, timestamp, value } of pieces) {
    all.step.set(step, at)
    all.timestamp.set(timestamp, at)
    all.value.set(value, at)
    at += step.length
  }
  return sorted(all)
}

/** The columns of an event that logged metrics. */
const columnsOf = (event: RecordedEvent): MetricColumns | undefined =>
  // `as`: the type says what the data is.
  event.type === 'run.metrics-logged' ? (event.data as MetricColumns) : undefined

type Numbers = { readonly [Name in keyof Points]: number[] }

const pushPoints = (to: Numbers, { key, ...columns }: MetricColumns, index: number): void => {
  for (let at = 0; at < key.length; at++) {
    if (key[at] !== index) continue
    to.step.push(columns.step[at] ?? 0)
    to.timestamp.push(columns.timestamp[at] ?? 0)
    to.value.push(columns.value[at] ?? Number.NaN)
  }
}

/** The points of one metric in a run's events. */
export const pointsIn = (events: readonly RecordedEvent[], key: string): Points => {
  const found: Numbers = { step: [], timestamp: [], value: [] }
  for (const event of events) {
    const columns = columnsOf(event)
    const index = columns?.keys.indexOf(key) ?? -1
    if (columns !== undefined && index >= 0) pushPoints(found, columns, index)
  }
  return sorted({
    step: Float64Array.from(found.step),
    timestamp: Float64Array.from(found.timestamp),
    value: Float64Array.from(found.value),
  })
}

/** How many points a run's events have, and of which metrics. */
export const contentOf = (
  events: readonly RecordedEvent[],
): { readonly keys: ReadonlySet<string>; readonly points: number } => {
  const keys = new Set<string>()
  let points = 0
  for (const event of events) {
    const columns = columnsOf(event)
    if (columns === undefined) continue
    for (const key of columns.keys) keys.add(key)
    points += columns.key.length
  }
  return { keys, points }
}

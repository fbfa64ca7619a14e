import type { RecordedEvent } from '../kernel/events/event.ts'
import type { MetricColumns } from './events.ts'
import type { MetricPoint } from './run.ts'

/** NaN counts as 0, as it does where the run table finds the latest point. */
const orderOf = (value: number): number => (Number.isNaN(value) ? 0 : value)

/** Not a subtraction: the difference of two equal infinities is NaN. */
const difference = (a: number, b: number): number => Number(a > b) - Number(a < b)

const compare = (a: MetricPoint, b: MetricPoint): number =>
  a.step - b.step || a.timestamp - b.timestamp || difference(orderOf(a.value), orderOf(b.value))

const pushPoints = (points: MetricPoint[], columns: MetricColumns, index: number): void => {
  for (let at = 0; at < columns.key.length; at++) {
    if (columns.key[at] !== index) continue
    points.push({
      value: columns.value[at] ?? Number.NaN,
      step: columns.step[at] ?? 0,
      timestamp: columns.timestamp[at] ?? 0,
    })
  }
}

/** The points of one metric in a run's events, by step, then timestamp, then value. */
export const pointsOf = (events: readonly RecordedEvent[], key: string): MetricPoint[] => {
  const points: MetricPoint[] = []
  for (const event of events) {
    if (event.type !== 'run.metrics-logged') continue
    // `as`: the type says what the data is.
    const columns = event.data as MetricColumns
    const index = columns.keys.indexOf(key)
    if (index >= 0) pushPoints(points, columns, index)
  }
  return points.sort(compare)
}

/** The points of a bucket that a line needs: the ends first, if there is no room for all four. */
const extremes = (bucket: readonly MetricPoint[], room: number): MetricPoint[] => {
  const keep = new Set<MetricPoint>()
  let least: MetricPoint | undefined
  let greatest: MetricPoint | undefined
  for (const point of bucket) {
    if (point.value < (least?.value ?? Number.POSITIVE_INFINITY)) least = point
    if (point.value > (greatest?.value ?? Number.NEGATIVE_INFINITY)) greatest = point
  }
  for (const point of [bucket.at(-1), bucket[0], greatest, least]) {
    if (point !== undefined && keep.size < room) keep.add(point)
  }
  return bucket.filter((point) => keep.has(point))
}

/**
 * At most `count` of the points, so that a line drawn through them looks the same: the steps are cut into
 * count / 4 equal ranges, and each keeps its first, last, least and greatest point (M4: Jugel, Jerzak,
 * Hackenbroich, Markl, VLDB 2014).
 */
export const downsample = (
  points: readonly MetricPoint[],
  count: number,
): readonly MetricPoint[] => {
  const first = points[0]
  const last = points.at(-1)
  if (points.length <= count || first === undefined || last === undefined) return points
  const buckets = Math.max(1, Math.floor(count / 4))
  const width = (last.step - first.step) / buckets || 1
  const kept: MetricPoint[] = []
  let bucket: MetricPoint[] = []
  let current = 0
  for (const point of points) {
    const at = Math.min(buckets - 1, Math.floor((point.step - first.step) / width))
    if (at !== current) {
      kept.push(...extremes(bucket, count))
      bucket = []
      current = at
    }
    bucket.push(point)
  }
  kept.push(...extremes(bucket, count))
  return kept
}

import { codeOf } from '../../../kernel/errors.ts'
import type { MetricPoint } from '../../../tracking/index.ts'
import type { Call } from '../endpoint.ts'
import { type Answer, double } from '../wire/json.ts'

/** NaN counts as 0, as MLflow stores it. */
const orderOf = (value: number): number => (Number.isNaN(value) ? 0 : value)

const difference = (a: number, b: number): number => Number(a > b) - Number(a < b)

const byValue = (a: MetricPoint, b: MetricPoint): number =>
  difference(orderOf(a.value), orderOf(b.value)) ||
  Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value))

export const byTime = (a: MetricPoint, b: MetricPoint): number =>
  a.timestamp - b.timestamp || a.step - b.step || byValue(a, b)

export const byStep = (a: MetricPoint, b: MetricPoint): number =>
  a.step - b.step || a.timestamp - b.timestamp || byValue(a, b)

const isSame = (a: MetricPoint, b: MetricPoint | undefined): boolean =>
  b !== undefined && a.step === b.step && a.timestamp === b.timestamp && Object.is(a.value, b.value)

/** The points of a metric, each once; none for a run or a metric that is not there. */
export const pointsOf = async (
  { view }: Call,
  { run, metric }: { readonly run: string; readonly metric: string },
  order: (a: MetricPoint, b: MetricPoint) => number,
): Promise<readonly MetricPoint[]> => {
  try {
    const points = await view.runs.history(run, metric)
    const sorted = points.toSorted(order)
    // A client that got no answer logs a point again; in order, the two are neighbours.
    return sorted.filter((point, at) => !isSame(point, sorted[at - 1]))
  } catch (error) {
    const code = codeOf(error)
    if (code === 'RUN_NOT_FOUND' || code === 'METRIC_NOT_FOUND') return []
    throw error
  }
}

export const pointAnswer = (
  key: string,
  { value, timestamp, step }: MetricPoint,
  run?: string,
): Answer => ({ key, value: double(value), timestamp, step, run_id: run })

/**
 * At most so many points, each the first of its bucket, and the last of all: the buckets are those of SQL's
 * `NTILE`, of which the first get one point more where they cannot be equal.
 */
export const sampled = <T>(points: readonly T[], most: number): readonly T[] => {
  if (points.length <= most) return points
  const size = Math.floor(points.length / most)
  const larger = points.length % most
  const kept = Array.from(
    { length: most },
    (_, bucket) => points[bucket * size + Math.min(bucket, larger)],
  )
  return [...kept.slice(0, -1), points.at(-1)].filter((point) => point !== undefined)
}

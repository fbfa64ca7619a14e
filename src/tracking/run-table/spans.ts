import type { EncodedColumn } from '../../kernel/events/columns.ts'
import type { MetricColumns } from '../events.ts'
import { loadNumbers, saveNumbers } from './cells.ts'
import { floats, Integers } from './vectors.ts'

/** What decides between points of the same step and timestamp: the value, NaN as 0, as MLflow stores it. */
const orderOf = (value: number): number => (Number.isNaN(value) ? 0 : value)

/** Less than 0 where a point of the columns is earlier than another, more than 0 where it is later. */
export const comparePoint = (
  columns: MetricColumns,
  index: number,
  other: { readonly step: number; readonly timestamp: number; readonly value: number },
): number =>
  (columns.step[index] ?? 0) - other.step ||
  (columns.timestamp[index] ?? 0) - other.timestamp ||
  difference(orderOf(columns.value[index] ?? 0), orderOf(other.value))

/** Not a subtraction: the difference of two equal infinities is NaN. */
const difference = (a: number, b: number): number => Number(a > b) - Number(a < b)

/** Beginning, extremes and count of the metrics that have several points in a run. */
export class Spans {
  length = 0
  readonly first = floats()
  readonly firstStep = new Integers()
  readonly firstTimestamp = floats()
  /** NaN until there is a value that is not. */
  readonly min = floats()
  readonly minStep = new Integers()
  readonly max = floats()
  readonly maxStep = new Integers()
  readonly count = new Integers()

  /** Adds the span of one point and gives its index. */
  open(value: number, step: number, timestamp: number): number {
    const at = this.length++
    for (const vector of this.vectors) vector.reserve(this.length)
    this.first.data[at] = value
    this.firstStep.set(at, step)
    this.firstTimestamp.data[at] = timestamp
    this.min.data[at] = value
    this.minStep.set(at, step)
    this.max.data[at] = value
    this.maxStep.set(at, step)
    this.count.set(at, 1)
    return at
  }

  /** Takes a further point into count and extremes. */
  widen(at: number, value: number, step: number): void {
    this.count.set(at, (this.count.data[at] ?? 0) + 1)
    if (Number.isNaN(value)) return
    const min = this.min.data[at] ?? 0
    // Written so that a NaN, which stands for "none yet", gives way.
    if (!(value >= min) || (value === min && step < (this.minStep.data[at] ?? 0))) {
      this.min.data[at] = value
      this.minStep.set(at, step)
    }
    const max = this.max.data[at] ?? 0
    if (!(value <= max) || (value === max && step < (this.maxStep.data[at] ?? 0))) {
      this.max.data[at] = value
      this.maxStep.set(at, step)
    }
  }

  setFirst(at: number, columns: MetricColumns, index: number): void {
    this.first.data[at] = columns.value[index] ?? 0
    this.firstStep.set(at, columns.step[index] ?? 0)
    this.firstTimestamp.data[at] = columns.timestamp[index] ?? 0
  }

  isBefore(at: number, columns: MetricColumns, index: number): boolean {
    const step = columns.step[index] ?? 0
    const firstStep = this.firstStep.data[at] ?? 0
    if (step !== firstStep) return step < firstStep
    const first = {
      step,
      timestamp: this.firstTimestamp.data[at] ?? 0,
      value: this.first.data[at] ?? 0,
    }
    return comparePoint(columns, index, first) < 0
  }

  save(spans: readonly number[]): SavedSpans {
    return this.vectors.map((vector) => saveNumbers(spans, (span) => vector.at(span)))
  }

  /** Adds spans after those that are there. */
  load(saved: SavedSpans): void {
    const columns = saved.map(loadNumbers)
    const from = this.length
    this.length += columns[0]?.length ?? 0
    for (const [index, vector] of this.vectors.entries()) {
      vector.reserve(this.length)
      vector.put(from, columns[index] ?? [])
    }
  }

  /** In the order in which they are saved. */
  get vectors() {
    const { first, firstStep, firstTimestamp, min, minStep, max, maxStep, count } = this
    return [first, firstStep, firstTimestamp, min, minStep, max, maxStep, count] as const
  }
}

export type SavedSpans = readonly EncodedColumn[]

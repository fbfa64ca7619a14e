import type { EncodedColumn } from '../../kernel/events/columns.ts'
import type { MetricColumns } from '../events.ts'
import type { MetricSummary } from '../run.ts'
import { loadNumbers, type Places, placesOf, type Rows, rowAt, saveNumbers } from './cells.ts'
import { RowSlots } from './row-slots.ts'
import { comparePoint, type SavedSpans, Spans } from './spans.ts'
import { codes, floats, Integers } from './vectors.ts'

/** What `shape` says of a cell: no point, one point, or (from here on) index + 2 into the spans. */
const EMPTY = 0
const SINGLE = 1
export const FIRST_SPAN = 2

/**
 * One metric over all runs. A run with a single point costs 24 bytes (a result, as most metrics are),
 * one with a curve 72.
 */
export class MetricColumn {
  readonly key: string
  /** By slot: the latest point. */
  readonly last = floats()
  readonly step = new Integers()
  readonly timestamp = floats()
  /** By slot; 0 where the run lacks the metric. */
  readonly shape = codes()
  readonly spans = new Spans()
  readonly slots = new RowSlots(this.shape, [this.last, this.step, this.timestamp])
  /** Codes of the experiments that have runs with this metric. */
  readonly experiments = new Set<number>()

  constructor(key: string) {
    this.key = key
  }

  has(row: number): boolean {
    const slot = this.slots.slotOf(row)
    return slot >= 0 && this.shape.at(slot) !== EMPTY
  }

  /** Adds one point of the columns to the cell at a slot that `slots.place` gave. */
  add(slot: number, columns: MetricColumns, index: number): void {
    const shape = this.shape.data[slot] ?? EMPTY
    if (shape === EMPTY) {
      this.shape.data[slot] = SINGLE
      this.#setLast(slot, columns, index)
      return
    }
    const span = shape === SINGLE ? this.#open(slot) : shape - FIRST_SPAN
    this.spans.widen(span, columns.value[index] ?? 0, columns.step[index] ?? 0)
    if (this.#isAfter(slot, columns, index)) this.#setLast(slot, columns, index)
    else if (this.spans.isBefore(span, columns, index)) this.spans.setFirst(span, columns, index)
  }

  /** What the metric came to in the run of a slot, if it has any point. */
  summary(slot: number): MetricSummary | undefined {
    const shape = slot < 0 ? EMPTY : (this.shape.data[slot] ?? EMPTY)
    if (shape === EMPTY) return undefined
    const span = shape - FIRST_SPAN
    return span < 0 ? this.#single(slot) : this.#several(slot, span)
  }

  /** The cells of some rows; `undefined` when there are none. */
  save(rows: Rows): SavedMetrics | undefined {
    const filled: number[] = []
    const slots: number[] = []
    for (let row = rows.from; row < rows.to; row++) {
      if (!this.has(row)) continue
      filled.push(row)
      slots.push(this.slots.slotOf(row))
    }
    if (filled.length === 0) return undefined
    const spans = slots.flatMap((slot) => {
      const shape = this.shape.at(slot)
      return shape === SINGLE ? [] : [shape - FIRST_SPAN]
    })
    return {
      key: this.key,
      places: placesOf(filled, rows),
      last: saveNumbers(slots, (slot) => this.last.at(slot)),
      step: saveNumbers(slots, (slot) => this.step.at(slot)),
      timestamp: saveNumbers(slots, (slot) => this.timestamp.at(slot)),
      single: Uint8Array.from(slots, (slot) => Number(this.shape.at(slot) === SINGLE)),
      spans: this.spans.save(spans),
    }
  }

  /** Adds the cells of rows that have none yet; where the first all have one, so will most of the `expected` rows. */
  load(from: number, saved: SavedMetrics, expected: number): void {
    if (saved.places === null) this.slots.expect(expected)
    const last = loadNumbers(saved.last)
    const step = loadNumbers(saved.step)
    const timestamp = loadNumbers(saved.timestamp)
    let span = this.spans.length
    this.spans.load(saved.spans)
    for (let index = 0; index < saved.single.length; index++) {
      const slot = this.slots.place(rowAt(saved.places, from, index))
      this.last.data[slot] = last[index] ?? 0
      this.step.set(slot, step[index] ?? 0)
      this.timestamp.data[slot] = timestamp[index] ?? 0
      this.shape.data[slot] = saved.single[index] === 1 ? SINGLE : FIRST_SPAN + span++
    }
  }

  #single(slot: number): MetricSummary {
    const last = this.last.data[slot] ?? 0
    const step = this.step.data[slot] ?? 0
    const timestamp = this.timestamp.data[slot] ?? 0
    const reached = Number.isNaN(last) ? Number.NaN : step
    return {
      last,
      step,
      timestamp,
      first: last,
      firstStep: step,
      min: last,
      minStep: reached,
      max: last,
      maxStep: reached,
      count: 1,
    }
  }

  #several(slot: number, span: number): MetricSummary {
    const { spans } = this
    const min = spans.min.data[span] ?? 0
    const isNone = Number.isNaN(min)
    return {
      last: this.last.data[slot] ?? 0,
      step: this.step.data[slot] ?? 0,
      timestamp: this.timestamp.data[slot] ?? 0,
      first: spans.first.data[span] ?? 0,
      firstStep: spans.firstStep.data[span] ?? 0,
      min,
      minStep: isNone ? Number.NaN : (spans.minStep.data[span] ?? 0),
      max: spans.max.data[span] ?? 0,
      maxStep: isNone ? Number.NaN : (spans.maxStep.data[span] ?? 0),
      count: spans.count.data[span] ?? 0,
    }
  }

  #open(slot: number): number {
    const span = this.spans.open(this.last.at(slot), this.step.at(slot), this.timestamp.at(slot))
    this.shape.data[slot] = span + FIRST_SPAN
    return span
  }

  #setLast(slot: number, columns: MetricColumns, index: number): void {
    this.last.data[slot] = columns.value[index] ?? 0
    this.step.set(slot, columns.step[index] ?? 0)
    this.timestamp.data[slot] = columns.timestamp[index] ?? 0
  }

  #isAfter(slot: number, columns: MetricColumns, index: number): boolean {
    const step = columns.step[index] ?? 0
    const lastStep = this.step.data[slot] ?? 0
    if (step !== lastStep) return step > lastStep
    const last = {
      step,
      timestamp: this.timestamp.data[slot] ?? 0,
      value: this.last.data[slot] ?? 0,
    }
    return comparePoint(columns, index, last) > 0
  }
}

export interface SavedMetrics {
  readonly key: string
  readonly places: Places
  readonly last: EncodedColumn
  readonly step: EncodedColumn
  readonly timestamp: EncodedColumn
  /** By cell: 1 where it is one point, otherwise the next of the spans belongs to it. */
  readonly single: Uint8Array
  readonly spans: SavedSpans
}

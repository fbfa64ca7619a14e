import type { RunTable } from '../run-table/run-table.ts'
import type { OrderBy } from './filter.ts'
import { type Reader, readerOf } from './readers.ts'
import type { Scope } from './scope.ts'

/** What a run is ordered by: `undefined` where it lacks the field. */
export type Key = number | string | undefined

export interface Hit {
  readonly table: RunTable
  readonly row: number
}

interface Candidate extends Hit {
  readonly keys: readonly Key[]
}

/** Keeps the best runs of all that are offered to it, in memory for those only. */
export interface Ranking {
  /** Gives a function that offers the rows of one table. */
  offers(scope: Scope): (row: number) => void
  /** The best, best first. */
  best(): readonly Hit[]
}

/**
 * A ranking of at most `capacity` runs.
 *
 * A total order: start time (latest first), then run id decide where the given fields are equal. What a run
 * lacks comes last in either direction, after NaN, after numbers.
 */
export const rankingOf = (orderBy: readonly OrderBy[], capacity: number): Ranking => {
  const orders = withTieBreakers(orderBy)
  const compare = (a: Candidate, b: Candidate): number => {
    for (let index = 0; index < orders.length; index++) {
      const order = compareKeys(a.keys[index], b.keys[index], orders[index]?.descending === true)
      if (order !== 0) return order
    }
    return 0
  }
  /** A heap with the worst candidate on top. */
  const heap: Candidate[] = []
  const firstDescending = orders[0]?.descending ?? false

  const consider = (
    scope: Scope,
    readers: readonly Reader<number | string>[],
    row: number,
  ): void => {
    const worst = heap.length < capacity ? undefined : heap[0]
    // Nearly all of many rows end here, having cost one read and one comparison.
    const isWorse =
      worst !== undefined && compareKeys(readers[0]?.(row), worst.keys[0], firstDescending) > 0
    if (isWorse) return
    const candidate = { table: scope.table, row, keys: readers.map((read) => read(row)) }
    if (worst === undefined) pushHeap(heap, candidate, compare)
    else if (compare(candidate, worst) < 0) replaceTop(heap, candidate, compare)
  }

  return {
    offers: (scope) => {
      const readers = orders.map(({ field }) => readerOf(scope, field))
      return capacity > 0 ? (row) => consider(scope, readers, row) : () => undefined
    },
    best: () => heap.toSorted(compare).map(({ table, row }) => ({ table, row })),
  }
}

const withTieBreakers = (orderBy: readonly OrderBy[]): readonly OrderBy[] => {
  const hasStart = orderBy.some(
    ({ field }) => field.kind === 'number-attribute' && field.name === 'start_time',
  )
  const byId: OrderBy = { field: { kind: 'text-attribute', name: 'run_id' }, descending: false }
  if (hasStart) return [...orderBy, byId]
  const byStart: OrderBy = {
    field: { kind: 'number-attribute', name: 'start_time' },
    descending: true,
  }
  return [...orderBy, byStart, byId]
}

export const compareKeys = (a: Key, b: Key, descending: boolean): number => {
  const order = compareUp(a, b)
  return descending && kindOf(a) === PRESENT && kindOf(b) === PRESENT ? -order : order
}

/** What is missing, and NaN before it, come last: that order is never turned round. */
const compareUp = (a: Key, b: Key): number => {
  if (typeof a === 'number' && typeof b === 'number') {
    // The usual case. NaN makes all three comparisons false.
    if (a < b) return -1
    if (a > b) return 1
    if (a === b) return 0
  }
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return kindOf(a) - kindOf(b)
}

const PRESENT = 0

const kindOf = (key: Key): number => {
  if (key === undefined) return 2
  return Number.isNaN(key) ? 1 : PRESENT
}

/** By code points, which is the order of UTF-8 bytes too: JavaScript's `<` puts U+FFFD after an emoji. */
const compareText = (a: string, b: string): number => {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const unitA = a.charCodeAt(at)
    const unitB = b.charCodeAt(at)
    if (unitA !== unitB) return codePointRank(unitA) - codePointRank(unitB)
  }
  return a.length - b.length
}

/** Moves surrogates, the halves of code points above U+FFFF, behind all other units. */
const codePointRank = (unit: number): number => {
  if (unit >= 0xe000) return unit - 0x800
  return unit >= 0xd800 ? unit + 0x2000 : unit
}

type Compare = (a: Candidate, b: Candidate) => number

const pushHeap = (heap: Candidate[], candidate: Candidate, compare: Compare): void => {
  let at = heap.length
  while (at > 0) {
    const above = (at - 1) >>> 1
    const parent = heap[above]
    if (parent === undefined || compare(candidate, parent) <= 0) break
    heap[at] = parent
    at = above
  }
  heap[at] = candidate
}

const replaceTop = (heap: Candidate[], candidate: Candidate, compare: Compare): void => {
  let at = 0
  for (;;) {
    const child = worseChild(heap, at, compare)
    const below = heap[child]
    if (below === undefined || compare(candidate, below) >= 0) break
    heap[at] = below
    at = child
  }
  heap[at] = candidate
}

const worseChild = (heap: readonly Candidate[], at: number, compare: Compare): number => {
  const left = heap[2 * at + 1]
  const right = heap[2 * at + 2]
  const isRight = left !== undefined && right !== undefined && compare(right, left) > 0
  return 2 * at + (isRight ? 2 : 1)
}

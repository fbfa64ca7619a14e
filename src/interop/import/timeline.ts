import type { Draft, Lane } from './draft.ts'

/** A lane that is opened only when its first event may be due: an open one holds a run in memory. */
export interface LaterLane {
  /** Its first event is not due before. */
  readonly opensAt: number
  readonly open: () => Lane
}

interface Open {
  readonly lane: Lane
  draft: Draft
}

/** The events of all lanes by time, then by rank, then by key of the lane; those of one lane in its order. */
export async function* timeline(
  lanes: readonly Lane[],
  later: AsyncIterator<LaterLane, unknown>,
): AsyncGenerator<Draft, void> {
  try {
    yield* merged(lanes, later)
  } finally {
    await later.return?.()
  }
}

async function* merged(
  lanes: readonly Lane[],
  later: AsyncIterator<LaterLane, unknown>,
): AsyncGenerator<Draft, void> {
  const heap: Open[] = []
  for (const lane of lanes) await openLane(heap, lane)
  let next = await later.next()
  while (heap.length > 0 || next.done !== true) {
    const [first] = heap
    if (next.done !== true && (first === undefined || next.value.opensAt <= first.draft.due)) {
      await openLane(heap, next.value.open())
      next = await later.next()
    } else if (first !== undefined) {
      yield first.draft
      await advance(heap, first)
    }
  }
}

const openLane = async (heap: Open[], lane: Lane): Promise<void> => {
  const { done, value } = await lane.drafts.next()
  if (done === true) return
  heap.push({ lane, draft: value })
  rise(heap)
}

/** Puts the lane that stood first where its next event belongs. */
const advance = async (heap: Open[], first: Open): Promise<void> => {
  const { done, value } = await first.lane.drafts.next()
  if (done !== true) {
    // A lane never goes back in time: what comes later in it is due later.
    first.draft = value.due < first.draft.due ? { ...value, due: first.draft.due } : value
  } else {
    const last = heap.pop()
    if (last === undefined || last === first) return
    heap[0] = last
  }
  sink(heap)
}

const isBefore = (a: Open, b: Open): boolean => {
  if (a.draft.due !== b.draft.due) return a.draft.due < b.draft.due
  if (a.draft.rank !== b.draft.rank) return a.draft.rank < b.draft.rank
  return a.lane.key < b.lane.key
}

/** Moves the last item up to its place. */
const rise = (heap: Open[]): void => {
  let at = heap.length - 1
  while (at > 0) {
    const above = (at - 1) >>> 1
    if (!swapIfBefore(heap, at, above)) return
    at = above
  }
}

/** Moves the first item down to its place. */
const sink = (heap: Open[]): void => {
  let at = 0
  while (2 * at + 1 < heap.length) {
    const left = 2 * at + 1
    const least = precedes(heap, left + 1, left) ? left + 1 : left
    if (!swapIfBefore(heap, least, at)) return
    at = least
  }
}

const precedes = (heap: readonly Open[], one: number, other: number): boolean => {
  const a = heap[one]
  const b = heap[other]
  return a !== undefined && b !== undefined && isBefore(a, b)
}

const swapIfBefore = (heap: Open[], one: number, other: number): boolean => {
  const a = heap[one]
  const b = heap[other]
  if (a === undefined || b === undefined || !isBefore(a, b)) return false
  heap[one] = b
  heap[other] = a
  return true
}

import { kernelError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { EventTypes } from '../events/event-types.ts'
import { commitMissing, decodeEvents } from '../log/commit.ts'
import { closedError } from '../log/committer.ts'
import type { EventLog, StoredCommit } from '../log/event-log.ts'
import type { DecodedCommits } from './decoded-commits.ts'
import type { FeedStart } from './feed.ts'
import type { StreamIndex } from './stream-index.ts'
import type { Tail } from './tail.ts'

/** What reading needs: the log, what is in memory of it, and how to understand it. */
export interface EventSource {
  readonly log: EventLog
  readonly types: EventTypes
  readonly streams: StreamIndex
  readonly tail: Tail
  /** For reading events one by one. */
  readonly decoded: DecodedCommits
}

export interface ReadOptions {
  /** Default `'start'`. */
  readonly from?: FeedStart
  /** Only these types. */
  readonly types?: readonly string[]
  /** Only this stream. */
  readonly stream?: string
  /** Goes on with new events; otherwise the read ends at what was the head when it got there. */
  readonly live?: boolean
  readonly signal?: AbortSignal
}

/** Some events in order, and how far the read has come. */
export interface EventBatch {
  readonly events: readonly RecordedEvent[]
  /** Every matching event up to and including this position has been given. */
  readonly position: number
  /** Nothing newer was committed when this batch was given. */
  readonly caughtUp: boolean
}

const never = new AbortController().signal

const startOf = ({ from = 'start' }: ReadOptions, next: number): number => {
  if (from === 'start') return 0
  if (from === 'now') return next
  if (Number.isInteger(from) && from >= 0) return from
  throw kernelError(
    'INVALID_VALUE',
    `read: "from" is ${from}. Expected 'start', 'now' or a position from 0.`,
    { data: { path: 'from', value: from } },
  )
}

/**
 * Events from a position: history, then (with `live`) what comes, in order, each once. Nothing is read
 * before it is asked for; a reader that falls behind the tail in memory goes back to the log.
 */
export async function* readEvents(
  source: EventSource,
  options: ReadOptions = {},
): AsyncGenerator<EventBatch> {
  if (options.live !== true) return yield* batches(source, options)
  const unfollow = source.tail.follow()
  try {
    yield* batches(source, options)
  } finally {
    unfollow()
  }
}

async function* batches(source: EventSource, options: ReadOptions): AsyncGenerator<EventBatch> {
  const { live = false, signal = never } = options
  const { tail } = source
  const matches = matcherOf(options)
  let cursor = startOf(options, tail.next)
  let told = false
  for (;;) {
    for await (const { events, next } of until(signal, catchUp(source, cursor, options.stream))) {
      cursor = next
      told = cursor >= tail.next
      yield { events: events.filter(matches), position: cursor - 1, caughtUp: told }
    }
    if (signal.aborted) return
    if (cursor < tail.next) continue
    if (!told) yield { events: [], position: cursor - 1, caughtUp: true }
    told = true
    if (!live || tail.closed) return
    await tail.reached(cursor, signal)
  }
}

async function* until<T>(signal: AbortSignal, items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) {
    if (signal.aborted) return
    yield item
  }
}

const matcherOf = ({ types, stream }: ReadOptions): ((event: RecordedEvent) => boolean) => {
  const wanted = types === undefined ? undefined : new Set(types)
  return (event) =>
    (stream === undefined || event.stream === stream) &&
    (wanted === undefined || wanted.has(event.type))
}

/** Some events, and the position after everything that they cover. */
interface Piece {
  readonly events: readonly RecordedEvent[]
  readonly next: number
}

/** Committed events from a position to what is the head now: from the tail in memory, or from the log. */
async function* catchUp(
  source: EventSource,
  from: number,
  stream: string | undefined,
): AsyncGenerator<Piece> {
  const end = source.tail.next
  if (from >= end) return
  const recent = source.tail.from(from, 1)
  if (recent === undefined) {
    for await (const events of history(source, { from, end, stream })) {
      yield { events, next: (events.at(-1)?.position ?? end - 1) + 1 }
    }
    yield { events: [], next: end }
    return
  }
  const { forgotten } = source.tail
  for (const batch of recent) {
    // The rest is in the log, with other payloads perhaps; the caller comes back for it.
    if (forgotten !== source.tail.forgotten) return
    const events = batch.first >= from ? batch.events : batch.events.slice(from - batch.first)
    yield { events, next: batch.first + batch.events.length }
  }
}

interface Range {
  readonly from: number
  readonly end: number
  readonly stream: string | undefined
}

/** Events of the log with from <= position < end; of one stream by its index. */
async function* history(
  source: EventSource,
  { from, end, stream }: Range,
): AsyncGenerator<readonly RecordedEvent[]> {
  if (stream === undefined) yield* scan(source, from, end)
  else yield* pick(source, { stream, from, end })
}

/** A storage that was closed under a reader has its own words for it. */
async function* unlessClosed<T>(tail: Tail, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items
  } catch (cause) {
    throw tail.closed ? closedError() : cause
  }
}

/** Every event with from <= position < end. */
async function* scan(
  source: EventSource,
  from: number,
  end: number,
): AsyncGenerator<readonly RecordedEvent[]> {
  const { log, types, tail } = source
  let next = from
  const { forgotten } = tail
  for await (const commits of unlessClosed(tail, log.read(from))) {
    for (const commit of commits) {
      // A commit that is written but not yet folded is not visible.
      if (next >= end) return
      // Other payloads stand in the log than those that were read ahead.
      if (forgotten !== tail.forgotten) return yield* scan(source, next, end)
      const events = eventsFrom(commit, next).map((event) => types.upcast(event))
      yield events
      next += events.length
    }
  }
  if (next < end) throw commitMissing(next)
}

/** The events of a commit from a position on, which it must hold: reading never steps over a hole. */
const eventsFrom = (commit: StoredCommit, from: number): readonly RecordedEvent[] => {
  const events = decodeEvents(commit)
  if (commit.first > from || commit.first + events.length <= from) throw commitMissing(from)
  return commit.first === from ? events : events.slice(from - commit.first)
}

/** The events of one stream with from <= position < end. */
function pick(
  source: EventSource,
  range: Range & { readonly stream: string },
): AsyncGenerator<readonly RecordedEvent[]> {
  return unlessClosed(source.tail, eventsOf(source, range))
}

/** By the index; by reading everything, when the index is damaged. */
async function* eventsOf(
  source: EventSource,
  { stream, from, end }: Range & { readonly stream: string },
): AsyncGenerator<readonly RecordedEvent[]> {
  const places = await source.streams.places(stream, end - 1)
  if (places === undefined) {
    for await (const events of scan(source, from, end)) {
      const found = events.filter((event) => event.stream === stream && event.position < end)
      if (found.length > 0) yield found
    }
    return
  }
  const { positions, begins } = places
  let next = positions.findIndex((position) => position >= from)
  if (next < 0) return
  for (; next < positions.length; next += ahead) {
    const wanted = positions.slice(next, next + ahead)
    const found = wanted.map((position, at) => source.decoded.eventAt(position, begins[next + at]))
    const events = await Promise.all(found)
    const other = events.find((event) => event.stream !== stream)
    if (other !== undefined) throw commitMissing(other.position)
    yield events
  }
}

/** So many commits are looked up at once. */
const ahead = 16

/** The events of one stream from one position up to and including another, in order. */
export const readStream = async (
  source: EventSource,
  stream: string,
  { from, upTo }: { readonly from: number; readonly upTo: number },
): Promise<RecordedEvent[]> => {
  const end = Math.min(upTo + 1, source.tail.next)
  const all: RecordedEvent[] = []
  for await (const events of pick(source, { stream, from, end })) {
    for (const event of events) all.push(event)
  }
  return all
}

/** So many events from a position on; none when the log has fewer. */
export const readCount = async (
  source: EventSource,
  first: number,
  count: number,
): Promise<readonly RecordedEvent[]> => {
  if (count === 0) return []
  for await (const { events } of readEvents(source, { from: first })) {
    const answer = events.filter(({ position }) => position < first + count)
    if (answer.length === count) return answer
  }
  return []
}

/** Every event up to and including a position, a commit at a time; read from the log, so the reader's own. */
export async function* readUpTo(
  source: EventSource,
  upTo: number,
  from = 0,
): AsyncGenerator<readonly RecordedEvent[]> {
  const last = Math.min(upTo, source.tail.next - 1)
  if (from > last) return
  for await (const events of scan(source, from, last + 1)) {
    const whole = (events.at(-1)?.position ?? -1) <= last
    yield whole ? events : events.filter((event) => event.position <= last)
  }
}

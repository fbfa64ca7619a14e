import type { EventMeta, NewEvent, RecordedEvent } from './events/event.ts'
import type { Entries, Entry } from './log/event-log.ts'
import type { Moment, When } from './moment.ts'
import type { Feed, FeedStart } from './streams/feed.ts'

/**
 * What decisions of one feature are made against: the committed state, plus what this commit has already
 * decided. The engine opens it once a commit, tells it each decided event, and drops it after the write.
 */
export interface Decider<State> {
  /** Committed state with an empty overlay. Cheap: it is called once a commit. */
  readonly open: () => State
  /** Adds an event that was decided but not yet written to the overlay. */
  readonly evolve: (state: State, event: RecordedEvent) => void
}

/** One request to change something: decided inside the commit loop, alone or not at all. */
export interface Command<State> {
  readonly decider: Decider<State>
  /** Pure: throws a `DomainError` or gives the events. Neither writes nor waits. */
  readonly decide: (state: State, now: number) => readonly NewEvent[]
  readonly options?: WriteOptions
  /** The request itself, compared when an idempotency key comes again. */
  readonly request?: unknown
}

/** What every writing call accepts. */
export interface WriteOptions {
  /** Who does it; the operating-system user unless given. */
  readonly actor?: string
  /** The same key again answers as the first time, across restarts, and changes nothing. */
  readonly idempotencyKey?: string
  /** Revision (the last event's, -1 for none) that a stream must have, or `REVISION_CONFLICT`. */
  readonly expectRevision?: { readonly stream: string; readonly revision: number }
  readonly meta?: Pick<EventMeta, 'causation' | 'correlation' | 'comment' | 'claimed'>
}

/** What a feature needs to write. */
export interface Writer {
  /**
   * Decides, records and folds; resolves with the recorded events when they are as durable as the store
   * promises and every query shows them. Commands take effect in the order of the calls.
   *
   * @throws `REVISION_CONFLICT`, `IDEMPOTENCY_CONFLICT`, `LOG_WRITE_FAILED`, `LOG_CLOSED`, `READ_ONLY`,
   * and whatever `decide` throws; then nothing was written.
   */
  execute<State>(command: Command<State>): Promise<readonly RecordedEvent[]>
}

export interface EventQuery {
  /** Only these types. */
  readonly types?: readonly string[]
  /** Only this stream. */
  readonly stream?: string
  /** Default `'now'`. */
  readonly from?: FeedStart
}

/** How a command that was submitted came out: one of the two is called, once. */
export interface Settle {
  readonly resolve: (events: readonly RecordedEvent[]) => void
  readonly reject: (error: unknown) => void
}

/** A writer for callers that make a promise of their own and want no second one. */
export interface Submitter extends Writer {
  /** `execute` without a promise; the settling functions may be called before it returns. */
  submit<State>(command: Command<State>, settle: Settle): void
}

/** Entries that a feature derives from the log, beside it: they may be gone at any time. */
export interface DerivedEntries extends Pick<Entries, 'get' | 'scan'> {
  /** Grows when data of the log is erased: what is made of events that were read before must not be kept. */
  generation(): number
  /** Makes and writes entries, all or none, between two commits. */
  update(make: () => Promise<readonly Entry[]>): Promise<void>
}

/** What a feature needs to read, beside its own read models. */
export interface Reader {
  /** The events of one stream up to and including a position, oldest first; all before it unless `from` is given. */
  stream(stream: string, upTo?: number, from?: number): Promise<readonly RecordedEvent[]>
  /** History from where the query says, then live. */
  events(query: EventQuery): Feed<RecordedEvent>
  /** What a moment resolves to. @throws `MOMENT_INVALID` */
  moment(when: When): Promise<Moment>
}

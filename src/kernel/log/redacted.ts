import type { RecordedEvent } from '../events/event.ts'
import { storable } from '../events/storable.ts'
import { decodeEvents, withPayload } from './commit.ts'
import type { Entry, StoredCommit } from './event-log.ts'
import { answersIn } from './idempotency.ts'

/** An event without what is to be erased. */
export interface Redaction {
  readonly event: RecordedEvent
  /** What kinds of data went: `tag`, `param`, …. */
  readonly kinds: readonly string[]
}

/** What is looked for in events. */
export interface Redacting {
  /** The event without what is to be erased; `undefined` for an event that has nothing of it. */
  readonly redact: (event: RecordedEvent) => Redaction | undefined
  /** Digests of the files that an event refers to. */
  readonly filesOf: (event: RecordedEvent) => readonly string[]
}

/** So many bytes are replaced in one batch: what is more waits for the next. */
const batchBytes = 64 * 1024 * 1024
/** One event holds a MiB: of a commit its digest in hex and its position, of an event the distance to the next. */
const recordBytes = 900_000
const commitBytes = 68
const positionBytes = 3

/** The commits of a log, in order, that hold something which is to be erased, with other payloads. */
export class Redacted {
  readonly commits: StoredCommit[] = []
  /** SHA-256 (hex) of their payloads. */
  readonly payloads: string[] = []
  /** Positions of the events. */
  readonly positions: number[] = []
  readonly kinds = new Set<string>()
  /** What was answered to requests whose events are among them. */
  readonly answers: Entry[] = []
  readonly #redacting: Redacting
  readonly #mode: 'replace' | 'find'
  readonly #gone = new Set<string>()
  readonly #referred = new Set<string>()
  #bytes = 0
  #count = 0

  /** @param mode - `'find'` goes through everything and makes no payloads. */
  constructor(redacting: Redacting, mode: 'replace' | 'find' = 'replace') {
    this.#redacting = redacting
    this.#mode = mode
  }

  /** How many commits hold something. */
  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    if (this.#mode === 'find') return false
    const record = this.commits.length * commitBytes + this.positions.length * positionBytes
    return record >= recordBytes || this.#bytes >= batchBytes
  }

  /** Files that no event refers to any more. */
  get files(): string[] {
    return [...this.#gone].filter((digest) => !this.#referred.has(digest))
  }

  /** Files that were taken out of an event, and that another one refers to. */
  get shared(): string[] {
    return [...this.#gone].filter((digest) => this.#referred.has(digest))
  }

  /** The events of the next commit as they will be. */
  take(stored: StoredCommit): readonly RecordedEvent[] {
    const events = decodeEvents(stored)
    const others = this.isFull ? events : events.map((event) => this.#redact(event))
    for (const event of others) {
      for (const digest of this.#redacting.filesOf(event)) this.#referred.add(digest)
    }
    if (others.every((event, at) => event === events[at])) return others
    this.#count += 1
    if (this.#mode === 'replace') this.#replace(stored, others)
    return others
  }

  #redact(event: RecordedEvent): RecordedEvent {
    const redaction = this.#redacting.redact(event)
    if (redaction === undefined) return event
    for (const digest of this.#redacting.filesOf(event)) this.#gone.add(digest)
    for (const kind of redaction.kinds) this.kinds.add(kind)
    this.positions.push(event.position)
    return withoutRequest(redaction.event)
  }

  #replace(stored: StoredCommit, events: readonly RecordedEvent[]): void {
    const prepared = events.map((event) => ({
      event,
      storable: storable(event.data, `event ${event.type}@${event.position}`),
    }))
    const other = withPayload(stored, prepared)
    this.commits.push(other.stored)
    this.payloads.push(other.payload)
    this.answers.push(...answersIn(events))
    this.#bytes += other.stored.bytes.length
  }
}

/** The digest of a request that held a value lets somebody who guesses the value make sure of it. */
const withoutRequest = (event: RecordedEvent): RecordedEvent => {
  if (event.meta?.request === undefined) return event
  return { ...event, meta: { ...event.meta, request: '' } }
}

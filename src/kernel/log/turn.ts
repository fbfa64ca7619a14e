import type { Command, Decider, Settle, WriteOptions } from '../engine.ts'
import { type DomainError, kernelError } from '../errors.ts'
import type { PreparedEvent } from '../events/codec.ts'
import type { EventMeta, NewEvent } from '../events/event.ts'
import type { EventTypes } from '../events/event-types.ts'
import { storable, wellFormed } from '../events/storable.ts'
import type { Entry } from './event-log.ts'
import { type Answered, answeredEntry, damagedAnswer } from './idempotency.ts'

/** One caller's command on its way. */
export interface Request {
  readonly command: Command<unknown>
  /** SHA-256 of the request; only with an idempotency key. */
  readonly digest: string | undefined
  readonly settle: Settle
}

/** What a turn starts from. */
export interface TurnStart {
  /** Position that the first event gets. */
  readonly next: number
  /** The clock, and when the last event of the log was recorded. */
  readonly now: number
  readonly last: number
  /** Who acts when a command does not say. */
  readonly actor: string
  readonly types: EventTypes
  /** Revision of a stream's last committed event; -1 for none. */
  readonly revision: (stream: string) => number
}

interface Accepted {
  readonly request: Request
  readonly from: number
  readonly to: number
}

const maxBytes = 4 * 1024 * 1024
const maxEvents = 10_000
/** What is decided must be packed, folded and answered too, before others have their turn. */
const maxMs = 3
/** So much is decided however long it takes: callers of one moment share a commit. */
const minBytes = 32 * 1024

/**
 * What one turn of the commit loop has decided: each command against committed state plus what this turn
 * decided before it. Nothing here waits or writes; an error rejects its own caller and leaves no trace.
 */
export class Turn {
  readonly events: PreparedEvent[] = []
  readonly accepted: Accepted[] = []
  readonly #start: TurnStart
  readonly #states = new Map<Decider<unknown>, unknown>()
  readonly #revisions = new Map<string, number>()
  readonly #keys = new Map<string, { readonly digest: string; readonly accepted: Accepted }>()
  readonly #until = performance.now() + maxMs
  #last: number
  #bytes = 0

  constructor(start: TurnStart) {
    this.#start = start
    this.#last = start.last
  }

  /** Whether what waits comes into another commit. */
  get full(): boolean {
    if (this.#bytes > maxBytes || this.events.length > maxEvents) return true
    return this.#bytes > minBytes && performance.now() > this.#until
  }

  /** Decides a request, once: a repeated idempotency key gets what the first one gets. */
  admit(request: Request): void {
    const key = request.command.options?.idempotencyKey
    const before = key === undefined ? undefined : this.#keys.get(key)
    try {
      if (before !== undefined) {
        if (before.digest !== request.digest) throw keyConflict(String(key))
        this.accepted.push({ ...before.accepted, request })
        return
      }
      const accepted = this.#decide(request)
      this.accepted.push(accepted)
      if (key !== undefined) this.#keys.set(key, { digest: request.digest ?? '', accepted })
    } catch (error) {
      request.settle.reject(error)
    }
  }

  /** Entries that remember the answers to requests with an idempotency key. */
  answers(): Entry[] {
    return [...this.#keys].map(
      ([
        key,
        {
          digest,
          accepted: { from, to },
        },
      ]) => answeredEntry(key, { digest, first: this.#start.next + from, count: to - from }),
    )
  }

  #decide(request: Request): Accepted {
    const { decider, decide, options } = request.command
    if (!this.#states.has(decider)) this.#states.set(decider, decider.open())
    const state = this.#states.get(decider)
    this.#expect(options)
    const prepared = this.#prepare(decide(state, Math.max(this.#start.now, this.#last)), request)
    this.#evolve(decider, prepared)
    const from = this.events.length
    for (const item of prepared) {
      this.events.push(item)
      this.#bytes += item.storable.bytes
      this.#revisions.set(item.event.stream, item.event.revision)
      this.#last = item.event.recordedAt
    }
    return { request, from, to: this.events.length }
  }

  /** Adds events to the overlay; one that throws leaves it as though it had not been told. */
  #evolve(decider: Decider<unknown>, prepared: readonly PreparedEvent[]): void {
    const state = this.#states.get(decider)
    try {
      for (const { event } of prepared) decider.evolve(state, event)
    } catch (error) {
      const again = decider.open()
      for (const { event } of this.events) decider.evolve(again, event)
      this.#states.set(decider, again)
      throw error
    }
  }

  #revision(stream: string): number {
    return this.#revisions.get(stream) ?? this.#start.revision(stream)
  }

  #expect(options: WriteOptions | undefined): void {
    const expected = options?.expectRevision
    if (expected === undefined) return
    const actual = this.#revision(expected.stream)
    if (actual === expected.revision) return
    throw kernelError(
      'REVISION_CONFLICT',
      `The stream "${expected.stream}" is at revision ${actual}, not ${expected.revision}. Read it again and retry.`,
      { data: { ...expected, actual } },
    )
  }

  /** Gives positions, revisions and times, and checks that everything can be stored; changes nothing. */
  #prepare(decided: readonly NewEvent[], request: Request): PreparedEvent[] {
    const [first] = decided
    if (first !== undefined && decided.length === 1) {
      const revision = this.#revision(first.stream) + 1
      return [this.#record(first, request, { index: 0, revision, last: this.#last })]
    }
    const revisions = new Map<string, number>()
    let last = this.#last
    return decided.map((event, index) => {
      const revision = (revisions.get(event.stream) ?? this.#revision(event.stream)) + 1
      revisions.set(event.stream, revision)
      const prepared = this.#record(event, request, { index, revision, last })
      last = prepared.event.recordedAt
      return prepared
    })
  }

  #record(event: NewEvent, request: Request, { index, revision, last }: Place): PreparedEvent {
    const { next, now, types, actor } = this.#start
    const what = labelOf(event.type)
    const meta = metaOf(event, request)
    const recorded = {
      position: next + this.events.length + index,
      stream: wellFormed(event.stream, what, 'stream'),
      revision,
      type: event.type,
      schema: types.versionOf(event.type),
      recordedAt:
        event.claimedAt === undefined ? Math.max(now, last) : claimedTime(event, last, now),
      actor: wellFormed(event.actor ?? request.command.options?.actor ?? actor, what, 'actor'),
      data: event.data,
    }
    return {
      event: meta === undefined ? recorded : { ...recorded, meta },
      storable: storable(event.data, what),
    }
  }
}

/** Where an event of a command comes to stand. */
interface Place {
  /** Among the events of its command. */
  readonly index: number
  readonly revision: number
  /** When the event before it was recorded. */
  readonly last: number
}

const labels = new Map<string, string>()

/** What errors call an event; there are as many as there are types. */
const labelOf = (type: string): string => {
  const known = labels.get(type)
  if (known !== undefined) return known
  const label = `event ${type}`
  if (labels.size < 10_000) labels.set(type, label)
  return label
}

const metaOf = (event: NewEvent, { command, digest }: Request): EventMeta | undefined => {
  const { idempotencyKey, meta } = command.options ?? {}
  if (event.meta === undefined && meta === undefined && idempotencyKey === undefined) {
    return undefined
  }
  const { plain, extracts } = storable(
    {
      ...meta,
      ...event.meta,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey, request: digest ?? '' }),
    },
    `event ${event.type} (meta)`,
  )
  if (extracts.length > 0) throw new TypeError('What is said about an event is text and positions.')
  // `as`: it was an object of these fields, and is a copy.
  return plain as EventMeta
}

/** A time that an import claims: in order, and not in the future. */
const claimedTime = (event: NewEvent, last: number, now: number): number => {
  const claimed = event.claimedAt ?? now
  if (Number.isSafeInteger(claimed) && claimed >= last && claimed <= now) return claimed
  throw kernelError(
    'INVALID_VALUE',
    `event ${event.type}: "claimedAt" is ${claimed}. Expected a time from ${last} (the log's last) to ${now} (now): only an import into an empty log claims times, in order.`,
    { data: { path: 'claimedAt', value: claimed, from: last, to: now } },
  )
}

/** The key was used before, for another request. */
const keyConflict = (key: string): DomainError =>
  kernelError(
    'IDEMPOTENCY_CONFLICT',
    `The idempotency key "${key}" was used before, for another request. Use a new key for each request.`,
    { data: { key } },
  )

/** What the key was answered with is damaged: doing it again could do it twice. */
const answerLost = (key: string): DomainError =>
  kernelError(
    'LOG_CORRUPT',
    `What was answered to the idempotency key "${key}" is damaged. Look in the log whether the request was recorded, and use a new key if it was not.`,
    { data: { key } },
  )

/** The answer to a request, if its key was answered before. @throws `IDEMPOTENCY_CONFLICT`, `LOG_CORRUPT` */
export const answerBefore = (
  request: Request,
  answered: ReadonlyMap<string, Answered>,
): Answered | undefined => {
  const key = request.command.options?.idempotencyKey
  const before = key === undefined ? undefined : answered.get(key)
  if (before === damagedAnswer) throw answerLost(String(key))
  if (before !== undefined && before.digest !== request.digest) throw keyConflict(String(key))
  return before
}

import { kernelError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import { closedError } from '../log/committer.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { prefix, textKey } from '../log/keys.ts'
import { sealed, unsealed } from '../log/sealed.ts'
import { type FeedStart, pulled } from './feed.ts'
import { type EventSource, readEvents } from './read-events.ts'

/** One event of a durable subscription. */
export interface Delivery<Event = RecordedEvent> {
  readonly event: Event
  /** Stores that this event, and all before it, are dealt with: a later start goes on after it. */
  done(): Promise<void>
}

export interface SubscriptionQuery {
  readonly types?: readonly string[]
  readonly stream?: string
  /** Where the very first start begins; default `'start'`. */
  readonly from?: FeedStart
}

/**
 * A named reader whose cursor is kept in the store: after a restart it goes on after the last event that
 * was `done`. Outside the store that is at-least-once; the position tells a repetition.
 */
export interface Subscription<Event = RecordedEvent> extends AsyncIterable<Delivery<Event>> {
  readonly name: string
  /** The position up to which everything is done; -1 at first. */
  readonly position: number
}

/** The position that a cursor's entry holds. @throws `LOG_CORRUPT` when it is damaged */
export const cursorOf = (key: Uint8Array, stored: Uint8Array): number => {
  // `as`: the entries of this prefix are written by cursorEntry alone.
  const position = unsealed(key, stored) as number | undefined
  if (position !== undefined) return position
  const name = new TextDecoder().decode(key.subarray(1))
  throw kernelError(
    'LOG_CORRUPT',
    `The cursor of the subscription "${name}" is damaged. Subscribe under another name, from the position up to which you know that everything is done.`,
    { data: { name } },
  )
}

export const cursorEntry = (key: Uint8Array, position: number): Entry => sealed(key, position)

const never = new AbortController().signal

/** The subscriptions of one store. */
export class Subscriptions {
  readonly #source: EventSource
  readonly #entries: Entries
  /** Who reads each name, by the signal that ends that loop. */
  readonly #reading = new Map<string, AbortSignal>()

  constructor(source: EventSource) {
    this.#source = source
    this.#entries = source.log.entries
  }

  /**
   * Opens a subscription at its cursor.
   *
   * @param ended - Ends its loops and frees its name, also while a delivery is being dealt with; what is
   * `done` after that is refused.
   * @throws `LOG_CORRUPT` when the cursor is damaged
   */
  async open(
    name: string,
    query: SubscriptionQuery,
    ended: AbortSignal = never,
  ): Promise<Subscription> {
    const key = textKey(prefix.subscription, name)
    const stored = await this.#entries.get(key)
    const first = this.#first(query.from ?? 'start')
    let position = stored === undefined ? first - 1 : cursorOf(key, stored)
    const store = async (at: number): Promise<void> => {
      if (ended.aborted || this.#source.tail.closed) throw closedError()
      if (at <= position) return
      await this.#entries.write([cursorEntry(key, at)])
      position = at
    }
    let before: Promise<unknown> = Promise.resolve()
    // One after the other: writes in parallel have no order, and the cursor never goes back.
    const done = (at: number): Promise<void> => {
      const written = before.then(() => store(at))
      before = written.catch(() => undefined)
      return written
    }
    const deliveries = (own: AbortSignal): AsyncIterable<Delivery> => {
      const signal = AbortSignal.any([own, ended])
      return this.#deliveries({ name, query, signal, from: () => position + 1, done })
    }
    return {
      name,
      get position() {
        return position
      },
      [Symbol.asyncIterator]: () => pulled(deliveries, [ended]),
    }
  }

  #first(from: FeedStart): number {
    if (from === 'start') return 0
    return from === 'now' ? this.#source.tail.next : from
  }

  async *#deliveries(reading: Reading): AsyncGenerator<Delivery> {
    const { name, query, signal, from, done } = reading
    if (signal.aborted || this.#source.tail.closed) throw closedError()
    if (this.#isRead(name)) {
      throw kernelError(
        'SUBSCRIPTION_BUSY',
        `The subscription "${name}" is being read already. End that loop first, or use another name.`,
        { data: { name } },
      )
    }
    this.#reading.set(name, signal)
    try {
      const options = { ...query, from: from(), live: true, signal }
      for await (const { events } of readEvents(this.#source, options)) {
        for (const event of events) yield { event, done: () => done(event.position) }
      }
    } finally {
      if (this.#reading.get(name) === signal) this.#reading.delete(name)
    }
  }

  /** A loop that was ended, but has not come back for more yet, reads no longer. */
  #isRead(name: string): boolean {
    return this.#reading.get(name)?.aborted === false
  }
}

interface Reading {
  readonly name: string
  readonly query: SubscriptionQuery
  readonly signal: AbortSignal
  readonly from: () => number
  readonly done: (position: number) => Promise<void>
}

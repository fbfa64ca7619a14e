import { kernelError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { prefix, textKey } from '../log/keys.ts'
import { sealed, unsealed } from '../log/sealed.ts'
import type { FeedStart } from './feed.ts'
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

/** The subscriptions of one store. */
export class Subscriptions {
  readonly #source: EventSource
  readonly #entries: Entries
  readonly #reading = new Set<string>()

  constructor(source: EventSource) {
    this.#source = source
    this.#entries = source.log.entries
  }

  /** Opens a subscription at its cursor. @throws `LOG_CORRUPT` when the cursor is damaged */
  async open(name: string, query: SubscriptionQuery): Promise<Subscription> {
    const key = textKey(prefix.subscription, name)
    const stored = await this.#entries.get(key)
    const first = this.#first(query.from ?? 'start')
    let position = stored === undefined ? first - 1 : cursorOf(key, stored)
    const store = async (at: number): Promise<void> => {
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
    const deliveries = (signal: AbortSignal): AsyncIterable<Delivery> =>
      this.#deliveries({ name, query, signal, from: () => position + 1, done })
    return {
      name,
      get position() {
        return position
      },
      [Symbol.asyncIterator]() {
        const ended = new AbortController()
        const iterator = deliveries(ended.signal)[Symbol.asyncIterator]()
        return {
          next: () => iterator.next(),
          // Ends a wait for live events first: a generator cannot return while it awaits.
          return: async () => {
            ended.abort()
            await iterator.return?.()
            return { done: true, value: undefined }
          },
        }
      },
    }
  }

  #first(from: FeedStart): number {
    if (from === 'start') return 0
    return from === 'now' ? this.#source.tail.next : from
  }

  async *#deliveries(reading: Reading): AsyncGenerator<Delivery> {
    const { name, query, signal, from, done } = reading
    if (this.#reading.has(name)) {
      throw kernelError(
        'SUBSCRIPTION_BUSY',
        `The subscription "${name}" is being read already. End that loop first, or use another name.`,
        { data: { name } },
      )
    }
    this.#reading.add(name)
    try {
      const options = { ...query, from: from(), live: true, signal }
      for await (const { events } of readEvents(this.#source, options)) {
        for (const event of events) yield { event, done: () => done(event.position) }
      }
    } finally {
      this.#reading.delete(name)
    }
  }
}

interface Reading {
  readonly name: string
  readonly query: SubscriptionQuery
  readonly signal: AbortSignal
  readonly from: () => number
  readonly done: (position: number) => Promise<void>
}

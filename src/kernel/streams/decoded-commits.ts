import type { RecordedEvent } from '../events/event.ts'
import type { EventTypes } from '../events/event-types.ts'
import { commitMissing, decodeEvents } from '../log/commit.ts'
import type { EventLog } from '../log/event-log.ts'

/** How many commits are kept decoded. */
const kept = 16

interface Decoded {
  readonly first: number
  readonly events: readonly RecordedEvent[]
}

/**
 * The commits that were decoded last. Histories of streams that were written together lie in the same
 * commits, so reading one after the other would decode each commit as often as there are streams.
 */
export class DecodedCommits {
  readonly #log: EventLog
  readonly #types: EventTypes
  #decoded: readonly Decoded[] = []
  /** Those that are being read, by where they begin. */
  readonly #reading = new Map<number, Promise<Decoded>>()
  #forgotten = 0

  constructor(log: EventLog, types: EventTypes) {
    this.#log = log
    this.#types = types
  }

  /** The event at a position that the log is known to have, and where its commit begins if known. @throws `LOG_CORRUPT` */
  async eventAt(position: number, begins?: number): Promise<RecordedEvent> {
    const { first, events } = await this.#at(position, begins)
    const event = events[position - first]
    if (event === undefined) throw commitMissing(position)
    return event
  }

  /** Forgets them all: other payloads stand in the log. */
  forget(): void {
    this.#decoded = []
    this.#reading.clear()
    this.#forgotten += 1
  }

  async #at(position: number, begins: number | undefined): Promise<Decoded> {
    const known = this.#decoded.find(
      (commit) => position >= commit.first && position < commit.first + commit.events.length,
    )
    if (known !== undefined) return known
    if (begins === undefined) return await this.#read(position)
    const reading = this.#reading.get(begins)
    if (reading !== undefined) return await reading
    const read = this.#read(position, begins)
    this.#reading.set(begins, read)
    try {
      return await read
    } finally {
      if (this.#reading.get(begins) === read) this.#reading.delete(begins)
    }
  }

  async #read(position: number, begins?: number): Promise<Decoded> {
    const began = this.#forgotten
    const stored = await this.#log.at(position, begins)
    if (stored === undefined) return { first: position, events: [] }
    const { first } = stored
    const decoded = {
      first,
      events: decodeEvents(stored).map((event) => this.#types.upcast(event)),
    }
    if (began === this.#forgotten) this.#decoded = [decoded, ...this.#decoded.slice(0, kept - 1)]
    return decoded
  }
}

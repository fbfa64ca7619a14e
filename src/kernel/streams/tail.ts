import type { RecordedEvent } from '../events/event.ts'

/** The events of one commit, as live readers get them. */
export interface TailBatch {
  /** Position of the first event. */
  readonly first: number
  readonly events: readonly RecordedEvent[]
  /** Size of the commit's record. */
  readonly bytes: number
}

/** The newest commits in memory, up to about this many bytes and this many commits. */
const maxBytes = 8 * 1024 * 1024
const maxBatches = 4096

/**
 * A bounded ring of the newest commits. A reader that falls behind it goes back to the log: slow readers
 * cost disk reads, never memory, and never slow a writer.
 */
export class Tail {
  readonly #batches: (TailBatch | undefined)[] = []
  #start = 0
  #bytes = 0
  #next: number
  readonly #waiting = new Set<() => void>()
  #followers = 0
  #closed = false
  #forgotten = 0

  /** @param next - The position that the next event gets. */
  constructor(next: number) {
    this.#next = next
  }

  /** Position after the newest event. */
  get next(): number {
    return this.#next
  }

  get closed(): boolean {
    return this.#closed
  }

  /** How many times everything was forgotten: what was read before that may be read again. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Lets go of every commit: other payloads stand in the log. */
  forget(): void {
    this.#empty()
    this.#forgotten += 1
  }

  /** Keeps what is pushed in memory until the function that it gives is called. */
  follow(): () => void {
    this.#followers += 1
    return () => {
      this.#followers -= 1
    }
  }

  /** Takes the newest commit: into the ring where somebody follows, else only its place in the log. */
  advance(batch: TailBatch): void {
    if (this.#followers > 0) {
      this.push(batch)
      return
    }
    // Measured: events that stay in memory for nobody cost the writer as much in collecting them as it
    // spends on writing them.
    this.#empty()
    this.#next = batch.first + batch.events.length
    this.#wakeAll()
  }

  #empty(): void {
    this.#batches.length = 0
    this.#start = 0
    this.#bytes = 0
  }

  push(batch: TailBatch): void {
    this.#batches.push(batch)
    this.#bytes += batch.bytes
    this.#next = batch.first + batch.events.length
    while (
      this.#batches.length - this.#start > 1 &&
      (this.#bytes > maxBytes || this.#batches.length - this.#start > maxBatches)
    ) {
      this.#bytes -= this.#batches[this.#start]?.bytes ?? 0
      // What falls out is let go at once; the places it leaves are closed up once in a while.
      this.#batches[this.#start] = undefined
      this.#start += 1
    }
    if (this.#start > maxBatches) {
      this.#batches.splice(0, this.#start)
      this.#start = 0
    }
    this.#wakeAll()
  }

  /**
   * The batches from the one that holds the position; `undefined` when the ring no longer has it.
   *
   * @param most - So many at the most: a reader that stands still keeps alive what it was given.
   */
  from(position: number, most = maxBatches): readonly TailBatch[] | undefined {
    const oldest = this.#batches[this.#start]
    if (oldest === undefined || position < oldest.first) return undefined
    let low = this.#start
    let high = this.#batches.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#batches[middle]?.first ?? 0) <= position) low = middle
      else high = middle - 1
    }
    return this.#batches.slice(low, low + most).filter((batch) => batch !== undefined)
  }

  /** Resolves when there is an event at the position, when the store closes, or when the signal fires. */
  async reached(position: number, signal: AbortSignal): Promise<void> {
    while (this.#next <= position && !this.#closed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done)
          this.#waiting.delete(done)
          resolve()
        }
        this.#waiting.add(done)
        signal.addEventListener('abort', done, { once: true })
      })
    }
  }

  /** Ends every wait: live reads end where they stand. */
  close(): void {
    this.#closed = true
    this.#wakeAll()
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}

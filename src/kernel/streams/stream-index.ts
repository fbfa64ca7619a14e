import { sha256 } from '#platform'
import { codeOf } from '../errors.ts'
import { decodeColumn, type EncodedColumn, encodeColumn } from '../events/columns.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { numberKey, prefix } from '../log/keys.ts'
import { sealed, unsealed } from '../log/sealed.ts'

const encoder = new TextEncoder()

/** 128 bits of a stream's name: its entries lie together, whatever the name is made of. */
const middleOf = (stream: string): Uint8Array => sha256(encoder.encode(stream)).subarray(0, 16)

const keyOf = (stream: string): Uint8Array => {
  const middle = middleOf(stream)
  const key = new Uint8Array(1 + middle.length)
  key[0] = prefix.streamIndex
  key.set(middle, 1)
  return key
}

const append = (all: number[], some: readonly number[]): void => {
  for (const position of some) all.push(position)
}

/** Saved with every checkpoint. */
interface Saved {
  readonly streams: string[]
  readonly revisions: Float64Array
}

/**
 * Which positions belong to a stream, so that one run's or model's history is a short read. New positions
 * stand in memory; a checkpoint moves them into entries, one a stream that changed.
 */
export class StreamIndex {
  readonly #entries: Entries
  readonly #revisions = new Map<string, number>()
  #tails = new Map<string, number[]>()
  /** Tails that a checkpoint is writing just now. */
  #flushing: ReadonlyMap<string, number[]> = new Map()

  constructor(entries: Entries) {
    this.#entries = entries
  }

  /** Number of streams. */
  get size(): number {
    return this.#revisions.size
  }

  /** Revision of the last event of the stream; -1 when there is none. */
  revision(stream: string): number {
    return this.#revisions.get(stream) ?? -1
  }

  apply(event: RecordedEvent): void {
    this.#revisions.set(event.stream, event.revision)
    const tail = this.#tails.get(event.stream)
    if (tail === undefined) this.#tails.set(event.stream, [event.position])
    else tail.push(event.position)
  }

  /**
   * Positions of the stream's events up to and including one, in order; `undefined` when entries are
   * damaged or gone, so that only the log itself can tell.
   */
  async positions(stream: string, upTo: number): Promise<number[] | undefined> {
    // Taken before the scan: a checkpoint that ends meanwhile moves these positions into entries.
    const recent = [...(this.#flushing.get(stream) ?? []), ...(this.#tails.get(stream) ?? [])]
    const count = this.revision(stream) + 1
    const all = await this.#stored(stream)
    if (all === undefined) return undefined
    const stored = all.at(-1) ?? -1
    append(
      all,
      recent.filter((position) => position > stored),
    )
    return all.length < count ? undefined : all.filter((position) => position <= upTo)
  }

  /** What the entries say; `undefined` when they cannot be believed. */
  async #stored(stream: string): Promise<number[] | undefined> {
    const all: number[] = []
    try {
      for await (const { key, value } of this.#entries.scan(keyOf(stream))) {
        // `as`: entries of this prefix are written by `flush` alone.
        const encoded = unsealed(key, value) as EncodedColumn | undefined
        const column = encoded === undefined ? undefined : decodeColumn(encoded)
        if (!(column instanceof Float64Array)) return undefined
        append(all, [...column])
      }
    } catch (error) {
      if (codeOf(error) === 'LOG_CORRUPT') return undefined
      throw error
    }
    return all
  }

  /** Entries that a checkpoint writes; call `flushed` when it did. */
  flush(): Entry[] {
    for (const [stream, tail] of this.#tails) {
      const waiting = this.#flushing.get(stream)
      if (waiting !== undefined) this.#tails.set(stream, [...waiting, ...tail])
    }
    for (const [stream, waiting] of this.#flushing) {
      if (!this.#tails.has(stream)) this.#tails.set(stream, waiting)
    }
    this.#flushing = this.#tails
    this.#tails = new Map()
    return [...this.#flushing].map(([stream, positions]) =>
      sealed(
        numberKey(prefix.streamIndex, middleOf(stream), positions[0] ?? 0),
        encodeColumn(Float64Array.from(positions)),
      ),
    )
  }

  /** The entries of the last `flush` are written. */
  flushed(): void {
    this.#flushing = new Map()
  }

  /** What a checkpoint keeps beside the entries. */
  save(): Saved {
    return {
      streams: [...this.#revisions.keys()],
      revisions: Float64Array.from(this.#revisions.values()),
    }
  }

  /** Takes the place of everything known so far. */
  load(saved: unknown): void {
    // `as`: checkpoints are written by `save` alone, and thrown away when the version changes.
    const { streams, revisions } = saved as Saved
    for (const [index, stream] of streams.entries()) {
      this.#revisions.set(stream, revisions[index] ?? -1)
    }
  }

  /** Removes every entry, so that the index can be built again from the log. */
  async reset(): Promise<void> {
    this.#revisions.clear()
    this.#tails.clear()
    let doomed: Entry[] = []
    for await (const { key } of this.#entries.scan(new Uint8Array([prefix.streamIndex]))) {
      doomed.push({ key })
      if (doomed.length < 10_000) continue
      await this.#entries.write(doomed)
      doomed = []
    }
    if (doomed.length > 0) await this.#entries.write(doomed)
  }
}

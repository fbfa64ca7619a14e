import { codeOf } from '../errors.ts'
import { decodeColumn, type EncodedColumn, encodeColumn } from '../events/columns.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { numberKey, prefix } from '../log/keys.ts'
import { sealed, unsealed } from '../log/sealed.ts'
import { ChangedParts } from '../projections/parts.ts'

/** Streams are numbered in the order of their first events; so many neighbours share an entry: 64. */
const blockBits = 6

const blockOf = (ordinal: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, ordinal >>> blockBits)
  return bytes
}

const blockPrefix = (ordinal: number): Uint8Array =>
  Uint8Array.of(prefix.streamIndex, ...blockOf(ordinal))

const append = (all: number[], some: Iterable<number>): void => {
  for (const position of some) all.push(position)
}

/** New positions of the streams of one block: which streams, how many each, and one after the other. */
type EncodedBlock = readonly [
  ordinals: EncodedColumn,
  counts: EncodedColumn,
  positions: EncodedColumn,
]

type Tails = ReadonlyMap<number, readonly number[]>

const encodeBlock = (ordinals: readonly number[], tails: Tails): Entry => {
  const positions: number[] = []
  const counts = ordinals.map((ordinal) => {
    const tail = tails.get(ordinal) ?? []
    append(positions, tail)
    return tail.length
  })
  const first = positions.reduce((least, position) => Math.min(least, position), Infinity)
  return sealed(numberKey(prefix.streamIndex, blockOf(ordinals[0] ?? 0), first), [
    encodeColumn(Uint32Array.from(ordinals)),
    encodeColumn(Uint32Array.from(counts)),
    encodeColumn(Float64Array.from(positions)),
  ] satisfies EncodedBlock)
}

/** The positions of one stream in a block; `undefined` when the block is not one. */
const positionsIn = (block: EncodedBlock, ordinal: number): Iterable<number> | undefined => {
  const [ordinals, counts, positions] = block.map((column) => decodeColumn(column))
  if (!(ordinals instanceof Uint32Array) || !(counts instanceof Uint32Array)) return undefined
  if (!(positions instanceof Float64Array)) return undefined
  let start = 0
  for (const [at, other] of ordinals.entries()) {
    const count = counts[at] ?? 0
    if (other === ordinal) return positions.subarray(start, start + count)
    start += count
  }
  return []
}

/** So many streams make a part of a checkpoint. */
const partStreams = 256

/** One part: streams by ordinal, and their revisions. */
interface SavedStreams {
  readonly streams: readonly string[]
  readonly revisions: EncodedColumn
}

/**
 * Which positions belong to a stream, so that one run's or model's history is a short read. New positions
 * stand in memory; a checkpoint moves them into entries. Neighbours share an entry, because an entry costs
 * LevelDB as much as a thousand positions do.
 */
export class StreamIndex {
  /** The parts that changed since they were last saved. */
  readonly changed = new ChangedParts()
  readonly #entries: Entries
  readonly #ordinals = new Map<string, number>()
  /** By ordinal. */
  readonly #streams: string[] = []
  readonly #revisions: number[] = []
  #tails = new Map<number, number[]>()
  /** Tails that a checkpoint is writing just now. */
  #flushing: ReadonlyMap<number, number[]> = new Map()

  constructor(entries: Entries) {
    this.#entries = entries
  }

  /** Revision of the last event of the stream; -1 when there is none. */
  revision(stream: string): number {
    const ordinal = this.#ordinals.get(stream)
    return ordinal === undefined ? -1 : (this.#revisions[ordinal] ?? -1)
  }

  apply(event: RecordedEvent): void {
    let ordinal = this.#ordinals.get(event.stream)
    if (ordinal === undefined) {
      ordinal = this.#streams.push(event.stream) - 1
      this.#ordinals.set(event.stream, ordinal)
    }
    this.#revisions[ordinal] = event.revision
    this.changed.add(Math.floor(ordinal / partStreams))
    const tail = this.#tails.get(ordinal)
    if (tail === undefined) this.#tails.set(ordinal, [event.position])
    else tail.push(event.position)
  }

  /**
   * Positions of the stream's events up to and including one, in order; `undefined` when entries are
   * damaged or gone, so that only the log itself can tell.
   */
  async positions(stream: string, upTo: number): Promise<number[] | undefined> {
    const ordinal = this.#ordinals.get(stream)
    if (ordinal === undefined) return []
    // Taken before the scan: a checkpoint that ends meanwhile moves these positions into entries.
    const recent = [...(this.#flushing.get(ordinal) ?? []), ...(this.#tails.get(ordinal) ?? [])]
    const count = this.revision(stream) + 1
    const all = await this.#stored(ordinal)
    if (all === undefined) return undefined
    const stored = all.at(-1) ?? -1
    append(
      all,
      recent.filter((position) => position > stored),
    )
    return all.length < count ? undefined : all.filter((position) => position <= upTo)
  }

  /** What the entries say; `undefined` when they cannot be believed. */
  async #stored(ordinal: number): Promise<number[] | undefined> {
    const all: number[] = []
    try {
      for await (const { key, value } of this.#entries.scan(blockPrefix(ordinal))) {
        // `as`: entries of this prefix are written by `flush` alone.
        const block = unsealed(key, value) as EncodedBlock | undefined
        const positions = block === undefined ? undefined : positionsIn(block, ordinal)
        if (positions === undefined) return undefined
        append(all, positions)
      }
    } catch (error) {
      if (codeOf(error) === 'LOG_CORRUPT') return undefined
      throw error
    }
    return all
  }

  /** Entries that a checkpoint writes; call `flushed` when it did. */
  flush(): Entry[] {
    const tails = new Map([...this.#flushing].map(([ordinal, tail]) => [ordinal, tail.slice()]))
    for (const [ordinal, tail] of this.#tails) {
      const waiting = tails.get(ordinal)
      if (waiting === undefined) tails.set(ordinal, tail)
      else append(waiting, tail)
    }
    this.#flushing = tails
    this.#tails = new Map()
    const blocks = new Map<number, number[]>()
    for (const ordinal of [...tails.keys()].sort((a, b) => a - b)) {
      const block = blocks.get(ordinal >>> blockBits)
      if (block === undefined) blocks.set(ordinal >>> blockBits, [ordinal])
      else block.push(ordinal)
    }
    return [...blocks.values()].map((ordinals) => encodeBlock(ordinals, tails))
  }

  /** The entries of the last `flush` are written. */
  flushed(): void {
    this.#flushing = new Map()
  }

  /** Number of the parts that a checkpoint keeps beside the entries. */
  get parts(): number {
    return Math.ceil(this.#streams.length / partStreams)
  }

  save(part: number): SavedStreams {
    const from = part * partStreams
    const to = from + partStreams
    const revisions = Float64Array.from(this.#revisions.slice(from, to))
    return { streams: this.#streams.slice(from, to), revisions: encodeColumn(revisions) }
  }

  /** Adds a part that was saved to those before it. */
  load(saved: unknown): void {
    // `as`: checkpoints are written by `save` alone, and thrown away when the version changes.
    const { streams, revisions } = saved as SavedStreams
    for (const stream of streams) this.#ordinals.set(stream, this.#streams.push(stream) - 1)
    const numbers = decodeColumn(revisions)
    if (numbers instanceof Float64Array) append(this.#revisions, numbers)
  }

  /** Removes every entry, so that the index can be built again from the log. */
  async removeEntries(): Promise<void> {
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

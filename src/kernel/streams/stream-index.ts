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

/** Where events are: their positions, and where the commit of each begins. */
export interface Places {
  readonly positions: number[]
  readonly begins: number[]
}

const noPlaces = (): Places => ({ positions: [], begins: [] })

/** A copy of some of them. */
const cut = ({ positions, begins }: Places, from: number, to?: number): Places => ({
  positions: positions.slice(from, to),
  begins: begins.slice(from, to),
})

const appendPlaces = (all: Places, some: Places): void => {
  append(all.positions, some.positions)
  append(all.begins, some.begins)
}

/**
 * New positions of the streams of one block: which streams, how many each, one after the other, and how far behind
 * the beginning of its commit each is.
 */
type EncodedBlock = readonly [
  ordinals: EncodedColumn,
  counts: EncodedColumn,
  positions: EncodedColumn,
  behind: EncodedColumn,
]

type Tails = ReadonlyMap<number, Places>

const encodeBlock = (ordinals: readonly number[], tails: Tails): Entry => {
  const all = noPlaces()
  const counts = ordinals.map((ordinal) => {
    const tail = tails.get(ordinal) ?? noPlaces()
    appendPlaces(all, tail)
    return tail.positions.length
  })
  const { positions, begins } = all
  const first = positions.reduce((least, position) => Math.min(least, position), Infinity)
  const behind = positions.map((position, at) => position - (begins[at] ?? position))
  return sealed(numberKey(prefix.streamIndex, blockOf(ordinals[0] ?? 0), first), [
    encodeColumn(Uint32Array.from(ordinals)),
    encodeColumn(Uint32Array.from(counts)),
    encodeColumn(Float64Array.from(positions)),
    encodeColumn(Uint32Array.from(behind)),
  ] satisfies EncodedBlock)
}

/** The places of one stream in a block; `undefined` when the block is not one. */
const placesIn = (block: EncodedBlock, ordinal: number): Places | undefined => {
  const [ordinals, counts, positions, behind] = block.map((column) => decodeColumn(column))
  if (!(ordinals instanceof Uint32Array) || !(counts instanceof Uint32Array)) return undefined
  if (!(positions instanceof Float64Array) || !(behind instanceof Uint32Array)) return undefined
  let start = 0
  for (const [at, other] of ordinals.entries()) {
    const count = counts[at] ?? 0
    if (other === ordinal) {
      const own = [...positions.subarray(start, start + count)]
      return { positions: own, begins: own.map((each, n) => each - (behind[start + n] ?? 0)) }
    }
    start += count
  }
  return noPlaces()
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
  #tails = new Map<number, Places>()
  /** Tails that a checkpoint is writing just now. */
  #flushing: ReadonlyMap<number, Places> = new Map()

  constructor(entries: Entries) {
    this.#entries = entries
  }

  /** Revision of the last event of the stream; -1 when there is none. */
  revision(stream: string): number {
    const ordinal = this.#ordinals.get(stream)
    return ordinal === undefined ? -1 : (this.#revisions[ordinal] ?? -1)
  }

  /** @param begins - Position of the first event of the event's commit. */
  apply(event: RecordedEvent, begins: number): void {
    let ordinal = this.#ordinals.get(event.stream)
    if (ordinal === undefined) {
      ordinal = this.#streams.push(event.stream) - 1
      this.#ordinals.set(event.stream, ordinal)
    }
    this.#revisions[ordinal] = event.revision
    this.changed.add(Math.floor(ordinal / partStreams))
    const tail = this.#tails.get(ordinal)
    if (tail === undefined) {
      this.#tails.set(ordinal, { positions: [event.position], begins: [begins] })
      return
    }
    tail.positions.push(event.position)
    tail.begins.push(begins)
  }

  /**
   * Where the stream's events up to and including a position are, in order; `undefined` when entries are damaged or
   * gone, so that only the log itself can tell.
   */
  async places(stream: string, upTo: number): Promise<Places | undefined> {
    const ordinal = this.#ordinals.get(stream)
    if (ordinal === undefined) return noPlaces()
    // Taken before the scan: a checkpoint that ends meanwhile moves these positions into entries.
    const recent = noPlaces()
    for (const tails of [this.#flushing, this.#tails]) {
      appendPlaces(recent, tails.get(ordinal) ?? noPlaces())
    }
    const count = this.revision(stream) + 1
    const all = await this.#stored(ordinal)
    if (all === undefined) return undefined
    const stored = all.positions.at(-1) ?? -1
    const fresh = recent.positions.findIndex((position) => position > stored)
    if (fresh >= 0) appendPlaces(all, cut(recent, fresh))
    if (all.positions.length < count) return undefined
    const end = all.positions.findIndex((position) => position > upTo)
    return end < 0 ? all : cut(all, 0, end)
  }

  /** What the entries say; `undefined` when they cannot be believed. */
  async #stored(ordinal: number): Promise<Places | undefined> {
    const all = noPlaces()
    try {
      for await (const { key, value } of this.#entries.scan(blockPrefix(ordinal))) {
        // `as`: entries of this prefix are written by `flush` alone.
        const block = unsealed(key, value) as EncodedBlock | undefined
        const places = block === undefined ? undefined : placesIn(block, ordinal)
        if (places === undefined) return undefined
        appendPlaces(all, places)
      }
    } catch (error) {
      if (codeOf(error) === 'LOG_CORRUPT') return undefined
      throw error
    }
    return all
  }

  /** Entries that a checkpoint writes; call `flushed` when it did. */
  flush(): Entry[] {
    const tails = new Map([...this.#flushing].map(([ordinal, tail]) => [ordinal, cut(tail, 0)]))
    for (const [ordinal, tail] of this.#tails) {
      const waiting = tails.get(ordinal)
      if (waiting === undefined) tails.set(ordinal, tail)
      else appendPlaces(waiting, tail)
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

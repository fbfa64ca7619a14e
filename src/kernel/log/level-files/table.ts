import { ByteReader, u32At } from './bytes.ts'
import { crc32c, crcWith, masked } from './crc32c.ts'
import type { FileEntry } from './entry.ts'
import type { Gap } from './journal.ts'
import { unsnappy } from './snappy.ts'
import { sequenceOf } from './write-batch.ts'

/** Where a block lies in a table; how it is compressed (1 byte) and its checksum (4) follow it. */
interface Place {
  readonly offset: number
  readonly size: number
}

const trailerBytes = 5
const footerBytes = 48
/** After the user's key: the kind of the write, and its sequence number. */
const internalBytes = 8
const insertion = 1

const placeIn = (reader: ByteReader): Place | undefined => {
  const offset = reader.varint()
  const size = reader.varint()
  return offset === undefined || size === undefined ? undefined : { offset, size }
}

const holds = (table: Uint8Array, { offset, size }: Place): boolean =>
  offset + size + trailerBytes <= table.length &&
  masked(crc32c(table.subarray(offset, offset + size + 1))) === u32At(table, offset + size + 1)

const contentOf = (table: Uint8Array, { offset, size }: Place): Uint8Array => {
  const content = table.subarray(offset, offset + size)
  return table[offset + size] === 1 ? unsnappy(content) : content
}

/** A key and a value of a block. */
interface Pair {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Reads a block up to the first pair that cannot be one; each key says only how it differs from the one before. */
function* pairsOf(block: Uint8Array): Generator<Pair> {
  const restarts = u32At(block, block.length - 4)
  const end = block.length - 4 - 4 * restarts
  const reader = new ByteReader(block.subarray(0, Math.max(0, end)))
  let before = new Uint8Array(0)
  while (!reader.ended) {
    const shared = reader.varint()
    const own = reader.varint()
    const length = reader.varint()
    const tail = own === undefined ? undefined : reader.take(own)
    const value = length === undefined ? undefined : reader.take(length)
    if (shared === undefined || shared > before.length) return
    if (tail === undefined || value === undefined) return
    const key = new Uint8Array(shared + tail.length)
    key.set(before.subarray(0, shared))
    key.set(tail, shared)
    before = key
    yield { key, value }
  }
}

const entryOf = ({ key, value }: Pair): FileEntry | undefined => {
  if (key.length < internalBytes) return undefined
  const internal = key.subarray(key.length - internalBytes)
  const user = key.subarray(0, key.length - internalBytes)
  const sequence = sequenceOf(internal.subarray(1))
  return internal[0] === insertion ? { key: user, value, sequence } : { key: user, sequence }
}

/** Where the blocks lie, as the index at the end of the table says; `undefined` when that is damaged. */
const placesByIndex = (table: Uint8Array): Place[] | undefined => {
  const footer = new ByteReader(table, Math.max(0, table.length - footerBytes))
  placeIn(footer)
  const index = placeIn(footer)
  if (index === undefined || !holds(table, index)) return undefined
  const places: Place[] = []
  for (const { value } of pairsOf(contentOf(table, index))) {
    const place = placeIn(new ByteReader(value))
    if (place !== undefined) places.push(place)
  }
  return places
}

/** Blocks are of about 4 KiB, or of one entry; a commit takes a few MiB at most. */
const greatestBlock = 16 * 1024 * 1024

/**
 * Where the blocks lie, found by their checksums alone: they follow each other from the beginning. Nothing is found
 * after the first that is damaged.
 */
const placesByChecksum = (table: Uint8Array): Place[] => {
  const places: Place[] = []
  for (;;) {
    const offset = places.reduce((_, place) => place.offset + place.size + trailerBytes, 0)
    const size = sizeOfBlock(table.subarray(offset, offset + greatestBlock))
    if (size === undefined) return places
    places.push({ offset, size })
  }
}

const sizeOfBlock = (bytes: Uint8Array): number | undefined => {
  let crc = 0
  for (let size = 0; size + trailerBytes <= bytes.length; size++) {
    const kind = bytes[size] ?? 0
    crc = crcWith(crc, kind)
    if (kind <= 1 && size > 4 && masked(crc) === u32At(bytes, size + 1)) return size
  }
  return undefined
}

/** What stands in a table: entries, and stretches that are damaged. */
export type TableItem = { readonly entry: FileEntry } | { readonly gap: Gap }

/**
 * Reads a table of LevelDB's (`*.ldb`), whatever is damaged in it. The entries of a damaged block are given as far
 * as they can be made out, after its gap: who takes one must be able to tell whether it is what was written.
 */
export function* tableItems(table: Uint8Array): Generator<TableItem> {
  const known = placesByIndex(table)
  const places = known ?? placesByChecksum(table)
  for (const place of places) {
    if (!holds(table, place)) {
      yield { gap: { from: place.offset, to: place.offset + place.size + trailerBytes } }
    }
    for (const pair of pairsOf(contentOf(table, place))) {
      const entry = entryOf(pair)
      if (entry !== undefined) yield { entry }
    }
  }
  const { offset, size } = places.at(-1) ?? { offset: 0, size: -trailerBytes }
  if (known === undefined) yield { gap: { from: offset + size + trailerBytes, to: table.length } }
}

import { ByteReader } from './bytes.ts'
import { journalItems } from './journal.ts'

/** What LevelDB's list of tables says. */
export interface Listed {
  /** The logs that LevelDB will read when it is opened are those from this number on. */
  readonly oldestLog: number
  /** Numbers of the tables. */
  readonly tables: ReadonlySet<number>
}

/** The list while it is read: each record changes it. */
class Listing implements Listed {
  readonly tables = new Set<number>()
  oldestLog = 0

  /** Takes in one part of a record; false for one that cannot be read. */
  part(tag: number | undefined, reader: ByteReader): boolean {
    return parts.get(tag ?? 0)?.(reader, this) ?? false
  }
}

type Part = (reader: ByteReader, listing: Listing) => boolean

const piece: Part = (reader) => reader.piece() !== undefined
const number: Part = (reader) => reader.varint() !== undefined

const parts: ReadonlyMap<number, Part> = new Map<number, Part>([
  // The order of keys, the number of the next file, the last sequence number, the log before.
  [1, piece],
  [3, number],
  [4, number],
  [9, number],
  // How far a level was compacted.
  [5, (reader, listing) => number(reader, listing) && piece(reader, listing)],
  [
    2,
    (reader, listing) => {
      listing.oldestLog = reader.varint() ?? listing.oldestLog
      return true
    },
  ],
  // A table that went, and one that came: level and number, then size, least and greatest key.
  [
    6,
    (reader, listing) => {
      if (!number(reader, listing)) return false
      listing.tables.delete(reader.varint() ?? -1)
      return true
    },
  ],
  [
    7,
    (reader, listing) => {
      if (!number(reader, listing)) return false
      listing.tables.add(reader.varint() ?? -1)
      return number(reader, listing) && piece(reader, listing) && piece(reader, listing)
    },
  ],
])

/** Reads LevelDB's list of tables, as far as it is whole. */
export const listedIn = (manifest: Uint8Array): Listed => {
  const listing = new Listing()
  for (const item of journalItems(manifest)) {
    if (!('record' in item)) continue
    const reader = new ByteReader(item.record)
    while (!reader.ended && listing.part(reader.varint(), reader));
  }
  return listing
}

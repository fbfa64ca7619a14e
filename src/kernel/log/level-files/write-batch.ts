import { ByteReader } from './bytes.ts'
import type { FileEntry } from './entry.ts'

const sequenceBytes = 8
const countBytes = 4
const deletion = 0
const insertion = 1

/** The number in seven bytes, little-endian. */
export const sequenceOf = (bytes: Uint8Array): number => {
  let value = 0
  for (let at = 6; at >= 0; at--) value = value * 256 + (bytes[at] ?? 0)
  return value
}

/** The writes of a record of LevelDB's log, up to the first that cannot be one. */
export function* entriesOfBatch(record: Uint8Array): Generator<FileEntry> {
  const reader = new ByteReader(record, sequenceBytes + countBytes)
  for (let sequence = sequenceOf(record); !reader.ended; sequence++) {
    const kind = reader.byte()
    const key = reader.piece()
    if (key === undefined || (kind !== insertion && kind !== deletion)) return
    const value = kind === insertion ? reader.piece() : undefined
    if (kind === insertion && value === undefined) return
    yield value === undefined ? { key, sequence } : { key, value, sequence }
  }
}

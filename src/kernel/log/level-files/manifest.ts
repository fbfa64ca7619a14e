import { ByteReader } from './bytes.ts'
import { journalItems } from './journal.ts'

type Skip = (reader: ByteReader) => unknown

const levelAndKey: Skip = (reader) => reader.varint() !== undefined && reader.piece()
const levelAndNumber: Skip = (reader) => reader.varint() !== undefined && reader.varint()
const table: Skip = (reader) =>
  levelAndNumber(reader) !== undefined &&
  reader.varint() !== undefined &&
  reader.piece() !== undefined &&
  reader.piece()

/** The number of the oldest log whose writes are not all in tables. */
const logNumberTag = 2

/** What else a record of the list of tables may say. */
const others: ReadonlyMap<number, Skip> = new Map<number, Skip>([
  [1, (reader) => reader.piece()],
  [3, (reader) => reader.varint()],
  [4, (reader) => reader.varint()],
  [5, levelAndKey],
  [6, levelAndNumber],
  [7, table],
  [9, (reader) => reader.varint()],
])

/** The logs that LevelDB will read when it is opened are those from this number on. */
export const oldestLog = (manifest: Uint8Array): number => {
  let oldest = 0
  for (const item of journalItems(manifest)) {
    if ('record' in item) oldest = logNumberIn(item.record) ?? oldest
  }
  return oldest
}

const logNumberIn = (record: Uint8Array): number | undefined => {
  const reader = new ByteReader(record)
  let found: number | undefined
  while (!reader.ended) {
    const tag = reader.varint()
    if (tag === logNumberTag) found = reader.varint() ?? found
    else if (others.get(tag ?? 0)?.(reader) === undefined) return found
  }
  return found
}

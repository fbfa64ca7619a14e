import { decodeColumn, type EncodedColumn, encodeColumn } from '../../kernel/events/columns.ts'

/** So many rows make a block; a row's place in it fits a byte. */
export const blockRows = 256

/** A range of rows. */
export interface Rows {
  readonly from: number
  /** The row after the last. */
  readonly to: number
}

/** Places in a block, from its first row; `null` for all of its rows. */
export type Places = Uint8Array | null

/** The places of the rows of a block that have something. */
export const placesOf = (rows: readonly number[], { from, to }: Rows): Places =>
  rows.length === to - from ? null : Uint8Array.from(rows, (row) => row - from)

/** The row of the n-th cell. */
export const rowAt = (places: Places, from: number, index: number): number =>
  from + (places === null ? index : (places[index] ?? 0))

/** Texts that repeat: each once, and which one each cell has. */
export interface SavedTexts {
  readonly values: readonly string[]
  readonly codes: Uint8Array
}

/** At most `blockRows` texts. */
export const saveTexts = (texts: readonly string[]): SavedTexts => {
  const known = new Map<string, number>()
  const codes = new Uint8Array(texts.length)
  for (const [index, text] of texts.entries()) {
    const code = known.get(text) ?? known.size
    known.set(text, code)
    codes[index] = code
  }
  return { values: [...known.keys()], codes }
}

/** How often each value is used. */
export const usesOf = ({ values, codes }: SavedTexts): Uint32Array => {
  const uses = new Uint32Array(values.length)
  for (const code of codes) uses[code] = (uses[code] ?? 0) + 1
  return uses
}

/** A number for each of some rows, or of some spans. */
export const saveNumbers = (
  items: readonly number[],
  at: (item: number) => number,
): EncodedColumn => {
  const numbers = new Float64Array(items.length)
  for (let index = 0; index < items.length; index++) numbers[index] = at(items[index] ?? 0)
  return encodeColumn(numbers)
}

export const loadNumbers = (saved: EncodedColumn): Float64Array => {
  const numbers = decodeColumn(saved)
  if (numbers instanceof Float64Array) return numbers
  throw new TypeError('Expected a column of numbers in the checkpoint.')
}

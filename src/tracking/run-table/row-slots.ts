import { noCodes, type Vector } from './vectors.ts'

interface Relocatable extends Pick<Vector<Uint32Array>, 'make' | 'reserve' | 'spread' | 'gather'> {}

const hashOf = (row: number, mask: number): number => (Math.imul(row, 0x9e3779b1) >>> 7) & mask

/**
 * Where each row's cell of one column lies.
 *
 * A column that most rows use is dense: slot = row, nothing is looked up. A column that few rows use
 * is sparse: cells lie one behind another and a hash table finds them, at 12 bytes a cell, so a key of
 * one experiment costs nothing for the runs of the others. It changes from one to the other as it grows.
 */
export class RowSlots {
  /** The row of each slot while sparse; `undefined` while dense. */
  rows: Uint32Array | undefined = noCodes
  /** Slots in use: cells while sparse, highest row + 1 while dense. */
  length = 0
  /** Slot + 1, by hash of the row. */
  #table = noCodes
  readonly #presence: Vector<Uint32Array>
  readonly #vectors: readonly Relocatable[]

  /** @param presence - Is not 0 where a cell is filled. */
  constructor(presence: Vector<Uint32Array>, others: readonly Relocatable[]) {
    this.#presence = presence
    this.#vectors = [presence, ...others]
  }

  /** The slot of a row, or -1. While dense also a row without a cell may have one. */
  slotOf(row: number): number {
    const { rows } = this
    if (rows === undefined) return row < this.length ? row : -1
    if (this.length === 0) return -1
    const mask = this.#table.length - 1
    for (let at = hashOf(row, mask); ; at = (at + 1) & mask) {
      const entry = this.#table[at] ?? 0
      if (entry === 0) return -1
      if (rows[entry - 1] === row) return entry - 1
    }
  }

  /** Makes room for a cell in each of so many rows, where there is none yet. */
  expect(rows: number): void {
    if (this.length > 0) return
    this.rows = undefined
    for (const vector of this.#vectors) vector.make(rows)
  }

  /** The slot of a row, made if there is none yet; may move the cells of all other rows. */
  place(row: number): number {
    if (this.rows === undefined) {
      if (row < this.length) return row
      if (row < this.#presence.data.length || this.#worthDense(row)) return this.#extend(row)
      this.#turnSparse()
    }
    const slot = this.slotOf(row)
    return slot < 0 ? this.#append(row) : slot
  }

  #extend(row: number): number {
    for (const vector of this.#vectors) vector.reserve(row + 1)
    this.length = row + 1
    return row
  }

  #append(row: number): number {
    const slot = this.length
    let rows = this.rows ?? noCodes
    if (slot === rows.length) {
      const top = rows.reduce((highest, other) => Math.max(highest, other), 0)
      if (slot > 0 && top < slot * 2) return this.#turnDense(rows, { top, row })
      const next = new Uint32Array(Math.max(8, slot * 2))
      next.set(rows)
      rows = next
      this.rows = rows
      for (const vector of this.#vectors) vector.reserve(rows.length)
      this.#index(rows)
    }
    rows[slot] = row
    this.length = slot + 1
    this.#insert(row, slot)
    return slot
  }

  /** Counts cells only when the arrays must grow anyway, so the count costs nothing on average. */
  #worthDense(row: number): boolean {
    const { data } = this.#presence
    let cells = 1
    for (let at = 0; at < this.length; at++) if ((data[at] ?? 0) !== 0) cells++
    return row < cells * 8
  }

  #turnDense(rows: Uint32Array, at: { readonly top: number; readonly row: number }): number {
    this.#spread(rows, at.top)
    return this.place(at.row)
  }

  #spread(rows: Uint32Array, top: number): void {
    for (const vector of this.#vectors) vector.spread(rows, top + 1)
    this.rows = undefined
    this.#table = noCodes
    this.length = top + 1
  }

  #turnSparse(): void {
    const { data } = this.#presence
    const found: number[] = []
    for (let row = 0; row < this.length; row++) if ((data[row] ?? 0) !== 0) found.push(row)
    const rows = new Uint32Array(Math.max(8, found.length * 2))
    rows.set(found)
    for (const vector of this.#vectors) {
      vector.gather(rows.subarray(0, found.length), rows.length)
    }
    this.rows = rows
    this.length = found.length
    this.#index(rows)
  }

  #index(rows: Uint32Array): void {
    let capacity = 16
    while (capacity < rows.length * 2) capacity *= 2
    this.#table = new Uint32Array(capacity)
    for (let slot = 0; slot < this.length; slot++) this.#insert(rows[slot] ?? 0, slot)
  }

  #insert(row: number, slot: number): void {
    const mask = this.#table.length - 1
    let at = hashOf(row, mask)
    while ((this.#table[at] ?? 0) !== 0) at = (at + 1) & mask
    this.#table[at] = slot + 1
  }
}

import {
  type Places,
  placesOf,
  type Rows,
  rowAt,
  type SavedTexts,
  saveTexts,
  usesOf,
} from './cells.ts'
import { Dictionary } from './dictionary.ts'
import { RowSlots } from './row-slots.ts'
import { codes } from './vectors.ts'

/** One param or tag key over all runs: a dictionary code per run that has it. */
export class TextColumn {
  readonly key: string
  readonly dictionary = new Dictionary()
  /** Dictionary codes by slot; 0 where the run lacks the key. */
  readonly codes = codes()
  readonly slots = new RowSlots(this.codes, [])
  /** Codes of the experiments that have runs with this key. */
  readonly experiments = new Set<number>()

  constructor(key: string) {
    this.key = key
  }

  has(row: number): boolean {
    return this.codeOf(row) !== 0
  }

  get(row: number): string | undefined {
    const code = this.codeOf(row)
    return code === 0 ? undefined : this.dictionary.values[code]
  }

  codeOf(row: number): number {
    const slot = this.slots.slotOf(row)
    return slot < 0 ? 0 : (this.codes.data[slot] ?? 0)
  }

  set(row: number, value: string): void {
    const slot = this.slots.place(row)
    const before = this.codes.data[slot] ?? 0
    this.codes.data[slot] = this.dictionary.acquire(value)
    this.dictionary.release(before)
  }

  delete(row: number): void {
    const slot = this.slots.slotOf(row)
    if (slot < 0) return
    this.dictionary.release(this.codes.at(slot))
    this.codes.data[slot] = 0
  }

  /** The cells of some rows; `undefined` when there are none. */
  save(rows: Rows): SavedColumn | undefined {
    const filled: number[] = []
    const texts: string[] = []
    for (let row = rows.from; row < rows.to; row++) {
      const text = this.get(row)
      if (text === undefined) continue
      filled.push(row)
      texts.push(text)
    }
    if (filled.length === 0) return undefined
    return { key: this.key, places: placesOf(filled, rows), ...saveTexts(texts) }
  }

  /** Adds the cells of rows that have none yet; where the first all have one, so will most of the `expected` rows. */
  load(from: number, saved: SavedColumn, expected: number): void {
    if (saved.places === null) this.slots.expect(expected)
    const uses = usesOf(saved)
    const known = saved.values.map((value, at) => this.dictionary.acquire(value, uses[at]))
    for (let index = 0; index < saved.codes.length; index++) {
      const slot = this.slots.place(rowAt(saved.places, from, index))
      this.codes.data[slot] = known[saved.codes[index] ?? 0] ?? 0
    }
  }
}

export interface SavedColumn extends SavedTexts {
  readonly key: string
  readonly places: Places
}

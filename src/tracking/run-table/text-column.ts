import { Dictionary, type SavedDictionary } from './dictionary.ts'
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

  save(): SavedTextColumn {
    const { rows, slots } = this.slots.filled()
    return {
      key: this.key,
      rows,
      codes: slots.map((slot) => this.codes.at(slot)),
      dictionary: this.dictionary.save(),
    }
  }

  load(saved: SavedTextColumn): void {
    this.codes.load(saved.codes)
    this.slots.load(saved.rows)
    this.dictionary.load(saved.dictionary)
  }
}

export interface SavedTextColumn {
  readonly key: string
  /** Rows that have the key, in order. */
  readonly rows: Uint32Array
  readonly codes: Uint32Array
  readonly dictionary: SavedDictionary
}

/** A set of rows: one bit each, 32 to a word. */
export type RowSet = Uint32Array

export const emptyRows = (size: number): RowSet => new Uint32Array((size + 31) >>> 5)

export const hasRow = (set: RowSet, row: number): boolean =>
  (((set[row >>> 5] ?? 0) >>> (row & 31)) & 1) === 1

export const addRow = (set: RowSet, row: number): void => {
  set[row >>> 5] = (set[row >>> 5] ?? 0) | (1 << (row & 31))
}

/** Visits the rows of a set, the highest first. */
export const eachRowDown = (set: RowSet, visit: (row: number) => void): void => {
  for (let word = set.length - 1; word >= 0; word--) {
    let left = set[word] ?? 0
    while (left !== 0) {
      const bit = 31 - Math.clz32(left)
      visit(word * 32 + bit)
      left &= ~(1 << bit)
    }
  }
}

/** The rows of a set, below `end`, that pass a test. */
export const keepRows = (set: RowSet, end: number, test: (row: number) => boolean): RowSet => {
  const kept = new Uint32Array(set.length)
  const words = Math.min(set.length, (end + 31) >>> 5)
  for (let word = 0; word < words; word++) {
    let bits = 0
    for (let left = set[word] ?? 0; left !== 0; left &= left - 1) {
      const bit = left & -left
      const row = word * 32 + 31 - Math.clz32(bit)
      if (row < end && test(row)) bits |= bit
    }
    kept[word] = bits
  }
  return kept
}

/** Adds the rows of another set. */
export const unite = (into: RowSet, other: RowSet): void => {
  for (let word = 0; word < into.length; word++) into[word] = (into[word] ?? 0) | (other[word] ?? 0)
}

/** The rows that another set lacks. */
export const without = (set: RowSet, other: RowSet): RowSet => {
  const left = new Uint32Array(set.length)
  for (let word = 0; word < set.length; word++) {
    left[word] = (set[word] ?? 0) & ~(other[word] ?? 0)
  }
  return left
}

import { codes } from './vectors.ts'

/**
 * Strings by small number, each string once. Code 0 is "none". A string that nobody uses any more
 * gives its code back, so a tag that is set again and again does not grow the table.
 */
export class Dictionary {
  /** The string of each code; '' where a code is free. */
  values: string[] = ['']
  readonly #codeOf = new Map<string, number>()
  readonly #uses = codes()
  /** Codes to give out again, the last one first. */
  #free: number[] = []

  /** The code of a string, or 0. */
  find(value: string): number {
    return this.#codeOf.get(value) ?? 0
  }

  /** The code of a string, used once more from now on, or more often. */
  acquire(value: string, uses = 1): number {
    const code = this.#codeOf.get(value) ?? this.#add(value)
    this.#uses.data[code] = (this.#uses.data[code] ?? 0) + uses
    return code
  }

  /** Takes back one use. */
  release(code: number): void {
    if (code === 0) return
    const left = (this.#uses.data[code] ?? 0) - 1
    this.#uses.data[code] = left
    if (left > 0) return
    this.#codeOf.delete(this.values[code] ?? '')
    this.values[code] = ''
    this.#free.push(code)
  }

  isUsed(code: number): boolean {
    return (this.#uses.data[code] ?? 0) > 0
  }

  #add(value: string): number {
    const code = this.#free.pop() ?? this.values.length
    this.values[code] = value
    this.#codeOf.set(value, code)
    this.#uses.reserve(code + 1)
    return code
  }
}

type Numbers = Uint8Array | Uint32Array | Int32Array | Float64Array

const small = 4096
let growths = 0

/**
 * Appending costs O(1) on average. Small arrays grow by half, large ones by a tenth to a fifth, so that little memory
 * is spare; each by another part, so that the columns of a table are not all copied in one turn of the event loop.
 */
const grown = (capacity: number, length: number): number => {
  growths = (growths + 1) % 8
  const factor = capacity < small ? 1.5 : 1.1 + growths / 80
  return Math.max(length, Math.ceil(capacity * factor), 16)
}

/** A typed array that grows; what was never written is 0. */
export class Vector<A extends Numbers> {
  data: A
  protected create: (length: number) => A

  /** @param empty - Shared: an empty typed array costs 200 bytes, and a store may have 100 000 columns. */
  constructor(create: (length: number) => A, empty: A) {
    this.create = create
    this.data = empty
  }

  at(index: number): number {
    return this.data[index] ?? 0
  }

  /** Makes room for `length` items. */
  reserve(length: number): void {
    if (length <= this.data.length) return
    this.make(grown(this.data.length, length))
  }

  /** Makes room for exactly `length` items, if that is more than there is. */
  make(length: number): void {
    if (length <= this.data.length) return
    const next = this.create(length)
    next.set(this.data)
    this.data = next
  }

  /** Moves item i to `rows[i]`, for all of `rows`. */
  spread(rows: Uint32Array, length: number): void {
    const from: Numbers = this.data
    const next = this.create(length)
    const to: Numbers = next
    for (let slot = 0; slot < rows.length; slot++) to[rows[slot] ?? 0] = from[slot] ?? 0
    this.data = next
  }

  /** Moves item `rows[i]` to i, for all of `rows`: the reverse of `spread`. */
  gather(rows: Uint32Array, length: number): void {
    const from: Numbers = this.data
    const next = this.create(length)
    const to: Numbers = next
    for (let slot = 0; slot < rows.length; slot++) to[slot] = from[rows[slot] ?? 0] ?? 0
    this.data = next
  }

  /** Sets neighbouring items, for which there is room. */
  put(from: number, values: ArrayLike<number>): void {
    this.data.set(values, from)
  }
}

const makeBytes = (length: number): Uint8Array => new Uint8Array(length)
const makeCodes = (length: number): Uint32Array => new Uint32Array(length)
const makeFloats = (length: number): Float64Array => new Float64Array(length)
const makeIntegers = (length: number): Int32Array => new Int32Array(length)
const noBytes = makeBytes(0)
const noFloats = makeFloats(0)
const noIntegers = makeIntegers(0)

/** The empty array that every column starts with. */
export const noCodes = makeCodes(0)

export const bytes = (): Vector<Uint8Array> => new Vector(makeBytes, noBytes)
export const codes = (): Vector<Uint32Array> => new Vector(makeCodes, noCodes)
export const floats = (): Vector<Float64Array> => new Vector(makeFloats, noFloats)

/**
 * Safe integers, nearly all small: no memory while all are 0 (steps of results), 4 bytes each until one
 * needs 8.
 */
export class Integers extends Vector<Int32Array | Float64Array> {
  #wide = false
  /** The room that was asked for while nothing needs it. */
  #capacity = 0

  constructor() {
    super(makeIntegers, noIntegers)
  }

  set(index: number, value: number): void {
    if (this.data.length === 0) {
      if (value === 0) return
      this.data = this.create(Math.max(this.#capacity, index + 1))
    }
    if (!this.#wide && (value | 0) !== value) this.#widen()
    // Adding 0 turns -0, which only the wide form could keep, into 0.
    this.data[index] = value + 0
  }

  override reserve(length: number): void {
    if (this.data.length > 0) super.reserve(length)
    else if (length > this.#capacity) this.#capacity = grown(this.#capacity, length)
  }

  override make(length: number): void {
    if (this.data.length > 0) super.make(length)
    else this.#capacity = Math.max(this.#capacity, length)
  }

  override spread(rows: Uint32Array, length: number): void {
    if (this.data.length > 0) super.spread(rows, length)
    else this.#capacity = length
  }

  override gather(rows: Uint32Array, length: number): void {
    if (this.data.length > 0) super.gather(rows, length)
    else this.#capacity = length
  }

  override put(from: number, values: ArrayLike<number>): void {
    for (let index = 0; index < values.length; index++) this.set(from + index, values[index] ?? 0)
  }

  #widen(): void {
    this.#wide = true
    this.create = makeFloats
    this.data = Float64Array.from(this.data)
  }
}

/**
 * Lossless byte encodings of typed columns. They belong to the log's format: an encoding is never
 * changed, a better one gets a new kind.
 */
export const columnKind = {
  doubles: 0,
  integers: 1,
  unsigned: 2,
  bytes: 3,
  negativeZero: 4,
  fewDoubles: 5,
  fewUnsigned: 6,
} as const

/** Largest magnitude whose differences still fit a safe integer after zigzag. */
const integerLimit = 2 ** 50

const fitsIntegers = (values: Float64Array): boolean => {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    if (!Number.isInteger(value) || Math.abs(value) > integerLimit || Object.is(value, -0))
      return false
  }
  return true
}

/** Little-endian base-128 groups; `value` is a non-negative safe integer. */
const writeVarint = (out: Uint8Array, at: number, value: number): number => {
  let rest = value
  let to = at
  while (rest >= 0x80000000) {
    out[to++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  while (rest >= 0x80) {
    out[to++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  out[to++] = rest
  return to
}

/** A cursor over varints; `at` moves on. */
interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

const readVarint = (cursor: Cursor): number => {
  const { bytes } = cursor
  let scale = 1
  let value = 0
  for (;;) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) throw new RangeError('A column ends in the middle of a number.')
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
    scale *= 128
  }
}

/** Where short columns are written before their length is known. */
const room = new Uint8Array(1024)

const roomFor = (bytes: number): Uint8Array => (bytes <= room.length ? room : new Uint8Array(bytes))

/** Differences, zigzag, varint: steps and times of a batch take one or two bytes each. */
const encodeIntegers = (values: Float64Array): Uint8Array => {
  const out = roomFor(values.length * 8 + 8)
  let at = 0
  let before = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    const difference = value - before
    at = writeVarint(out, at, difference < 0 ? -2 * difference - 1 : 2 * difference)
    before = value
  }
  return out.slice(0, at)
}

const decodeIntegers = (bytes: Uint8Array, count: number): Float64Array => {
  const values = new Float64Array(count)
  const cursor: Cursor = { bytes, at: 0 }
  let before = 0
  for (let i = 0; i < count; i++) {
    const coded = readVarint(cursor)
    before += coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2
    values[i] = before
  }
  return values
}

const littleEndianHost = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

const swapped = (bytes: Uint8Array): Uint8Array => {
  if (littleEndianHost) return bytes
  for (let at = 0; at < bytes.length; at += 8) bytes.subarray(at, at + 8).reverse()
  return bytes
}

const encodeDoubles = (values: Float64Array): Uint8Array =>
  swapped(new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice())

const decodeDoubles = (bytes: Uint8Array): Float64Array => {
  const copy = swapped(new Uint8Array(bytes))
  return new Float64Array(copy.buffer, 0, copy.length >>> 3)
}

const encodeUnsigned = (values: Uint32Array): Uint8Array => {
  const out = roomFor(values.length * 5)
  let at = 0
  for (let i = 0; i < values.length; i++) at = writeVarint(out, at, values[i] ?? 0)
  return out.slice(0, at)
}

const decodeUnsigned = (bytes: Uint8Array, count: number): Uint32Array => {
  const values = new Uint32Array(count)
  const cursor: Cursor = { bytes, at: 0 }
  for (let i = 0; i < count; i++) values[i] = readVarint(cursor)
  return values
}

export type Column = Float64Array | Uint32Array | Uint8Array

/** `[kind, length, bytes]` of a column; a column of few numbers has them in place of bytes. */
export type EncodedColumn = readonly [
  kind: number,
  length: number,
  content: Uint8Array | readonly number[],
]

/** Measured: a column of one point costs four times as much as bytes, most of it to collect. */
const few = 4

/** NaNs have payloads, and -0 a sign, that a plain number loses. */
const isPlain = (value: number): boolean => !(Number.isNaN(value) || Object.is(value, -0))

const isFew = (column: Float64Array | Uint32Array): boolean => {
  if (column.length > few) return false
  for (let i = 0; i < column.length; i++) if (!isPlain(column[i] ?? 0)) return false
  return true
}

const numbersOf = (column: Float64Array | Uint32Array): number[] => {
  const numbers: number[] = new Array(column.length)
  for (let i = 0; i < column.length; i++) numbers[i] = column[i] ?? 0
  return numbers
}

const encodeFew = (column: Float64Array | Uint32Array): EncodedColumn => {
  const kind = column instanceof Float64Array ? columnKind.fewDoubles : columnKind.fewUnsigned
  return [kind, column.length, numbersOf(column)]
}

/** Encodes a column in the kind that is cheapest and gives back every bit. */
export const encodeColumn = (column: Column): EncodedColumn => {
  if (column instanceof Uint8Array) return [columnKind.bytes, column.length, column]
  if (isFew(column)) return encodeFew(column)
  if (column instanceof Uint32Array) {
    return [columnKind.unsigned, column.length, encodeUnsigned(column)]
  }
  return fitsIntegers(column)
    ? [columnKind.integers, column.length, encodeIntegers(column)]
    : [columnKind.doubles, column.length, encodeDoubles(column)]
}

/** The numbers of a column of few; `Float64Array.from` costs more than an event does. */
const decodeFew = <T extends Float64Array | Uint32Array>(
  column: T,
  numbers: EncodedColumn[2],
): T => {
  for (let i = 0; i < column.length; i++) column[i] = numbers[i] ?? 0
  return column
}

/** The value that `encodeColumn` was given; a new buffer, never a view of the log's bytes. */
export const decodeColumn = ([kind, length, content]: EncodedColumn): Column | number => {
  if (kind === columnKind.fewDoubles) return decodeFew(new Float64Array(length), content)
  if (kind === columnKind.fewUnsigned) return decodeFew(new Uint32Array(length), content)
  if (kind === columnKind.negativeZero) return -0
  if (content instanceof Uint8Array) return decodeBytes(kind, length, content)
  throw unknownKind(kind)
}

const decodeBytes = (kind: number, length: number, bytes: Uint8Array): Column => {
  if (kind === columnKind.doubles) return decodeDoubles(bytes)
  if (kind === columnKind.integers) return decodeIntegers(bytes, length)
  if (kind === columnKind.unsigned) return decodeUnsigned(bytes, length)
  if (kind === columnKind.bytes) return new Uint8Array(bytes)
  throw unknownKind(kind)
}

const unknownKind = (kind: number): Error =>
  new RangeError(`Column kind ${kind} is not known; a newer varve wrote it.`)

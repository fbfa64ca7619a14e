import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law } from '../../../test/property.ts'
import { type Column, columnKind, decodeColumn, encodeColumn } from './columns.ts'

const bitsOf = (column: Column | number): unknown =>
  typeof column === 'number'
    ? column
    : [
        column.constructor.name,
        ...new Uint8Array(column.buffer, column.byteOffset, column.byteLength),
      ]

const roundTrip = (column: Column): Column | number => decodeColumn(encodeColumn(column))

/** Every pattern of 64 bits: NaNs with payloads, denormals, both zeros. */
const anyBits = fc
  .array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 20 })
  .map((values) => new Float64Array(BigUint64Array.from(values).buffer))
const edge = fc.constantFrom(
  ...[0, -0, 1, -1, 127, 128, -128, 2 ** 31, 2 ** 32, 2 ** 50, 2 ** 50 + 1, -(2 ** 50), 2 ** 53],
  ...[-(2 ** 53), 2 ** 63, Number.MIN_VALUE, Number.MAX_VALUE, Number.NaN, Number.EPSILON],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2.2250738585072014e-308],
)
const doubles = fc.oneof(
  anyBits,
  fc.array(fc.oneof(edge, fc.double(), fc.maxSafeInteger())).map((all) => Float64Array.from(all)),
  fc.array(fc.integer()).map((all) => Float64Array.from(all)),
)

describe('Columns', () => {
  it('give doubles back bit for bit', () => {
    fc.assert(
      fc.property(doubles, (column) => {
        expect(bitsOf(roundTrip(column))).toEqual(bitsOf(column))
      }),
      law(),
    )
  })

  it('give unsigned integers back, up to the greatest', () => {
    fc.assert(
      fc.property(fc.uint32Array(), (column) => {
        expect(bitsOf(roundTrip(column))).toEqual(bitsOf(column))
      }),
      law(),
    )
    const edges = Uint32Array.of(0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1)
    expect(roundTrip(edges)).toEqual(edges)
  })

  it('give bytes back as bytes of their own', () => {
    const bytes = Uint8Array.of(0, 1, 255)
    const back = roundTrip(bytes)
    expect(back).toEqual(bytes)
    bytes.fill(9)
    expect(back).toEqual(Uint8Array.of(0, 1, 255))
  })

  it('encode a view of a larger buffer as what it shows', () => {
    const whole = Float64Array.of(1.5, 2.5, 3.5)
    expect(roundTrip(whole.subarray(1, 2))).toEqual(Float64Array.of(2.5))
  })

  it('take one byte for a step of a small difference', () => {
    const steps = Float64Array.from({ length: 1000 }, (_, at) => at)
    const [kind, length, bytes] = encodeColumn(steps)
    expect([kind, length, bytes.length]).toEqual([columnKind.integers, 1000, 1000])
  })

  it('keep few numbers as they are, but for those that a plain number loses', () => {
    expect(encodeColumn(Float64Array.of(0.5))).toEqual([columnKind.fewDoubles, 1, [0.5]])
    expect(encodeColumn(Uint32Array.of(7))).toEqual([columnKind.fewUnsigned, 1, [7]])
    expect(encodeColumn(Float64Array.of(-0))[0]).toBe(columnKind.doubles)
    expect(encodeColumn(Float64Array.of(Number.NaN))[0]).toBe(columnKind.doubles)
  })

  it('take no column with -0 for one of integers', () => {
    expect(encodeColumn(Float64Array.of(1, -0))[0]).toBe(columnKind.doubles)
  })

  it('refuse bytes that end in the middle of a number, and kinds of a later time', () => {
    const [kind, length, bytes] = encodeColumn(Float64Array.of(1, 2, 3, 4, 300))
    expect(kind).toBe(columnKind.integers)
    expect(() => decodeColumn([kind, length, bytes.slice(0, -1)])).toThrow(RangeError)
    expect(() => decodeColumn([99, 1, bytes])).toThrow(/newer varve/)
    expect(() => decodeColumn([99, 1, [1]])).toThrow(/newer varve/)
  })
})

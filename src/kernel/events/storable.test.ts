import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law } from '../../../test/property.ts'
import { decodePayload, encodePayload } from './codec.ts'
import { storable } from './storable.ts'

/** What the log gives back for some data. */
const stored = (data: unknown): unknown => {
  const event = {
    position: 0,
    stream: 's',
    revision: 0,
    type: 't',
    schema: 1,
    recordedAt: 5,
    actor: 'a',
    data,
  }
  const bytes = encodePayload([{ event, storable: storable(data, 'event t') }], 5)
  return decodePayload(bytes, { first: 0, recordedAt: 5 })[0]?.data
}

const nested = (depth: number): unknown => {
  if (depth === 0) return []
  return depth % 2 === 0 ? [nested(depth - 1)] : { deeper: nested(depth - 1) }
}

class Point {
  readonly x = 1
}

describe('Event data', () => {
  const refused: readonly [string, unknown, string][] = [
    ['undefined', undefined, ''],
    ['a function', { on: () => 1 }, 'on'],
    ['a symbol', { a: [Symbol('s')] }, 'a.0'],
    ['a date', { at: new Date(0) }, 'at'],
    ['a map', { tags: new Map() }, 'tags'],
    ['a set', [new Set()], '0'],
    ['an instance of a class', { point: new Point() }, 'point'],
    ['an array of other numbers', { a: { b: new Float32Array(1) } }, 'a.b'],
    ['a view of bytes', new DataView(new ArrayBuffer(1)), ''],
    ['a promise', { later: Promise.resolve() }, 'later'],
    ['undefined in an array', { list: [1, undefined] }, 'list.1'],
    ['a hole in an array', { list: new Array(1) }, 'list.0'],
    ['half of a surrogate pair', { name: 'a\ud800' }, 'name'],
    ['half of a surrogate pair in a key', { a: { '\udc00': 1 } }, 'a.\udc00'],
    ['the key __proto__', JSON.parse('{"a":{"__proto__":1}}'), 'a.__proto__'],
    ['a bigint that a number holds', { big: 5n }, 'big'],
    ['a bigint of more than 64 bits', { big: 2n ** 63n }, 'big'],
    ['a negative bigint of more than 64 bits', { big: -(2n ** 63n) - 1n }, 'big'],
  ]
  it.each(refused)('must not hold %s', (_, data, path) => {
    let found: unknown
    try {
      storable(data, 'event t')
    } catch (error) {
      found = error
    }
    expect(found).toMatchObject({ code: 'INVALID_VALUE', data: { what: 'event t', path } })
    expect(String(found)).toContain(`event t: "${path}" is`)
  })

  it('must not hold itself', () => {
    const loop: Record<string, unknown> = {}
    loop['again'] = loop
    expect(() => storable(loop, 'event t')).toThrow(/at most 32 deep/)
  })

  it('is at most 32 deep', () => {
    expect(stored(nested(32))).toEqual(nested(32))
    expect(() => storable(nested(33), 'event t')).toThrow(/at most 32 deep/)
  })

  it('takes at most 1 MiB of text and columns', () => {
    const mebibyte = 1024 * 1024
    const data = { text: 'x'.repeat(mebibyte - 4) }
    expect(stored(data)).toEqual(data)
    expect(() => storable({ text: 'x'.repeat(mebibyte) }, 'e')).toThrow(/at most 1 MiB/)
    expect(() => storable({ bytes: new Uint8Array(mebibyte + 1) }, 'e')).toThrow(/at most 1 MiB/)
    const halves = { a: 'x'.repeat(mebibyte / 2), b: new Uint8Array(mebibyte / 2) }
    expect(() => storable(halves, 'e')).toThrow(/at most 1 MiB/)
    expect(() => storable(new Array(mebibyte + 1).fill(null), 'e')).toThrow(/at most 1 MiB/)
  })

  it('keeps names that mean something to JavaScript, and nothing of undefined fields', () => {
    const data = { constructor: 1, toString: { hasOwnProperty: -0 }, valueOf: Float64Array.of(-0) }
    expect(stored({ ...data, gone: undefined })).toEqual(data)
    const bare = Object.assign(Object.create(null), { length: 2 })
    expect(stored(bare)).toEqual({ length: 2 })
  })

  it('keeps every number, also inside of columns at any depth', () => {
    const data = {
      plain: [Number.NaN, -0, 0, Number.POSITIVE_INFINITY, Number.MIN_VALUE, 2 ** 53, -(2 ** 33)],
      big: [2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n],
      deep: [
        { columns: [Float64Array.of(-0, 1.5), Uint32Array.of(2 ** 32 - 1), Uint8Array.of(7)] },
      ],
    }
    expect(stored(data)).toEqual(data)
    expect(stored(-0)).toBe(-0)
    expect(stored(Float64Array.of(-0))).toEqual(Float64Array.of(-0))
  })

  it('keeps text of any kind and length', () => {
    const marks = '\ufeff\u0000\u2028\u202e👩‍👩‍👧é'
    for (const length of [1, 10, 100, 1000, 70_000]) {
      const data = { [marks]: marks.repeat(length), later: `\ufeff${'a'.repeat(length)}` }
      expect(stored(data)).toEqual(data)
    }
  })

  it('comes back as it was, whatever it is', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom(
        'constructor',
        '\ufeff',
        '',
        '0',
        'toJSON',
        'then',
        'hasOwnProperty',
        'length',
      ),
    )
    const leaf = fc.oneof(
      text,
      fc.double(),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
      fc.float64Array({ maxLength: 10 }),
      fc.uint32Array({ maxLength: 10 }),
      fc.uint8Array({ maxLength: 10 }),
    )
    const { data } = fc.letrec((tie) => ({
      data: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('data'), { maxLength: 5 }),
        fc
          .array(fc.tuple(text, tie('data')), { maxLength: 5 })
          .map((pairs) => Object.fromEntries(pairs.filter(([key]) => key !== '__proto__'))),
      ),
    }))
    fc.assert(
      fc.property(data, (value) => {
        expect(stored(value)).toEqual(value)
      }),
      law(0.5),
    )
  })
})

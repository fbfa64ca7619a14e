import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bareJson, type Json, NumberText, parseExactJson, parseJson } from './json.ts'

const law = {
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200),
  ...(process.env['PROPERTY_SEED'] === undefined
    ? {}
    : { seed: Number(process.env['PROPERTY_SEED']) }),
}

/** Numbers as JavaScript has them. */
const plain = (value: Json): unknown => {
  if (value instanceof NumberText) return Number(value.text)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value).map(([key, field]) => [key, plain(field)])
}

describe('exact JSON', () => {
  it('is read as JavaScript reads it, whatever it holds', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(plain(parseExactJson(text))).toEqual(plain(JSON.parse(text)))
      }),
      law,
    )
  })

  it('is refused where JavaScript refuses it', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '"', ',', '}', '\\', '\n', '0', '-'),
        (text, at, sign) => {
          const where = at % (text.length + 1)
          const broken = text.slice(0, where) + sign + text.slice(where + 1)
          let isJson = true
          try {
            JSON.parse(broken)
          } catch {
            isJson = false
          }
          if (isJson) expect(() => parseExactJson(broken)).not.toThrow()
          else expect(() => parseExactJson(broken)).toThrow(SyntaxError)
        },
      ),
      law,
    )
  })

  it('keeps the text of numbers, and knows those that JSON does not', () => {
    const text = '[9.0, 9223372036854775807, NaN, -Infinity, 1e400]'
    const numbers = parseExactJson(text)
    expect(numbers).toEqual(
      ['9.0', '9223372036854775807', 'NaN', '-Infinity', '1e400'].map(
        (number) => new NumberText(number),
      ),
    )
  })

  it('is not read so deep that the stack ends', () => {
    expect(() => parseExactJson('['.repeat(100_000))).toThrow('too deep')
  })

  it('has __proto__ as a key like any other', () => {
    const value = parseExactJson('{"__proto__": {"a": "b"}}')
    expect(plain(value)).toEqual([['__proto__', [['a', 'b']]]])
  })
})

describe('JSON', () => {
  it('is read exactly where a JavaScript number would not tell', () => {
    expect(parseJson('[12345678901234567890]')).toEqual([new NumberText('12345678901234567890')])
    expect(parseJson('{"a":NaN}')).toEqual({ a: new NumberText('NaN') })
    expect(parseJson('[1, 2.5]')).toEqual([1, 2.5])
  })

  it('is written with bare NaN where asked for, and else as JavaScript writes it', () => {
    expect(
      bareJson({ a: [Number.NaN, -0, Number.NEGATIVE_INFINITY], b: undefined, c: 'NaN' }),
    ).toBe('{"a":[NaN,-0.0,-Infinity],"c":"NaN"}')
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        // `as`: a JSON value is one that can be answered.
        const answer = value as Parameters<typeof bareJson>[0]
        expect(JSON.parse(bareJson(answer))).toEqual(value)
      }),
      law,
    )
  })
})

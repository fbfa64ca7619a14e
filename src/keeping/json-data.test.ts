import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyData } from '../../test/keeping/history.ts'
import { law } from '../../test/property.ts'
import { dataOfJson, jsonOf } from './json-data.ts'

const there = (value: unknown): string => JSON.stringify(jsonOf(value))
const back = (text: string): unknown => dataOfJson(JSON.parse(text))

describe('Event data as JSON', () => {
  it('leaves what JSON can say as it is', () => {
    const data = { name: 'a', list: [1, null, true, { x: 0.1 }], '2': 'two' }
    expect(there(data)).toBe(JSON.stringify(data))
  })

  it('has a word for what JSON cannot say', () => {
    expect(jsonOf([Number.NaN, -0, Number.NEGATIVE_INFINITY, 2n ** 60n])).toEqual([
      { $num: 'NaN' },
      { $num: '-0' },
      { $num: '-Infinity' },
      { $int: '1152921504606846976' },
    ])
    expect(jsonOf(Float64Array.of(0.5, 2))).toEqual({ $f64: [0.5, 2] })
    expect(jsonOf(Float64Array.of(-0))).toEqual({ $f64: 'AAAAAAAAAIA=' })
    expect(jsonOf(Uint32Array.of(7, 2 ** 32 - 1))).toEqual({ $u32: [7, 4294967295] })
    expect(jsonOf(Uint8Array.of(0, 1, 2))).toEqual({ $bytes: 'AAEC' })
  })

  it("keeps a user's object that looks like such a word", () => {
    for (const data of [{ $num: 'NaN' }, { $$num: 1 }, { $: {} }, { $num: 1, other: 2 }]) {
      expect(back(there(data))).toEqual(data)
    }
    expect(there({ $num: 'NaN' })).toBe('{"$$num":"NaN"}')
  })

  it('comes back bit for bit, whatever it is', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        expect(back(there(data))).toEqual(data)
      }),
      law(0.5),
    )
  })

  it('keeps the bits of a NaN in a column, and those of long columns', () => {
    const bits = BigUint64Array.of(0x7ff8_0000_0000_0001n, 0xfff0_0000_0000_0002n)
    const column = new Float64Array(bits.buffer)
    const again = back(there(column))
    expect(again).toBeInstanceOf(Float64Array)
    expect(again instanceof Float64Array ? new BigUint64Array(again.buffer) : again).toEqual(bits)
    const long = new Uint8Array(100_000).map((_, at) => at * 7)
    expect(back(there(long))).toEqual(long)
  })

  it.each([
    ['an unknown word', '{"$date":"2024-01-01"}'],
    ['a number that is none', '{"$num":"seven"}'],
    ['an integer that is none', '{"$int":"1.5"}'],
    ['a column of text', '{"$u32":["1"]}'],
    ['doubles that are cut short', '{"$f64":"AAAA"}'],
    ['bytes that are a number', '{"$bytes":7}'],
    ['data nested without end', '['.repeat(5000) + ']'.repeat(5000)],
  ])('is refused with %s', (_, text) => {
    expect(() => back(text)).toThrow(TypeError)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { momentToken, offsetToken, pageOf, readMomentToken, readOffset } from './page-token.ts'

describe('a page token', () => {
  it('gives every item once, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 9 }), (items, limit) => {
        const found: number[] = []
        let token: string | undefined
        do {
          const { page, next } = pageOf(items, { offset: readOffset(token), limit })
          found.push(...page)
          token = next
        } while (token !== undefined)
        expect(found).toEqual(items)
      }),
    )
  })

  it.each([
    ['invalid_token', String.raw`decoded value=b"\x8a{\xda\x96'm\xa2G\xa7"`],
    ['YWJj', "decoded value=b'abc'"],
    ['garbage', 'could not base64-decode'],
    ['bad!!', 'could not base64-decode'],
    ['e30=', 'parsed value={}'],
    ['W10=', 'parsed value=[]'],
    [offsetToken(0), "parsed value={'offset': 0}"],
    [btoa('{"offset": "x"}'), 'not stringable x'],
  ])('that is %j is refused in the words of MLflow', (token, message) => {
    expect(() => readOffset(token)).toThrow(`Invalid page token, ${message}`)
  })

  it('of a moment holds the token that varve gave', () => {
    const token = momentToken(4, 'ours')
    expect(readMomentToken(token)).toBe('ours')
    expect(readOffset(token)).toBe(4)
    expect(readMomentToken('')).toBeUndefined()
    expect(() => readMomentToken(offsetToken(4))).toThrow('another server')
  })
})

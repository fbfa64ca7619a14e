import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { checked, shown } from './check.ts'

const schema = v.object({
  filter: v.optional(v.string()),
  tags: v.optional(v.array(v.tuple([v.string(), v.string()]))),
})
const refusal = (value: unknown): unknown => {
  try {
    return checked(schema, value, 'runs.search')
  } catch (error) {
    return error
  }
}

describe('A value from outside', () => {
  it('is given back when it fits', () => {
    expect(checked(schema, { filter: 'a', tags: [] }, 'runs.search')).toEqual({
      filter: 'a',
      tags: [],
    })
  })

  it.each<[unknown, string, string]>([
    [{ filter: 7 }, 'filter', 'runs.search: "filter" is 7.'],
    [
      {
        tags: [
          ['a', 'b'],
          ['c', null],
        ],
      },
      'tags[1][1]',
      'runs.search: "tags[1][1]" is null.',
    ],
    ['text', '', 'runs.search is "text".'],
    [undefined, '', 'runs.search is undefined.'],
  ])('%j is refused by the path and the value', (value, path, words) => {
    const error = refusal(value)
    expect(error).toMatchObject({ code: 'INVALID_VALUE', data: { what: 'runs.search', path } })
    expect(String(error)).toContain(words)
    expect(String(error)).toContain('Nothing was written; correct the value and call again.')
  })

  it('is shown in one line of at most 80 characters', () => {
    const loop: Record<string, unknown> = {}
    loop['loop'] = loop
    expect(
      [1n, Number.NaN, undefined, () => 1, Symbol('s'), loop, 'x\ny'].map((value) => shown(value)),
    ).toEqual(['1n', 'NaN', 'undefined', 'a function', 'Symbol(s)', '[object Object]', '"x\\ny"'])
    expect(shown('x'.repeat(1000))).toHaveLength(78)
  })
})

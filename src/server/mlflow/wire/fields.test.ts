import { describe, expect, it } from 'vitest'
import {
  double,
  enumOf,
  type Field,
  integer,
  lenientInteger,
  listOf,
  message,
  optional,
  readFields,
  required,
  text,
  withDefault,
} from './fields.ts'
import { isObject, type Json, parseExactJson } from './json.ts'

const body = (json: string) => {
  const value: Json = parseExactJson(json)
  return { kind: 'body', body: isObject(value) ? value : {} } as const
}
const query = (search: string) => ({ kind: 'query', query: new URLSearchParams(search) }) as const

const one = <T>(field: Field<T>, json: string): T =>
  readFields({ x: field }, body(`{"x":${json}}`)).x

describe('a required parameter', () => {
  it.each(['{}', '{"x":null}', '{"x":""}', '{"X":"a"}'])('is missing in %s', (json) => {
    expect(() => readFields({ x: required(text) }, body(json))).toThrow(
      "Missing value for required parameter 'x'. See the API docs for more information about request parameters.",
    )
  })

  it('is there as 0, false or an empty list', () => {
    expect(one(required(integer), '0')).toBe(0)
    expect(one(required(double), 'false')).toBe(0)
    expect(one(required(listOf(text)), '[]')).toEqual([])
  })

  it('may come under its other name, but not in camelCase', () => {
    const fields = { run_id: required(text, 'run_uuid') }
    expect(readFields(fields, body('{"run_uuid":"r"}'))).toEqual({ run_id: 'r' })
    expect(readFields(fields, query('run_uuid=r'))).toEqual({ run_id: 'r' })
    expect(() => readFields(fields, body('{"runId":"r"}'))).toThrow('Missing value')
  })
})

describe('a parameter that may be absent', () => {
  it('may be null, and may come in camelCase in a body alone', () => {
    const fields = { run_name: optional(text), max: withDefault(integer, 7) }
    expect(readFields(fields, body('{"runName":"a","max":null}'))).toEqual({
      run_name: 'a',
      max: 7,
    })
    expect(readFields(fields, query('runName=a'))).toEqual({ run_name: undefined, max: 7 })
  })

  it('is not found on the prototype of objects', () => {
    expect(readFields({ constructor: optional(text) }, body('{}'))).toEqual({
      constructor: undefined,
    })
  })
})

describe('the first parameter that does not fit', () => {
  it('is told, in the order of the endpoint', () => {
    const fields = { a: required(text), b: required(integer) }
    expect(() => readFields(fields, body('{"b":"x"}'))).toThrow("parameter 'a'")
    expect(() => readFields(fields, body('{"b":"x","a":5}'))).toThrow(
      "Invalid value 5 for parameter 'a' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters.",
    )
  })

  it('is told with its place in a list', () => {
    const fields = { points: listOf(message({ key: required(text), at: required(integer) })) }
    const read = (json: string) => readFields({ points: required(fields.points) }, body(json))
    expect(() => read('{"points":[{"key":"a","at":1},{"key":"b"}]}')).toThrow("'points[1].at'")
    expect(() => read('{"points":[{"key":"a","at":"x"}]}')).toThrow("'points[0].at'")
    expect(() => read('{"points":["x"]}')).toThrow("'points[0]'")
    expect(() => read('{"points":{"key":"a"}}')).toThrow(`Invalid value {"key":"a"} for`)
  })
})

describe('an integer', () => {
  it.each([
    ['5', 5],
    ['"5"', 5],
    ['5.0', 5],
    ['"1e2"', 100],
    ['-3', -3],
    ['9007199254740991', 9_007_199_254_740_991],
  ])('is read from %s', (json, value) => {
    expect(one(required(integer), json)).toBe(value)
  })

  it.each([
    '5.5',
    'true',
    '" 5"',
    '"x"',
    '9007199254740993',
    '"9223372036854775807"',
    '[1]',
    'NaN',
  ])('is not read from %s, and never rounded', (json) => {
    expect(() => one(required(integer), json)).toThrow('Invalid value')
  })

  it('of 32 bits may be nonsense, which is not looked at', () => {
    const field = optional(lenientInteger)
    expect(readFields({ n: field }, query('n=4')).n).toBe(4)
    expect(readFields({ n: field }, query('n=x')).n).toBeUndefined()
    expect(readFields({ n: field }, query('n=2147483648')).n).toBeUndefined()
  })
})

describe('a double', () => {
  it.each([
    ['"NaN"', Number.NaN],
    ['NaN', Number.NaN],
    ['"-Infinity"', Number.NEGATIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['"inf"', Number.POSITIVE_INFINITY],
    ['1e400', Number.POSITIVE_INFINITY],
    ['"-0"', -0],
    ['-0.0', -0],
    ['" 7"', 7],
    ['true', 1],
    ['1.7976931348623157e308', Number.MAX_VALUE],
  ])('is read from %s', (json, value) => {
    expect(one(required(double), json)).toBe(value)
  })

  it.each(['"nan"', '"foo"', '[1]', '{}'])('is not read from %s', (json) => {
    expect(() => one(required(double), json)).toThrow('Invalid value')
  })
})

describe('a name out of a list', () => {
  const status = { RUNNING: 1, FINISHED: 3 } as const

  it('is read by name or number, and nothing for another name', () => {
    const field = optional(enumOf(status, { checked: true }))
    expect(['"FINISHED"', '3', '"3"', '"finished"', '""'].map((json) => one(field, json))).toEqual([
      'FINISHED',
      'FINISHED',
      'FINISHED',
      undefined,
      undefined,
    ])
    expect(() => one(field, '99')).toThrow('Invalid value 99')
    expect(one(optional(enumOf(status)), '99')).toBeUndefined()
  })
})

describe('a query', () => {
  it('gives lists by repetition, one value too', () => {
    const fields = { ids: withDefault(listOf(text), []), key: required(text) }
    expect(readFields(fields, query('ids=a&key=k&ids=b'))).toEqual({ ids: ['a', 'b'], key: 'k' })
    expect(readFields(fields, query('ids=a&key=k')).ids).toEqual(['a'])
    expect(() => readFields(fields, query('key='))).toThrow('Missing value')
  })
})

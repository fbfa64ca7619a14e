import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../../../kernel/errors.ts'
import { runFilter, runOrder } from './run-filter.ts'

const law = {
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200),
  ...(process.env['PROPERTY_SEED'] === undefined
    ? {}
    : { seed: Number(process.env['PROPERTY_SEED']) }),
}

describe('a filter about runs', () => {
  it.each([
    ['', ''],
    ["tags.t = 'x' and AND metrics.m>=-1.5e-3", "tags.t = 'x' and metrics.m >= -0.0015"],
    ["`Run name` LIKE 'a%'", "run_name like 'a%'"],
    ['attr.Created < 5', 'start_time < 5'],
    ['params.`a b` != "it\'s"', 'params.`a b` != "it\'s"'],
    ["run_id NOT IN ('a', 'b',)", "run_id not in ('a', 'b')"],
    ['tags.k is not null', 'tags.k is not null'],
    ["datasets.context IN ('x')", "datasets.context in ('x')"],
    ['metrics.`a@max` > 1e400', 'metrics.`a@max` > 1e999'],
    ["params.p = 'a AND b'", "params.p = 'a AND b'"],
  ])('%j is, in the grammar of varve, %j', (filter, expected) => {
    expect(runFilter(filter)).toBe(expected)
  })

  it.each([
    ["tags.t = 'x' OR status = 'y'", "Invalid clause(s) in filter string: 'OR'"],
    ["tags.t='x';tags.t='y'", 'Search filter contained multiple expression'],
    ['metrics.m > 0 -- all', "Invalid clause(s) in filter string: '-- all'"],
    ['metrics.a-b > 0', "Expected 'Identifier' found 'metrics.a-b'"],
    ["run_id LIKE ('a')", "Invalid comparator 'LIKE'"],
  ])('%j is refused', (filter, message) => {
    expect(() => runFilter(filter)).toThrow(message)
  })

  it('is understood or refused, whatever it is', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'tags.',
        'metrics.m',
        "'a'",
        '"',
        '`',
        '(',
        ')',
        ' AND ',
        ' IN ',
        '=',
        '>',
        ';',
        '--',
        ' ',
      ),
      fc.string({ maxLength: 3 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          expect(typeof runFilter(pieces.join(''))).toBe('string')
        } catch (error) {
          expect(codeOf(error)).toBe('INVALID_PARAMETER_VALUE')
        }
      }),
      law,
    )
  })

  it('takes linear time for a long text', () => {
    for (const part of ["'", '(', 'a.', '`', '--', 'a-', "''"]) {
      expect(() => runFilter(part.repeat(20_000))).toThrow('Invalid')
    }
  })
})

describe('an order of runs', () => {
  it('is read by element', () => {
    expect(runOrder(['metrics.`m x` DESC', 'created', 'params.p asc'])).toEqual([
      'metrics.`m x` desc',
      'start_time asc',
      'params.p asc',
    ])
  })

  it.each([
    [['a, b'], 'Could not be parsed'],
    [['dataset.name'], "Invalid identifier type 'dataset'"],
    [['status down'], "Invalid ordering key in order_by clause 'status down'."],
    [['start_time', 'Created'], "contains duplicate fields: ['start_time', 'Created']"],
  ])('%j is refused', (order, message) => {
    expect(() => runOrder(order)).toThrow(message)
  })
})

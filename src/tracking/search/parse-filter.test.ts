import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, DomainError } from '../../kernel/errors.ts'
import {
  aggregates,
  datasetKeys,
  type Field,
  type Filter,
  numberAttributes,
  numberOperators,
  textAttributes,
  textOperators,
} from './filter.ts'
import { parseFilter } from './parse-filter.ts'
import { parseOrder } from './parse-order.ts'
import { fieldText, filterText } from './print.ts'

const law = {
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200),
  ...(process.env['PROPERTY_SEED'] === undefined
    ? {}
    : { seed: Number(process.env['PROPERTY_SEED']) }),
}

/** The filter without its spans, which depend on spacing. */
const bare = (filter: Filter): unknown =>
  JSON.parse(
    JSON.stringify(filter, (name, value: unknown) => (name === 'span' ? undefined : value)),
  )

const read = (text: string): unknown => bare(parseFilter(text))

const errorOf = (parse: () => unknown): DomainError => {
  try {
    parse()
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
  throw new Error('It was accepted.')
}

const metric = (key: string, aggregate = 'last') => ({ kind: 'metric', key, aggregate })

describe('parseFilter', () => {
  it.each([
    ['metrics.auc > 0.9', { kind: 'number', field: metric('auc'), operator: '>', value: 0.9 }],
    [
      'metric.a.b<=-1.5e-3',
      { kind: 'number', field: metric('a.b'), operator: '<=', value: -0.0015 },
    ],
    ['metrics.x != .5', { kind: 'number', field: metric('x'), operator: '!=', value: 0.5 }],
    ['metrics.x = 1.', { kind: 'number', field: metric('x'), operator: '=', value: 1 }],
    [
      'metrics.auc@MAX >= 1',
      { kind: 'number', field: metric('auc', 'max'), operator: '>=', value: 1 },
    ],
    [
      'metrics.`a b@c`@min < 1',
      { kind: 'number', field: metric('a b@c', 'min'), operator: '<', value: 1 },
    ],
    ['metrics."a/b" < 1', { kind: 'number', field: metric('a/b'), operator: '<', value: 1 }],
    ["metrics.'a-b' < 1", { kind: 'number', field: metric('a-b'), operator: '<', value: 1 }],
    [
      "params.m = 'x'",
      { kind: 'text', field: { kind: 'param', key: 'm' }, operator: '=', value: 'x' },
    ],
    [
      'parameter.m LIKE "%x"',
      { kind: 'text', field: { kind: 'param', key: 'm' }, operator: 'like', value: '%x' },
    ],
    [
      "tag.größe iLike 'x'",
      { kind: 'text', field: { kind: 'tag', key: 'größe' }, operator: 'ilike', value: 'x' },
    ],
    [
      "tags.t = 'it''s'",
      { kind: 'text', field: { kind: 'tag', key: 't' }, operator: '=', value: "it''s" },
    ],
    [
      "params.m in ('a', 'b',)",
      { kind: 'in', field: { kind: 'param', key: 'm' }, negated: false, values: ['a', 'b'] },
    ],
    [
      "params.m in ('a', ')')",
      { kind: 'in', field: { kind: 'param', key: 'm' }, negated: false, values: ['a', ')'] },
    ],
    [
      "run_id NOT IN ('a')",
      {
        kind: 'in',
        field: { kind: 'text-attribute', name: 'run_id' },
        negated: true,
        values: ['a'],
      },
    ],
    ['metrics.m is null', { kind: 'null', field: metric('m'), negated: false }],
    ['tags.t IS NOT NULL', { kind: 'null', field: { kind: 'tag', key: 't' }, negated: true }],
    [
      "`run name` = 'x'",
      {
        kind: 'text',
        field: { kind: 'text-attribute', name: 'run_name' },
        operator: '=',
        value: 'x',
      },
    ],
    [
      "attr.status = 'FAILED'",
      {
        kind: 'text',
        field: { kind: 'text-attribute', name: 'status' },
        operator: '=',
        value: 'FAILED',
      },
    ],
    [
      'run.Created > 5',
      {
        kind: 'number',
        field: { kind: 'number-attribute', name: 'start_time' },
        operator: '>',
        value: 5,
      },
    ],
    [
      "dataset.context = 'train'",
      { kind: 'text', field: { kind: 'dataset', key: 'context' }, operator: '=', value: 'train' },
    ],
  ])('reads %s', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it('binds not closer than and, and closer than or', () => {
    const x = (n: number) => ({ kind: 'number', field: metric('x'), operator: '=', value: n })
    expect(read('metrics.x = 1 or metrics.x = 2 AND NOT metrics.x = 3')).toEqual({
      kind: 'or',
      terms: [x(1), { kind: 'and', terms: [x(2), { kind: 'not', term: x(3) }] }],
    })
    expect(read('(metrics.x = 1 or metrics.x = 2) and metrics.x = 3')).toEqual({
      kind: 'and',
      terms: [{ kind: 'or', terms: [x(1), x(2)] }, x(3)],
    })
  })

  it('lets stray ands pass, and the empty text stands for every run', () => {
    expect(read('and metrics.x = 1 AND and metrics.x = 2 and')).toEqual(
      read('metrics.x = 1 and metrics.x = 2'),
    )
    expect(read('')).toEqual({ kind: 'and', terms: [] })
  })

  it('keeps where each condition stands', () => {
    const filter = parseFilter("metrics.x = 1 and  tags.t = 'y'")
    const spans = filter.kind === 'and' ? filter.terms.map((term) => term.span) : []
    expect(spans).toEqual([
      { start: 0, end: 13 },
      { start: 19, end: 31 },
    ])
  })

  it.each<[text: string, at: number, expected: string, message: string]>([
    [
      "metrics.auc > 'x'",
      14,
      'a number',
      'Write the number without quotes: metrics.auc holds numbers.',
    ],
    ['metrics.auc >', 13, 'a number', 'found the end'],
    ['metrics.auc == 1', 12, 'one of = != < <= > >= or is null', 'Equality is one =.'],
    ['metrics.auc <> 1', 12, 'one of = != < <= > >= or is null', 'Inequality is !=.'],
    ["metrics.auc like 'x'", 12, 'one of = != < <= > >= or is null', 'not matched by like'],
    ['metrics.a-b > 1', 9, 'one of = != < <= > >= or is null', 'is quoted'],
    ['metrics.a/b > 1', 9, 'one of = != < <= > >= or is null', 'is quoted'],
    [
      'metrics.auc@mex > 1',
      11,
      '"@last", "@min", "@max", "@first", "@count" or "@step"',
      'Did you mean "max"?',
    ],
    [
      'metrics.auc@p99x > 1',
      11,
      '"@last", "@min", "@max", "@first", "@count" or "@step"',
      'metrics.`auc@p99x`',
    ],
    ["params.a@max = 'x'", 8, 'no "@": only metrics have aggregates', '`a@max`'],
    ['metrics. x > 1', 8, 'a key right after the dot', 'metrics.key'],
    ['metrics.', 8, 'a key right after the dot', 'found the end'],
    [
      'metrcs.auc > 1',
      0,
      '"metrics", "params", "tags", "datasets" or "attributes"',
      'Did you mean "metrics"?',
    ],
    ["stattus = 'x'", 0, 'an attribute', 'Did you mean "status"?'],
    ["modelname = 'x'", 0, 'an attribute', 'params.model'],
    ["dataset.nam = 'x'", 8, '"name", "digest" or "context"', 'Did you mean "name"?'],
    ['datasets.name is null', 14, 'a comparison', 'can be null'],
    ['params.model = x', 15, 'a text in quotes', "Write 'x'."],
    ['params.model = 8', 15, 'a text in quotes', "Write '8'."],
    ["params.model > 'a'", 13, 'one of = != like ilike in or is null', 'has no greater or less'],
    ["params.model = 'a", 15, "a closing '", 'Close the quote.'],
    ["params.model not like 'a'", 17, 'in', 'not (…)'],
    ["params.model in 'a'", 16, "a list such as ('a', 'b')", "found 'a'"],
    ['params.model in ()', 17, 'a text in quotes', 'found )'],
    ["params.model in ('a' 'b')", 21, 'a comma or a closing parenthesis', "found 'b'"],
    ['params.model is nil', 16, 'null or not null', 'found nil'],
    ['params.model is not x', 20, 'null', 'found x'],
    ["(status = 'x'", 13, 'and, or, or a closing parenthesis', 'found the end'],
    ["status = 'x')", 12, 'and, or, or the end', 'never opened'],
    ["status = 'x'; status = 'y'", 12, 'and, or, or the end', 'join conditions with and'],
    ["'a' = params.x", 0, 'a field', 'params.`a`'],
    ['5 < metrics.x', 0, 'a field', 'The field comes first'],
    [' ', 1, 'a field', 'found the end'],
    ['and', 3, 'a field', 'found the end'],
    ["status = 'x' or", 15, 'a field', 'found the end'],
    ['metrics.x > +1', 12, 'a number', 'found +'],
    ['metrics.x > 1 -- why', 14, 'and, or, or the end', 'found -'],
  ])('refuses %s at %i', (...[text, at, expected, message]) => {
    const error = errorOf(() => parseFilter(text))
    expect(error.code).toBe('FILTER_SYNTAX')
    expect(error.data).toMatchObject({ filter: text, at })
    expect(error.data['expected']).toContain(expected)
    expect(error.message).toContain(message)
  })

  it('points at the place, on the line where it is', () => {
    const error = errorOf(() => parseFilter('metrics.auc > 0.9\n  and params.model = x'))
    expect(error.message).toBe(
      [
        "The filter cannot be read at position 39 (line 2, column 22): expected a text in quotes, found x. Write 'x'.",
        '    and params.model = x',
        '                       ^',
      ].join('\n'),
    )
    expect(error.data).toEqual({
      filter: 'metrics.auc > 0.9\n  and params.model = x',
      at: 39,
      expected: 'a text in quotes',
      found: 'x',
    })
  })

  it('refuses what is nested too deep, and reads what is long', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}metrics.x > 1${')'.repeat(depth)}`
    expect(read(nested(100))).toEqual(read('metrics.x > 1'))
    expect(errorOf(() => parseFilter(nested(101))).message).toContain('at most 100 levels')
    expect(errorOf(() => parseFilter('not '.repeat(5000))).message).toContain('at most 100 levels')
    const long = parseFilter(Array(5000).fill('metrics.x > 1').join(' or '))
    expect(long.kind === 'or' && long.terms.length).toBe(5000)
  })

  it('throws nothing but a syntax error, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'metrics.',
        'params.a',
        '@max',
        '(',
        ')',
        'not',
        'and',
        'or',
        'in',
        ' ',
        "'",
        '"',
        '`',
        '=',
        '1',
        '<',
        'is null',
        '\n',
      ),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('')
        try {
          parseFilter(text)
        } catch (error) {
          expect(codeOf(error)).toBe('FILTER_SYNTAX')
        }
      }),
      law,
    )
  })
})

const span = { start: 0, end: 0 }
const hostile = fc.constantFrom(
  '__proto__',
  'constructor',
  '🦉',
  'a\0b',
  'x/y',
  'a b',
  '\u202eabc',
  "it''s",
  'a"b',
  '@',
  'a@max',
  '.',
  'and',
)
const printableValue = fc
  .oneof(hostile, fc.string(), fc.string({ unit: 'binary' }))
  .filter((text) => !(text.includes("'") && text.includes('"')))
const printableKey = printableValue.filter((text) => text !== '' && !text.includes('`'))
const numberField = fc.oneof(
  fc.record({
    kind: fc.constant('metric' as const),
    key: printableKey,
    aggregate: fc.constantFrom(...aggregates),
  }),
  fc.record({
    kind: fc.constant('number-attribute' as const),
    name: fc.constantFrom(...numberAttributes),
  }),
)
const textField = fc.oneof(
  fc.record({ kind: fc.constantFrom('param' as const, 'tag' as const), key: printableKey }),
  fc.record({
    kind: fc.constant('text-attribute' as const),
    name: fc.constantFrom(...textAttributes),
  }),
)
const datasetField = fc.record({
  kind: fc.constant('dataset' as const),
  key: fc.constantFrom(...datasetKeys),
})
const anyText = fc.oneof(textField, datasetField)
const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({
    kind: fc.constant('number' as const),
    field: numberField,
    operator: fc.constantFrom(...numberOperators),
    value: fc.double({ noNaN: true }),
    span: fc.constant(span),
  }),
  fc.record({
    kind: fc.constant('text' as const),
    field: anyText,
    operator: fc.constantFrom(...textOperators),
    value: printableValue,
    span: fc.constant(span),
  }),
  fc.record({
    kind: fc.constant('in' as const),
    field: anyText,
    negated: fc.boolean(),
    values: fc.array(printableValue, { minLength: 1, maxLength: 3 }),
    span: fc.constant(span),
  }),
  fc.record({
    kind: fc.constant('null' as const),
    field: fc.oneof(numberField, textField),
    negated: fc.boolean(),
    span: fc.constant(span),
  }),
)
const anyFilter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      terms: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
      span: fc.constant(span),
    }),
    fc.record({ kind: fc.constant('not' as const), term: tie('filter'), span: fc.constant(span) }),
  ),
})).filter

describe('filterText', () => {
  it('writes what parseFilter reads as the same filter', () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        expect(bare(parseFilter(filterText(filter)))).toEqual(bare(filter))
      }),
      law,
    )
  })

  it('refuses a text that no quotes can hold', () => {
    const field: Field = { kind: 'param', key: 'a' }
    const filter: Filter = { kind: 'text', field, operator: '=', value: `'"`, span }
    expect(() => filterText(filter)).toThrow(TypeError)
  })
})

describe('parseOrder', () => {
  it('reads fields with a direction in any case, ascending unless said', () => {
    const orders = parseOrder(['metrics.auc@max DESC', 'params.`a b`', 'created asc', 'tags.x'])
    expect(orders.map(({ field, descending }) => [fieldText(field), descending])).toEqual([
      ['metrics.auc@max', true],
      ['params.`a b`', false],
      ['start_time', false],
      ['tags.x', false],
    ])
  })

  it.each<[order: string, at: number, expected: string]>([
    ['metrics.m foo', 10, 'asc, desc or the end'],
    ['metrics.m desc asc', 15, 'the end'],
    ['', 0, 'a field'],
    ['desc', 0, 'an attribute'],
    ['datasets.name', 0, 'a metric, a param, a tag or an attribute'],
    ['statu', 0, 'an attribute'],
  ])('refuses %j', (order, at, expected) => {
    const error = errorOf(() => parseOrder([order]))
    expect(error.code).toBe('ORDER_SYNTAX')
    expect(error.data).toMatchObject({ order, at })
    expect(error.data['expected']).toContain(expected)
  })

  it('refuses a field that comes twice, under whatever name', () => {
    const error = errorOf(() => parseOrder(['created', 'attributes.start_time desc']))
    expect(error.code).toBe('ORDER_SYNTAX')
    expect(error.message).toContain('start_time twice')
    expect(parseOrder(['metrics.m', 'metrics.m@max'])).toHaveLength(2)
  })
})

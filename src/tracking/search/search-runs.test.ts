import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runStatuses } from '../events.ts'
import type { RunRecord } from '../run.ts'
import { runTableHandlers } from '../run-table/run-table.fold.ts'
import { RunTable } from '../run-table/run-table.ts'
import type { Filter, OrderBy, OrderField } from './filter.ts'
import { parseFilter } from './parse-filter.ts'
import { parseOrder } from './parse-order.ts'
import { filterText } from './print.ts'
import { type CompiledQuery, searchRuns } from './search-runs.ts'

const law = {
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200),
  ...(process.env['PROPERTY_SEED'] === undefined
    ? {}
    : { seed: Number(process.env['PROPERTY_SEED']) }),
}

interface RunSpec {
  readonly id: string
  readonly name: string
  readonly experiment: string
  readonly status: (typeof runStatuses)[number]
  readonly startTime: number | null
  readonly endTime: number | null
  readonly deleted: boolean
  readonly parent: string | undefined
  readonly artifactLocation: string | undefined
  readonly params: readonly [string, string][]
  readonly tags: readonly [string, string][]
  readonly points: readonly (readonly [string, number])[]
  readonly datasets: readonly { readonly name: string; readonly context: string | undefined }[]
}

const aRun = (over: Partial<RunSpec> & { readonly id: string }): RunSpec => ({
  name: 'owl',
  experiment: '1',
  status: 'FINISHED',
  startTime: 0,
  endTime: null,
  deleted: false,
  parent: undefined,
  artifactLocation: undefined,
  params: [],
  tags: [],
  points: [],
  datasets: [],
  ...over,
})

const addRun = (table: RunTable, spec: RunSpec): void => {
  const event = {
    position: table.size,
    stream: `run:${spec.id}`,
    revision: 0,
    schema: 1,
    recordedAt: 0,
    actor: 'ada',
  }
  const { id, name, experiment, status, startTime, endTime, parent, artifactLocation, points } =
    spec
  runTableHandlers['run.started'](table, {
    ...event,
    type: 'run.started',
    data: {
      id,
      name,
      experiment,
      status,
      startTime,
      user: 'ada',
      params: [...spec.params],
      tags: [...spec.tags],
      ...(parent === undefined ? {} : { parent }),
      ...(artifactLocation === undefined ? {} : { artifactLocation }),
    },
  })
  runTableHandlers['run.updated'](table, { ...event, type: 'run.updated', data: { endTime } })
  const keys = [...new Set(points.map(([key]) => key))]
  runTableHandlers['run.metrics-logged'](table, {
    ...event,
    type: 'run.metrics-logged',
    data: {
      keys,
      key: Uint32Array.from(points, ([key]) => keys.indexOf(key)),
      value: Float64Array.from(points, ([, value]) => value),
      step: Float64Array.from(points, (_, index) => index),
      timestamp: new Float64Array(points.length),
    },
  })
  runTableHandlers['run.inputs-logged'](table, {
    ...event,
    type: 'run.inputs-logged',
    data: {
      datasets: spec.datasets.map((dataset) => ({
        name: dataset.name,
        digest: `d-${dataset.name}`,
        sourceType: 'local',
        source: '',
        tags: dataset.context === undefined ? [] : [['mlflow.data.context', dataset.context]],
      })),
      models: [],
    },
  })
  if (spec.deleted)
    runTableHandlers['run.deleted'](table, { ...event, type: 'run.deleted', data: {} })
}

const tableOf = (specs: readonly RunSpec[]): RunTable => {
  const table = new RunTable()
  for (const spec of specs) addRun(table, spec)
  return table
}

/** Experiment 9 is deleted. */
const experiment = (id: string) => ({ name: `experiment ${id}`, deleted: id === '9' })

const queryOf = (over: Partial<CompiledQuery> = {}): CompiledQuery => ({
  orderBy: [],
  lifecycle: 'active',
  offset: 0,
  limit: 100,
  experiment,
  ...over,
})

const idsOf = ({ hits }: ReturnType<typeof searchRuns>): readonly string[] =>
  hits.map(({ table, row }) => table.idOf(row))

const find = (specs: readonly RunSpec[], filter: string, orderBy: readonly string[] = ['run_id']) =>
  idsOf(
    searchRuns(
      [{ table: tableOf(specs) }],
      queryOf({ filter: parseFilter(filter), orderBy: parseOrder(orderBy) }),
    ),
  ).join(' ')

describe('searchRuns', () => {
  const runs = [
    aRun({
      id: 'a',
      params: [['model', 'x']],
      points: [
        ['auc', 0.5],
        ['auc', 0.9],
      ],
      startTime: 5,
      endTime: 9,
    }),
    aRun({
      id: 'b',
      params: [['model', 'Xy']],
      points: [['auc', Number.NaN]],
      tags: [['team', 'growth']],
    }),
    aRun({
      id: 'c',
      points: [['auc', 0.7]],
      status: 'FAILED',
      parent: 'a',
      datasets: [{ name: 'train', context: 'training' }],
    }),
    aRun({ id: 'd', params: [['model', 'x']], experiment: '2', name: 'kite' }),
    aRun({ id: 'e', deleted: true }),
    aRun({ id: 'f', experiment: '9' }),
  ]

  it.each([
    ['metrics.auc > 0.6', 'a c'],
    ['metrics.auc@min < 0.6', 'a'],
    ['metrics.auc@first = 0.5', 'a'],
    ['metrics.auc@count = 2', 'a'],
    ['metrics.auc@step = 1', 'a'],
    ['metrics.auc != 0.9', 'b c'],
    ['not metrics.auc > 0.6', 'b d'],
    ['metrics.auc is null', 'd'],
    ["params.model = 'x'", 'a d'],
    ["params.model != 'x'", 'b'],
    ["params.model not in ('x')", 'b'],
    ["not (params.model = 'x')", 'b c'],
    ["params.model ilike 'x%' and metrics.auc > 0", 'a'],
    ["params.model = 'x' or tags.team = 'growth'", 'a b d'],
    ['tags.team is not null', 'b'],
    ["params.nobody = 'x'", ''],
    ["status = 'FAILED'", 'c'],
    ["status like 'FIN%'", 'a b d'],
    ["experiment = 'experiment 2'", 'd'],
    ["experiment_id in ('2', '3')", 'd'],
    ["run_name = 'kite'", 'd'],
    ['parent_run_id is null', 'a b d'],
    ["parent_run_id = 'a'", 'c'],
    ['duration = 4', 'a'],
    ['end_time is not null and start_time >= 5', 'a'],
    ["datasets.name = 'train' and datasets.context != 'test'", 'c'],
    ["datasets.digest like 'd-%'", 'c'],
    ["lifecycle = 'deleted'", ''],
    ['', 'a b c d'],
  ])('finds for %s: %s', (filter, expected) => {
    expect(find(runs, filter)).toBe(expected)
  })

  it('counts the runs of a deleted experiment as deleted', () => {
    const table = tableOf(runs)
    const ids = (lifecycle: CompiledQuery['lifecycle']) =>
      idsOf(searchRuns([{ table }], queryOf({ lifecycle, orderBy: parseOrder(['run_id']) }))).join(
        ' ',
      )
    expect(ids('deleted')).toBe('e f')
    expect(ids('all')).toBe('a b c d e f')
  })

  it('orders numbers, then NaN, then runs without the metric, in both directions', () => {
    expect(find(runs, '', ['metrics.auc'])).toBe('c a b d')
    expect(find(runs, '', ['metrics.auc desc'])).toBe('a c b d')
  })

  it('orders by the latest start, then by id, where nothing else decides', () => {
    const times = [
      aRun({ id: 'b', startTime: 1 }),
      aRun({ id: 'a', startTime: 1 }),
      aRun({ id: 'c', startTime: 2 }),
      aRun({ id: 'd', startTime: null }),
    ]
    expect(find(times, '', [])).toBe('c a b d')
    expect(find(times, '', ['start_time'])).toBe('a b c d')
  })

  it('orders text by code points', () => {
    const texts = ['Z', 'a', '\ufffd', '🦉'].map((value) =>
      aRun({ id: value, params: [['p', value]] }),
    )
    expect(find(texts.toReversed(), '', ['params.p'])).toBe('Z a \ufffd 🦉')
  })

  it('looks in the experiments asked for, and at visible rows only', () => {
    const table = tableOf(runs)
    const where = { experiments: new Set(['1']), orderBy: parseOrder(['run_id']) }
    expect(idsOf(searchRuns([{ table, visible: (row) => row !== 1 }], queryOf(where)))).toEqual([
      'a',
      'c',
    ])
  })

  it('says whether more runs follow', () => {
    const table = tableOf(runs)
    const page = (offset: number, limit: number) => {
      const found = searchRuns(
        [{ table }],
        queryOf({ offset, limit, orderBy: parseOrder(['run_id']) }),
      )
      return [...idsOf(found), found.more]
    }
    expect(page(0, 3)).toEqual(['a', 'b', 'c', true])
    expect(page(3, 3)).toEqual(['d', false])
    expect(page(0, 4)).toEqual(['a', 'b', 'c', 'd', false])
    expect(page(9, 3)).toEqual([false])
    expect(page(0, 0)).toEqual([true])
  })

  it('takes the name and the tag mlflow.runName for one value', () => {
    const named = [aRun({ id: 'a', tags: [['mlflow.runName', 'rook']] }), aRun({ id: 'b' })]
    expect(find(named, "run_name = 'rook' and tags.mlflow.runName = 'rook'")).toBe('a')
    expect(find(named, 'tags.mlflow.runName is null')).toBe('b')
    expect(
      find([aRun({ id: 'a', params: [['mlflow.runName', 'p']] })], "params.mlflow.runName = 'p'"),
    ).toBe('a')
  })
})

// The oracle: filter, order and page over plain records, condition by condition.

const fieldOf = (run: RunRecord, field: OrderField): number | string | undefined => {
  switch (field.kind) {
    case 'metric':
      return run.metrics[field.key]?.[field.aggregate]
    case 'param':
      return run.params[field.key]
    case 'tag':
      return run.tags[field.key]
    default:
      return attributesOf(run).get(field.name) ?? undefined
  }
}

const attributesOf = (run: RunRecord) =>
  new Map<string, string | number | null | undefined>([
    ['run_id', run.id],
    ['run_name', run.name],
    ['status', run.status],
    ['user_id', run.user],
    ['artifact_uri', run.artifactLocation],
    ['experiment', run.experiment],
    ['experiment_id', run.experimentId],
    ['parent_run_id', run.parent],
    ['lifecycle', run.lifecycle],
    ['start_time', run.startTime],
    ['end_time', run.endTime],
    [
      'duration',
      run.startTime === null || run.endTime === null ? null : run.endTime - run.startTime,
    ],
  ])

const likeLetter = (letter: string): string => {
  if (letter === '%') return '[^]*'
  return letter === '_' ? '[^]' : letter.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}

const likeOf = (pattern: string, flags: string): RegExp =>
  new RegExp(`^${[...pattern].map(likeLetter).join('')}$`, `u${flags}`)

const meetsText = (value: string, filter: Extract<Filter, { kind: 'text' | 'in' }>): boolean => {
  if (filter.kind === 'in') return filter.values.includes(value) !== filter.negated
  if (filter.operator === '=') return value === filter.value
  if (filter.operator === '!=') return value !== filter.value
  return likeOf(filter.value, filter.operator === 'like' ? '' : 'i').test(value)
}

const meetsNumber = (
  value: number,
  { operator, value: wanted }: Extract<Filter, { kind: 'number' }>,
): boolean =>
  ({
    '=': value === wanted,
    '!=': value !== wanted,
    '<': value < wanted,
    '<=': value <= wanted,
    '>': value > wanted,
    '>=': value >= wanted,
  })[operator]

const meets = (run: RunRecord, filter: Filter): boolean => {
  switch (filter.kind) {
    case 'and':
      return filter.terms.every((term) => meets(run, term))
    case 'or':
      return filter.terms.some((term) => meets(run, term))
    case 'not':
      return !meets(run, filter.term)
    case 'null':
      return (fieldOf(run, filter.field) === undefined) !== filter.negated
    case 'number': {
      const value = fieldOf(run, filter.field)
      return typeof value === 'number' && meetsNumber(value, filter)
    }
    default:
      return textsOf(run, filter.field).some((value) => meetsText(value, filter))
  }
}

const textsOf = (
  run: RunRecord,
  field: Extract<Filter, { kind: 'text' }>['field'],
): readonly string[] => {
  if (field.kind !== 'dataset')
    return [fieldOf(run, field)].filter((value) => typeof value === 'string')
  const { key } = field
  return run.inputs
    .map((input) =>
      key === 'context'
        ? input.tags.find(([tag]) => tag === 'mlflow.data.context')?.[1]
        : input[key],
    )
    .filter((value) => value !== undefined)
}

const rankOf = (value: number | string | undefined): number =>
  value === undefined ? 2 : Number(Number.isNaN(value))

const compareValues = (x: number | string | undefined, y: number | string | undefined): number =>
  typeof x === 'number' && typeof y === 'number'
    ? Number(x > y) - Number(x < y)
    : Buffer.compare(Buffer.from(String(x)), Buffer.from(String(y)))

const compareRecords = (orders: readonly OrderBy[]) => (a: RunRecord, b: RunRecord) => {
  for (const { field, descending } of orders) {
    const order = compareField(fieldOf(a, field), fieldOf(b, field))
    if (order !== 0)
      return rankOf(fieldOf(a, field)) === rankOf(fieldOf(b, field)) && descending ? -order : order
  }
  return 0
}

const compareField = (x: number | string | undefined, y: number | string | undefined): number => {
  const ranks = rankOf(x) - rankOf(y)
  return ranks !== 0 || rankOf(x) > 0 ? ranks : compareValues(x, y)
}

const hostileKeys = ['k', '__proto__', 'constructor', 'a b', '🦉', 'mlflow.runName']
const hostileValues = ['', 'x', 'X', 'xy', 'a%', '__proto__', '🦉', '\ufffd', 'line\nbreak']
const numbers = [Number.NaN, 0, -0, 1, 2.5, -1, Number.POSITIVE_INFINITY]
const aKey = fc.constantFrom(...hostileKeys)
const aValue = fc.constantFrom(...hostileValues)
const pairs = fc.uniqueArray(fc.tuple(aKey, aValue), { maxLength: 4, selector: ([name]) => name })
const time = fc.option(fc.integer({ min: 0, max: 3 }))
const maybe = fc.option(aValue, { nil: undefined })
const aSpec = fc.record({
  name: aValue,
  experiment: fc.constantFrom('1', '2', '9'),
  status: fc.constantFrom(...runStatuses),
  startTime: time,
  endTime: time,
  deleted: fc.boolean(),
  parent: maybe,
  artifactLocation: maybe,
  params: pairs,
  tags: pairs,
  points: fc.array(fc.tuple(aKey, fc.constantFrom(...numbers)), { maxLength: 5 }),
  datasets: fc.array(fc.record({ name: aValue, context: maybe }), { maxLength: 2 }),
})
const someRuns = fc
  .array(aSpec, { maxLength: 40 })
  .map((list) => list.map((spec, index) => aRun({ ...spec, id: `${(index * 7) % 40}` })))

const numberField = fc.oneof(
  fc.record({
    kind: fc.constant('metric' as const),
    key: aKey,
    aggregate: fc.constantFrom(
      'last' as const,
      'min' as const,
      'max' as const,
      'first' as const,
      'count' as const,
      'step' as const,
    ),
  }),
  fc.record({
    kind: fc.constant('number-attribute' as const),
    name: fc.constantFrom('start_time' as const, 'end_time' as const, 'duration' as const),
  }),
)
const textField = fc.oneof(
  fc.record({ kind: fc.constantFrom('param' as const, 'tag' as const), key: aKey }),
  fc.record({
    kind: fc.constant('text-attribute' as const),
    name: fc.constantFrom(
      'run_id' as const,
      'run_name' as const,
      'status' as const,
      'user_id' as const,
      'artifact_uri' as const,
      'experiment' as const,
      'experiment_id' as const,
      'parent_run_id' as const,
      'lifecycle' as const,
    ),
  }),
)
const anyText = fc.oneof(
  textField,
  fc.record({
    kind: fc.constant('dataset' as const),
    key: fc.constantFrom('name' as const, 'digest' as const, 'context' as const),
  }),
)
const wantedText = fc.oneof(
  aValue,
  fc.constantFrom('%', 'x%', '_', '%y', '%_%', 'FIN%', 'deleted', 'd-x', '1', 'experiment 1'),
)
const span = fc.constant({ start: 0, end: 0 })
const anyFilter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant('number' as const),
      field: numberField,
      operator: fc.constantFrom(
        '=' as const,
        '!=' as const,
        '<' as const,
        '<=' as const,
        '>' as const,
        '>=' as const,
      ),
      value: fc.constantFrom(0, 1, 2, 2.5, -1),
      span,
    }),
    fc.record({
      kind: fc.constant('text' as const),
      field: anyText,
      operator: fc.constantFrom('=' as const, '!=' as const, 'like' as const, 'ilike' as const),
      value: wantedText,
      span,
    }),
    fc.record({
      kind: fc.constant('in' as const),
      field: anyText,
      negated: fc.boolean(),
      values: fc.array(wantedText, { minLength: 1, maxLength: 3 }),
      span,
    }),
    fc.record({
      kind: fc.constant('null' as const),
      field: fc.oneof(numberField, textField),
      negated: fc.boolean(),
      span,
    }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      terms: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
      span,
    }),
    fc.record({ kind: fc.constant('not' as const), term: tie('filter'), span }),
  ),
})).filter
const anyOrder = fc.array(
  fc.record({ field: fc.oneof(numberField, textField), descending: fc.boolean() }),
  { maxLength: 3 },
)

const naiveSearch = (records: readonly RunRecord[], query: CompiledQuery) => {
  const { filter, lifecycle, experiments, offset, limit } = query
  const found = records
    .map((run) => ({
      ...run,
      lifecycle: experiment(run.experimentId).deleted ? ('deleted' as const) : run.lifecycle,
    }))
    .filter((run) => lifecycle === 'all' || run.lifecycle === lifecycle)
    .filter((run) => experiments?.has(run.experimentId) ?? true)
    .filter((run) => filter === undefined || meets(run, filter))
    .toSorted(compareRecords([...query.orderBy, ...parseOrder(['start_time desc', 'run_id'])]))
  return {
    ids: found.slice(offset, offset + limit).map(({ id }) => id),
    more: found.length > offset + limit,
  }
}

describe('law 6: a search finds what a naive filter over plain records finds', () => {
  it('for any runs, filters, orders and pages, in one table or split over two', () => {
    const page = fc.record({
      offset: fc.nat(10),
      limit: fc.nat(12),
      lifecycle: fc.constantFrom('active' as const, 'deleted' as const, 'all' as const),
      experiments: fc.option(fc.constant(new Set(['1', '9'])), { nil: undefined }),
    })
    fc.assert(
      fc.property(
        someRuns,
        fc.tuple(anyFilter, anyOrder),
        fc.tuple(page, fc.nat(40)),
        (runs, [filter, orderBy], [rest, cut]) => {
          const printed = parseFilter(filterText(filter))
          const query = queryOf({ ...rest, filter: printed, orderBy })
          const whole = tableOf(runs)
          const records = runs.map((_, row) => whole.record(row, (id) => experiment(id).name))
          const expected = naiveSearch(records, queryOf({ ...rest, filter, orderBy }))
          const one = searchRuns([{ table: whole }], query)
          expect({ ids: idsOf(one), more: one.more }).toEqual(expected)
          // As a view of the past asks: early rows from one table, the others from a small one.
          const rebuilt = tableOf(runs.slice(cut))
          const two = searchRuns(
            [{ table: whole, visible: (row) => row < cut }, { table: rebuilt }],
            query,
          )
          expect({ ids: idsOf(two), more: two.more }).toEqual(expected)
        },
      ),
      law,
    )
  })
})

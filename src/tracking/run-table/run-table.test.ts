import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packDerived } from '../../kernel/events/codec.ts'
import type { RecordedOf } from '../../kernel/events/define-events.ts'
import { loadedFrom, savedParts } from '../../testing/saved-parts.ts'
import { type RunEventData, runStatuses } from '../events.ts'
import type { RunRecord } from '../run.ts'
import { runsProjection } from '../tracking.ts'
import { initialRunTable, runTableHandlers } from './run-table.fold.ts'
import type { RunTable } from './run-table.ts'

type RunEvent = RecordedOf<RunEventData>
type EventBody = {
  [T in keyof RunEventData]: { type: T; data: RunEventData[T] }
}[keyof RunEventData]

const runs = Number(process.env['PROPERTY_RUNS'] ?? 200)
const seed = process.env['PROPERTY_SEED']
const law = { numRuns: runs, ...(seed === undefined ? {} : { seed: Number(seed) }) }

const recorded = (id: string, position: number, body: EventBody): RunEvent =>
  // The body pairs type and data already; spreading forgets that.
  ({
    ...body,
    position,
    stream: `run:${id}`,
    revision: 0,
    schema: 1,
    recordedAt: 0,
    actor: 'ada',
  }) as RunEvent

const apply = (table: RunTable, event: RunEvent): void => {
  // Handler and event have the same type, which the compiler cannot follow through the index.
  const handler = runTableHandlers[event.type] as (state: RunTable, event: RunEvent) => void
  handler(table, event)
}

const started = (id: string, over: Partial<RunEventData['run.started']> = {}): EventBody => ({
  type: 'run.started',
  data: {
    id,
    experiment: '0',
    name: 'owl',
    user: 'ada',
    status: 'RUNNING',
    startTime: 1000,
    params: [],
    tags: [],
    ...over,
  },
})

interface Point {
  readonly key: string
  readonly value: number
  readonly step: number
  readonly timestamp: number
}

const logged = (points: readonly Point[]): EventBody => {
  const keys = [...new Set(points.map((point) => point.key))]
  return {
    type: 'run.metrics-logged',
    data: {
      keys,
      key: Uint32Array.from(points, (point) => keys.indexOf(point.key)),
      value: Float64Array.from(points, (point) => point.value),
      step: Float64Array.from(points, (point) => point.step),
      timestamp: Float64Array.from(points, (point) => point.timestamp),
    },
  }
}

const tableOf = (events: readonly (readonly [string, EventBody])[]): RunTable => {
  const table = initialRunTable()
  for (const [position, [id, body]] of events.entries()) apply(table, recorded(id, position, body))
  return table
}

const metricOf = (points: readonly Omit<Point, 'key'>[]) => {
  const body = logged(points.map((point) => ({ ...point, key: 'm' })))
  return tableOf([
    ['a', started('a')],
    ['a', body],
  ]).metric(0, 'm')
}

const at = (step: number, value: number, timestamp = 0) => ({ step, value, timestamp })

describe('the run table', () => {
  it('gives a run back as it was started', () => {
    const table = tableOf([
      [
        'a',
        started('a', {
          params: [['depth', '8']],
          tags: [['team', 'growth']],
          parent: 'p',
          artifactLocation: 'file:///x',
        }),
      ],
    ])
    expect(table.record(0, (id) => `experiment ${id}`)).toEqual({
      id: 'a',
      name: 'owl',
      experiment: 'experiment 0',
      experimentId: '0',
      user: 'ada',
      status: 'RUNNING',
      lifecycle: 'active',
      startTime: 1000,
      endTime: null,
      parent: 'p',
      artifactLocation: 'file:///x',
      params: { depth: '8' },
      metrics: {},
      tags: { team: 'growth' },
      inputs: [],
      modelInputs: [],
      outputs: [],
      artifacts: [],
      createdAt: 0,
      changedAt: 0,
    })
  })

  it('finds rows by id and ignores events of runs that it does not know', () => {
    const table = tableOf([
      ['a', started('a')],
      ['x', { type: 'run.deleted', data: {} }],
      ['b', started('b')],
    ])
    expect([table.rowOf('a'), table.rowOf('b'), table.rowOf('x'), table.size]).toEqual([
      0,
      1,
      undefined,
      2,
    ])
    expect(table.idOf(1)).toBe('b')
  })

  it('ends a run with its error, and forgets the error when it ends well later', () => {
    const failed: EventBody = {
      type: 'run.ended',
      data: { status: 'FAILED', endTime: 5, error: 'NaN loss' },
    }
    const events = [
      ['a', started('a')],
      ['a', failed],
    ] as const
    const record = tableOf(events).record(0, String)
    expect(record).toMatchObject({ status: 'FAILED', endTime: 5, error: 'NaN loss', changedAt: 1 })
    const later = tableOf([
      ...events,
      ['a', { type: 'run.ended', data: { status: 'FINISHED', endTime: 9 } }],
    ])
    expect(later.record(0, String)).not.toHaveProperty('error')
  })

  it('changes only the fields that an update names', () => {
    const table = tableOf([
      ['a', started('a')],
      ['a', { type: 'run.updated', data: { endTime: 7 } }],
      ['a', { type: 'run.updated', data: { startTime: null } }],
    ])
    expect(table.record(0, String)).toMatchObject({
      name: 'owl',
      status: 'RUNNING',
      startTime: null,
      endTime: 7,
    })
  })

  it('keeps the name and the tag mlflow.runName as one value', () => {
    const tag: EventBody = { type: 'run.tags-set', data: { tags: [['mlflow.runName', 'kite']] } }
    const gone: EventBody = { type: 'run.tag-deleted', data: { key: 'mlflow.runName' } }
    const renamed: EventBody = { type: 'run.updated', data: { name: 'rook' } }
    const named = (...bodies: EventBody[]) => {
      const table = tableOf([started('a'), ...bodies].map((body) => ['a', body] as const))
      return [
        table.nameOf(0),
        table.tag(0, 'mlflow.runName'),
        table.record(0, String).tags['mlflow.runName'],
      ]
    }
    expect(named()).toEqual(['owl', undefined, undefined])
    expect(named(tag)).toEqual(['kite', 'kite', 'kite'])
    expect(named(tag, gone)).toEqual(['kite', undefined, undefined])
    expect(named(renamed)).toEqual(['rook', 'rook', 'rook'])
  })

  it('replaces an artifact of the same path', () => {
    const digest = (digit: string) => `sha256:${digit.repeat(64)}`
    const file = (path: string, digit: string): EventBody => ({
      type: 'run.artifact-logged',
      data: { path, digest: digest(digit), size: 1 },
    })
    const table = tableOf([
      ['a', started('a')],
      ['a', file('b.txt', '1')],
      ['a', file('a.txt', '2')],
      ['a', file('b.txt', '3')],
    ])
    expect(table.artifact(0, 'b.txt')?.digest).toBe(digest('3'))
    expect(table.record(0, String).artifacts.map(({ path }) => path)).toEqual(['a.txt', 'b.txt'])
  })

  it('costs little for a key that one of many runs has', () => {
    const table = initialRunTable()
    for (let row = 0; row < 5000; row++) {
      apply(table, recorded(`r${row}`, row, started(`r${row}`, { params: [['all', 'x']] })))
    }
    table.setParam(4999, 'rare', 'y')
    const [all, rare] = [table.params.get('all'), table.params.get('rare')]
    expect(all?.slots.rows).toBeUndefined()
    expect(rare?.codes.data.length).toBeLessThan(100)
    expect([table.param(4999, 'rare'), table.param(4998, 'rare'), table.param(17, 'all')]).toEqual([
      'y',
      undefined,
      'x',
    ])
  })

  it('does not grow with the values that a tag once had', () => {
    const table = tableOf([['a', started('a')]])
    for (let value = 0; value < 1000; value++) table.setTag(0, 'progress', `${value}`)
    expect(table.tags.get('progress')?.dictionary.values.length).toBeLessThan(5)
    expect(table.tag(0, 'progress')).toBe('999')
  })
})

describe('the summary of a metric', () => {
  it('takes the highest step as the latest, whatever came last', () => {
    expect(metricOf([at(2, 0.5), at(9, 0.7), at(4, 0.9)])).toEqual({
      last: 0.7,
      step: 9,
      timestamp: 0,
      first: 0.5,
      firstStep: 2,
      min: 0.5,
      minStep: 2,
      max: 0.9,
      maxStep: 4,
      count: 3,
    })
  })

  it('decides between equal steps by timestamp, then by value, with NaN as 0', () => {
    expect(metricOf([at(1, 5, 20), at(1, 9, 10)])?.last).toBe(5)
    expect(metricOf([at(1, 5), at(1, 9)])?.last).toBe(9)
    expect(metricOf([at(1, Number.NaN), at(1, -1)])?.last).toBeNaN()
    expect(metricOf([at(1, -1), at(1, Number.NaN)])?.last).toBeNaN()
    expect(metricOf([at(1, Number.NaN), at(1, 1)])?.last).toBe(1)
    expect(metricOf([at(1, 1), at(1, Number.NaN)])?.last).toBe(1)
  })

  it('leaves NaN out of the extremes, unless there is nothing else', () => {
    const nan = Number.NaN
    expect(metricOf([at(0, nan), at(1, 3), at(2, nan)])).toMatchObject({
      min: 3,
      minStep: 1,
      max: 3,
      maxStep: 1,
    })
    expect(metricOf([at(0, nan)])).toMatchObject({
      min: nan,
      minStep: nan,
      max: nan,
      maxStep: nan,
      count: 1,
    })
    expect(metricOf([at(0, nan), at(1, nan)])).toMatchObject({ min: nan, minStep: nan, count: 2 })
  })

  it('says where an extreme was reached first', () => {
    expect(metricOf([at(8, 1), at(3, 1), at(5, 1)])).toMatchObject({ minStep: 3, maxStep: 3 })
  })

  it('holds infinities and steps of any safe integer', () => {
    const far = Number.MAX_SAFE_INTEGER
    expect(
      metricOf([at(far, Number.POSITIVE_INFINITY), at(-far, Number.NEGATIVE_INFINITY)]),
    ).toMatchObject({
      last: Number.POSITIVE_INFINITY,
      step: far,
      firstStep: -far,
      minStep: -far,
      count: 2,
    })
  })
})

const hostile = [
  '__proto__',
  'constructor',
  'toString',
  '🦉',
  'a\0b',
  'x/y',
  ' ',
  '\u202eabc',
  'é'.repeat(250),
  'mlflow.runName',
  '7',
  'k',
]
const key = fc.oneof(fc.constantFrom(...hostile), fc.string({ minLength: 1, unit: 'binary' }))
const pair = fc.tuple(key, fc.oneof(fc.constantFrom('', 'x', '__proto__', '🦉'), fc.string()))
const time = fc.option(fc.integer({ min: -5, max: 2 ** 41 }))
const aPoint = fc.record({
  key,
  value: fc.oneof(fc.double(), fc.constantFrom(Number.NaN, 0, -0, 1, Number.POSITIVE_INFINITY)),
  step: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger()),
  timestamp: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 ** 41 })),
})
const status = fc.constantFrom(...runStatuses)
const dataset = fc.record({
  name: fc.string(),
  digest: fc.string(),
  sourceType: fc.string(),
  source: fc.string(),
  tags: fc.array(pair, { maxLength: 2 }),
})
const some = { maxLength: 4 }
const aBody: fc.Arbitrary<EventBody> = fc.oneof(
  fc.record({
    type: fc.constant('run.params-logged' as const),
    data: fc.record({ params: fc.array(pair, some) }),
  }),
  fc.array(aPoint, { maxLength: 12 }).map(logged),
  fc.record({
    type: fc.constant('run.tags-set' as const),
    data: fc.record({ tags: fc.array(pair, some) }),
  }),
  fc.record({ type: fc.constant('run.tag-deleted' as const), data: fc.record({ key }) }),
  fc.record({
    type: fc.constant('run.inputs-logged' as const),
    data: fc.record({ datasets: fc.array(dataset, some), models: fc.array(key, some) }),
  }),
  fc.record({
    type: fc.constant('run.outputs-logged' as const),
    data: fc.record({ models: fc.array(fc.record({ id: key, step: fc.nat() }), some) }),
  }),
  fc.record({
    type: fc.constant('run.artifact-logged' as const),
    data: fc.record({ path: key, digest: fc.string(), size: fc.nat() }),
  }),
  fc.record({
    type: fc.constant('run.updated' as const),
    data: fc.record(
      { name: fc.string(), status, startTime: time, endTime: time },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    type: fc.constant('run.ended' as const),
    data: fc.record(
      {
        status: fc.constantFrom('FINISHED' as const, 'FAILED' as const),
        endTime: time,
        error: fc.string(),
      },
      { requiredKeys: ['status', 'endTime'] },
    ),
  }),
  fc.constantFrom<EventBody>({ type: 'run.deleted', data: {} }, { type: 'run.restored', data: {} }),
)
const aStart = fc.record(
  {
    experiment: fc.constantFrom('0', '1', '__proto__'),
    name: fc.string(),
    user: fc.string(),
    status,
    startTime: time,
    params: fc.array(pair, some),
    tags: fc.array(pair, some),
    parent: key,
  },
  { requiredKeys: ['experiment', 'name', 'user', 'status', 'startTime', 'params', 'tags'] },
)
const ids = Array.from({ length: 40 }, (_, index) => (index === 7 ? '__proto__' : `run-${index}`))
const history = fc
  .array(
    fc.oneof(
      { arbitrary: fc.tuple(fc.nat(39), aStart), weight: 2 },
      { arbitrary: fc.tuple(fc.nat(39), aBody), weight: 3 },
    ),
    { maxLength: 80 },
  )
  .map((steps) =>
    steps.map(
      ([n, body]) => [ids[n] ?? '', 'type' in body ? body : started(ids[n] ?? '', body)] as const,
    ),
  )

/** What the table is to agree with: one event at a time, on plain values, written to be obvious. */
interface Naive
  extends Omit<
    { -readonly [K in keyof RunRecord]: RunRecord[K] },
    'params' | 'tags' | 'metrics' | 'experiment'
  > {
  params: Map<string, string>
  tags: Map<string, string>
  points: Point[]
}

const naiveSet = (run: Naive, tags: readonly (readonly [string, string])[]): void => {
  for (const [tag, value] of tags) {
    run.tags.set(tag, value)
    if (tag === 'mlflow.runName') run.name = value
  }
}

const naiveStart = (data: RunEventData['run.started'], position: number): Naive => {
  const { params, tags, experiment, artifactLocation: _none, ...others } = data
  const { parent, ...facts } = others
  const run: Naive = {
    ...facts,
    ...(parent === undefined ? {} : { parent }),
    experimentId: experiment,
    endTime: null,
    lifecycle: 'active',
    params: new Map(params),
    tags: new Map(),
    points: [],
    inputs: [],
    modelInputs: [],
    outputs: [],
    artifacts: [],
    createdAt: position,
    changedAt: position,
  }
  naiveSet(run, tags)
  return run
}

const naiveStep = (run: Naive, event: RunEvent): void => {
  run.changedAt = event.position
  switch (event.type) {
    case 'run.started':
      throw new Error('A run starts once.')
    case 'run.params-logged':
      for (const [name, value] of event.data.params) run.params.set(name, value)
      break
    case 'run.metrics-logged': {
      const { keys, key: which, value, step, timestamp } = event.data
      which.forEach((k, i) => {
        run.points.push({
          key: keys[k] ?? '',
          value: value[i] ?? 0,
          step: (step[i] ?? 0) + 0,
          timestamp: timestamp[i] ?? 0,
        })
      })
      break
    }
    case 'run.tags-set':
      naiveSet(run, event.data.tags)
      break
    case 'run.tag-deleted':
      run.tags.delete(event.data.key)
      break
    case 'run.inputs-logged':
      run.inputs = [...run.inputs, ...event.data.datasets]
      run.modelInputs = [...run.modelInputs, ...event.data.models]
      break
    case 'run.outputs-logged':
      run.outputs = [...run.outputs, ...event.data.models]
      break
    case 'run.artifact-logged':
      run.artifacts = [...run.artifacts.filter(({ path }) => path !== event.data.path), event.data]
      break
    case 'run.updated': {
      Object.assign(run, event.data)
      if (event.data.name !== undefined) run.tags.set('mlflow.runName', event.data.name)
      break
    }
    case 'run.ended':
      delete run.error
      Object.assign(run, event.data)
      break
    case 'run.deleted':
      run.lifecycle = 'deleted'
      break
    case 'run.restored':
      run.lifecycle = 'active'
      break
  }
}

const valueOrder = (value: number) => (Number.isNaN(value) ? 0 : value)
const compareValues = (a: number, b: number) => Number(a > b) - Number(a < b)
const comparePoints = (a: Point, b: Point) =>
  a.step - b.step ||
  a.timestamp - b.timestamp ||
  compareValues(valueOrder(a.value), valueOrder(b.value))

const naiveSummary = (points: readonly Point[]) => {
  // A stable sort keeps the point that was there first in front: "latest" is the first of the greatest.
  const sorted = points.toSorted(comparePoints)
  const first = sorted[0]
  const last = sorted.find((point) => comparePoints(point, sorted.at(-1) ?? point) === 0)
  const numbers = points.filter(({ value }) => !Number.isNaN(value))
  const extreme = (sign: 1 | -1) =>
    numbers.toSorted((a, b) => sign * compareValues(a.value, b.value) || a.step - b.step)[0]
  return {
    last: last?.value,
    step: last?.step,
    timestamp: last?.timestamp,
    first: first?.value,
    firstStep: first?.step,
    min: extreme(1)?.value ?? Number.NaN,
    minStep: extreme(1)?.step ?? Number.NaN,
    max: extreme(-1)?.value ?? Number.NaN,
    maxStep: extreme(-1)?.step ?? Number.NaN,
    count: points.length,
  }
}

const keyed = (entries: Iterable<readonly [string, unknown]>) => {
  const object: Record<string, unknown> = Object.create(null)
  for (const [name, value] of entries) object[name] = value
  return object
}

const naiveRecord = ({ points, params, tags, ...run }: Naive) => ({
  ...run,
  experiment: `named ${run.experimentId}`,
  params: keyed(params),
  tags: keyed(tags),
  metrics: keyed(
    [...new Set(points.map((point) => point.key))].map(
      (name) => [name, naiveSummary(points.filter((point) => point.key === name))] as const,
    ),
  ),
  artifacts: run.artifacts.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
})

const naiveRecords = (events: readonly RunEvent[]) => {
  const known = new Map<string, Naive>()
  for (const event of events) {
    const run = known.get(event.stream.slice(4))
    if (event.type === 'run.started') {
      if (run === undefined) known.set(event.data.id, naiveStart(event.data, event.position))
    } else if (run !== undefined) naiveStep(run, event)
  }
  return [...known.values()].map(naiveRecord)
}

const recordsOf = (table: RunTable) =>
  Array.from({ length: table.size }, (_, row) => table.record(row, (id) => `named ${id}`))

describe('laws of the run table', () => {
  it('it says what a fold over plain objects says, for any history and any keys', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const events = steps.map(([id, body], position) => recorded(id, position, body))
        const table = initialRunTable()
        for (const event of events) apply(table, event)
        expect(recordsOf(table)).toEqual(naiveRecords(events))
      }),
      law,
    )
  })

  it('saved and loaded at any moment, it goes on as though nothing had happened', () => {
    fc.assert(
      fc.property(history, fc.nat(80), (steps, cut) => {
        const events = steps.map(([id, body], position) => recorded(id, position, body))
        const whole = initialRunTable()
        for (const event of events.slice(0, cut)) apply(whole, event)
        const saved = structuredClone(savedParts(runsProjection, whole))
        const parts = loadedFrom(runsProjection, saved)
        const before = recordsOf(whole)
        expect(recordsOf(parts)).toEqual(before)
        for (const event of events.slice(cut)) {
          apply(whole, event)
          apply(parts, event)
        }
        expect(recordsOf(parts)).toEqual(recordsOf(whole))
        // Equal tables are equal bytes: that is how verify() compares them.
        expect(
          Buffer.compare(
            packDerived(savedParts(runsProjection, parts)),
            packDerived(savedParts(runsProjection, whole)),
          ),
        ).toBe(0)
        // What was saved is nobody's state: it has not moved on with the two tables.
        expect(recordsOf(loadedFrom(runsProjection, saved))).toEqual(before)
      }),
      law,
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../../kernel/events/event.ts'
import { type MetricInput, metricColumns } from '../input.ts'
import type { MetricPoint } from '../run.ts'
import { initialRunTable, runTableHandlers } from '../run-table/run-table.fold.ts'
import { downsample as downsampled } from './line.ts'
import { type Points, pointsIn } from './points.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env
const parameters = {
  numRuns: Number(runs ?? 200),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
}

const pointsOf = (events: readonly RecordedEvent[], key: string): readonly MetricPoint[] =>
  downsampled(pointsIn(events, key))

const columns = (points: readonly MetricPoint[]): Points => ({
  step: Float64Array.from(points, ({ step }) => step),
  timestamp: Float64Array.from(points, ({ timestamp }) => timestamp),
  value: Float64Array.from(points, ({ value: found }) => found),
})

/** The points themselves, not copies of them: each has its own timestamp. */
const downsample = (points: readonly MetricPoint[], count: number): MetricPoint[] => {
  const byTime = new Map(points.map((found) => [found.timestamp, found]))
  return downsampled(columns(points), count).flatMap((found) => byTime.get(found.timestamp) ?? [])
}

const logged = (points: readonly MetricInput[], position = 1) => ({
  type: 'run.metrics-logged' as const,
  stream: 'run:r',
  data: metricColumns(points, 0),
  position,
  revision: position,
  schema: 1,
  recordedAt: 0,
  actor: 'ada',
})

const started = {
  type: 'run.started' as const,
  stream: 'run:r',
  data: {
    id: 'r',
    experiment: '1',
    name: 'owl',
    user: 'ada',
    status: 'RUNNING' as const,
    startTime: null,
    params: [],
    tags: [],
  },
  position: 0,
  revision: 0,
  schema: 1,
  recordedAt: 0,
  actor: 'ada',
}

/** Values that do not tie as equals and differ: NaN counts as 0. */
const value = fc.oneof(
  fc.double({ noNaN: true }).map((number) => (number === 0 ? 1 : number)),
  fc.constant(Number.NaN),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
)

const point = fc.record({
  key: fc.constantFrom('loss', '__proto__'),
  value,
  step: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger()),
  timestamp: fc.integer({ min: 0, max: 3 }),
})

describe('pointsOf', () => {
  it('gives the points of one metric by step, then timestamp, then value', () => {
    const events: RecordedEvent[] = [
      started,
      logged([
        { key: 'loss', value: 3, step: 2, timestamp: 1 },
        { key: 'auc', value: 9, step: 1, timestamp: 1 },
        { key: 'loss', value: 1, step: 2, timestamp: 1 },
      ]),
      logged([{ key: 'loss', value: 2, step: 2, timestamp: 0 }], 2),
    ]
    expect(pointsOf(events, 'loss').map(({ value: found }) => found)).toEqual([2, 1, 3])
    expect(pointsOf(events, 'constructor')).toEqual([])
  })

  it('orders NaN as 0, so that the order is total', () => {
    const events = [1, Number.NaN, -1].map((found) => logged([{ key: 'm', value: found }]))
    expect(pointsOf(events, 'm').map(({ value: found }) => found)).toEqual([-1, Number.NaN, 1])
  })

  it('begins and ends where the run table says that the metric did', () => {
    fc.assert(
      fc.property(fc.array(fc.array(point, { minLength: 1, maxLength: 5 })), (batches) => {
        const events = batches.map((points, at) => logged(points, at + 1))
        const table = initialRunTable()
        runTableHandlers['run.started'](table, started)
        for (const event of events) runTableHandlers['run.metrics-logged'](table, event)
        const { metrics } = table.record(0, () => '')
        for (const key of ['loss', '__proto__']) {
          const points = pointsOf(events, key)
          const summary = metrics[key]
          expect(points.length).toBe(summary?.count ?? 0)
          expect(points.at(-1)?.value).toBe(summary?.last)
          expect(points.at(-1)?.step).toBe(summary?.step)
          expect(points[0]?.value).toBe(summary?.first)
        }
      }),
      parameters,
    )
  })
})

const curve = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 500 }), value), { maxLength: 300 })
  .map((all) =>
    all
      .sort(([a], [b]) => a - b)
      .map(([step, found], at): MetricPoint => ({ step, value: found, timestamp: at })),
  )

/** The steps cut into equal ranges, as a chart of so many pixels would draw them. */
const bucketsOf = (points: readonly MetricPoint[], count: number): MetricPoint[][] => {
  const first = points[0]?.step ?? 0
  const last = points.at(-1)?.step ?? 0
  const buckets: MetricPoint[][] = Array.from({ length: count }, () => [])
  for (const found of points) {
    const at = last === first ? 0 : Math.floor(((found.step - first) / (last - first)) * count)
    buckets[Math.min(at, count - 1)]?.push(found)
  }
  return buckets.filter((bucket) => bucket.length > 0)
}

describe('downsample', () => {
  it('gives all points when there is room for them', () => {
    const points = [1, 2, 3].map((step) => ({ step, value: step, timestamp: step }))
    expect(downsample(points, 3)).toEqual(points)
    expect(downsample([], 3)).toEqual([])
  })

  it('keeps the ends when there is room for little', () => {
    const points = [5, 9, 1, 7].map((found, step) => ({ step, value: found, timestamp: step }))
    expect(downsample(points, 1).map(({ value: found }) => found)).toEqual([7])
    expect(downsample(points, 2).map(({ value: found }) => found)).toEqual([5, 7])
    expect(downsample(points, 3).map(({ value: found }) => found)).toEqual([5, 9, 7])
  })

  it('keeps a peak of one point among a thousand', () => {
    const points = Array.from({ length: 1000 }, (_, step) => ({
      step,
      value: step === 617 ? 9 : 0,
      timestamp: step,
    }))
    expect(downsample(points, 20).some(({ value: found }) => found === 9)).toBe(true)
  })

  it('gives at most as many points as asked for, in order, all of them real', () => {
    fc.assert(
      fc.property(curve, fc.integer({ min: 1, max: 60 }), (points, count) => {
        const kept = downsample(points, count)
        expect(kept.length).toBeLessThanOrEqual(Math.max(count, 0))
        const places = kept.map((found) => points.indexOf(found))
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
        expect(places.every((place) => place >= 0)).toBe(true)
        expect(kept.at(-1)).toBe(points.at(-1))
      }),
      parameters,
    )
  })

  it('keeps the first, last, least and greatest value of every bucket', () => {
    fc.assert(
      fc.property(curve, fc.integer({ min: 1, max: 12 }), (points, buckets) => {
        const count = buckets * 4
        fc.pre(points.length > count)
        const kept = new Set(downsample(points, count))
        for (const bucket of bucketsOf(points, buckets)) {
          expect(kept.has(bucket[0] ?? points[0] ?? { step: 0, value: 0, timestamp: 0 })).toBe(true)
          const numbers = bucket.map(({ value: found }) => found).filter((n) => !Number.isNaN(n))
          const shown = bucket.filter((found) => kept.has(found)).map(({ value: found }) => found)
          if (numbers.length > 0) {
            expect(shown).toContain(Math.min(...numbers))
            expect(shown).toContain(Math.max(...numbers))
          }
        }
      }),
      parameters,
    )
  })
})

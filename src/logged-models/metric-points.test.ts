import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law } from '../../test/property.ts'
import type { ModelMetrics } from './events.ts'
import { blocksOf, type PointBlock, pointsOf, withPoints } from './metric-points.ts'

const event = fc
  .record({
    run: fc.option(fc.constantFrom('r', '__proto__'), { nil: undefined }),
    dataset: fc.option(
      fc.record({
        name: fc.constantFrom('x', 'y'),
        digest: fc.option(fc.constant('1'), { nil: undefined }),
      }),
      { nil: undefined },
    ),
    points: fc.array(
      fc.tuple(fc.constantFrom('a', 'b', '__proto__'), fc.double(), fc.integer(), fc.nat()),
      { maxLength: 5 },
    ),
  })
  .map(({ run, dataset, points }): ModelMetrics => {
    const keys = [...new Set(points.map(([key]) => key))]
    return {
      ...(run === undefined ? {} : { run }),
      ...(dataset === undefined ? {} : { dataset }),
      keys,
      key: points.map(([key]) => keys.indexOf(key)),
      value: points.map(([, value]) => value),
      step: points.map(([, , step]) => step),
      timestamp: points.map(([, , , timestamp]) => timestamp),
    }
  })

/** The points of the events, one by one. */
const expected = (events: readonly ModelMetrics[]): readonly unknown[] => {
  const seen = new Set<string>()
  return events.flatMap(({ run, dataset, ...columns }) =>
    Array.from(columns.key, (index, at) => ({
      key: columns.keys[index],
      value: columns.value[at],
      step: columns.step[at],
      timestamp: columns.timestamp[at],
      ...(run === undefined ? {} : { run }),
      ...(dataset === undefined
        ? {}
        : {
            dataset: {
              name: dataset.name,
              ...(dataset.digest === undefined ? {} : { digest: dataset.digest }),
            },
          }),
    })).filter((point) => {
      const text = JSON.stringify([
        point,
        Object.is(point.value, -0) ? 'minus zero' : String(point.value),
      ])
      return !seen.has(text) && seen.add(text)
    }),
  )
}

describe('The points of a logged model', () => {
  it('are those that were logged, in that order and each once, in few blocks', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let points: PointBlock | undefined
        for (const one of events) points = withPoints(points, one)
        expect(pointsOf(points)).toEqual(expected(events))
        const size = events.reduce((sum, { key }) => sum + key.length, 0)
        expect(blocksOf(points).length).toBeLessThanOrEqual(Math.log2(size + 1) + 1)
      }),
      law(2),
    )
  })
})

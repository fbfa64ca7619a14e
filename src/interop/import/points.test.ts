import { describe, expect, it } from 'vitest'
import type { MetricColumns } from '../../tracking/index.ts'
import { groups, newPoints } from './points.ts'
import { Stated } from './stated.ts'
import { pointAt } from './statements.ts'

const columns = (all: readonly (readonly [string, number, number])[]): MetricColumns => {
  const keys = [...new Set(all.map(([key]) => key))]
  return {
    keys,
    key: Uint32Array.from(all, ([key]) => keys.indexOf(key)),
    value: Float64Array.from(all, ([, , value]) => value),
    step: new Float64Array(all.length),
    timestamp: Float64Array.from(all, ([, timestamp]) => timestamp),
  }
}

const textsOf = (part: MetricColumns): string[] =>
  Array.from(part.key, (_, index) => pointAt(part, index))

const points = columns([
  ['loss', 1, 0.5],
  ['auc', 1, -0],
  ['loss', 2, Number.NaN],
  ['loss', 2, 0],
])

describe('groups of points', () => {
  it('have one time where times are claimed, and only the keys that they use', () => {
    const parts = [...groups(points, 'claimed')]
    expect(parts.map(({ keys }) => keys)).toEqual([['loss', 'auc'], ['loss']])
    expect(parts.flatMap(textsOf)).toEqual(textsOf(points))
  })

  it('are as few as fit where times are recorded', () => {
    expect([...groups(points, 'recorded')]).toHaveLength(1)
    const many = columns(Array.from({ length: 12_000 }, (_, at) => ['loss', at, at] as const))
    const parts = [...groups(many, 'recorded')]
    expect(parts.map(({ key }) => key.length)).toEqual([5000, 5000, 2000])
    expect(parts.flatMap(textsOf)).toEqual(textsOf(many))
  })

  it('are none without points', () => {
    expect([...groups(columns([]), 'claimed')]).toEqual([])
  })
})

describe('new points', () => {
  it('are those that are not there yet, each as often as it is missing', () => {
    const stated = new Stated()
    for (const point of textsOf(points).slice(1, 3)) stated.addPoint(point)
    const twice = columns([
      ['loss', 1, 0.5],
      ['auc', 1, -0],
      ['auc', 1, -0],
      ['loss', 2, Number.NaN],
      ['loss', 2, 0],
    ])
    expect(textsOf(newPoints(twice, stated))).toEqual(['1 0 0.5 loss', '1 0 -0 auc', '2 0 0 loss'])
  })
})

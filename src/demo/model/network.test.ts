import { describe, expect, test } from 'vitest'
import type { Samples } from './features.ts'
import { accuracy } from './metrics.ts'
import { type Network, predict, type TrainingSettings, train } from './network.ts'
import { seeded, shuffled } from './random.ts'

const settings: TrainingSettings = { hidden: 0, learningRate: 0.1, l2: 0, epochs: 200, seed: 3 }

/** Four corners of a square, each many times over. */
const corners = (label: (x: number, y: number) => boolean): Samples => {
  const points = Array.from({ length: 64 }, (_, i) => ({ x: i & 1 ? 1 : -1, y: i & 2 ? 1 : -1 }))
  return {
    width: 2,
    values: Float64Array.from(points.flatMap(({ x, y }) => [x, y])),
    labels: Uint8Array.from(points, ({ x, y }) => Number(label(x, y))),
  }
}

const trained = (samples: Samples, changes: Partial<TrainingSettings> = {}): Network => {
  const epochs = Array.from(train(samples, { ...settings, ...changes }))
  return epochs.at(-1) ?? []
}

const accuracyOf = (network: Network, samples: Samples): number =>
  accuracy({ probabilities: predict(network, samples), labels: samples.labels })

describe('a small network', () => {
  const right = corners((x) => x > 0)
  const different = corners((x, y) => x !== y)

  test('without hidden units it learns what a line can divide', () => {
    expect(accuracyOf(trained(right), right)).toBe(1)
  })

  test('without hidden units it cannot learn exclusive-or', () => {
    expect(accuracyOf(trained(different), different)).toBeLessThan(1)
  })

  test('with hidden units it learns exclusive-or', () => {
    expect(accuracyOf(trained(different, { hidden: 8 }), different)).toBe(1)
  })

  test('the same seed gives the same weights, another seed others', () => {
    const once = trained(different, { hidden: 4, epochs: 3 })
    expect(trained(different, { hidden: 4, epochs: 3 })).toEqual(once)
    expect(trained(different, { hidden: 4, epochs: 3, seed: 4 })).not.toEqual(once)
  })

  test('weight decay keeps the weights smaller', () => {
    const length = (network: Network): number => Math.hypot(...(network[0]?.weights ?? []))
    expect(length(trained(right, { l2: 0.1 }))).toBeLessThan(length(trained(right)))
  })

  test('it gives the network once an epoch', () => {
    expect(Array.from(train(right, { ...settings, epochs: 5 }))).toHaveLength(5)
  })
})

describe('the seeded source of randomness', () => {
  test('repeats itself for the same seed and stays within [0, 1)', () => {
    const numbers = (seed: number): number[] => Array.from({ length: 100 }, seeded(seed))
    expect(numbers(1)).toEqual(numbers(1))
    expect(numbers(1)).not.toEqual(numbers(2))
    expect(numbers(1).every((n) => n >= 0 && n < 1)).toBe(true)
  })

  test('shuffles without losing or changing anything', () => {
    const items = Array.from({ length: 50 }, (_, i) => i)
    const mixed = shuffled(items, seeded(1))
    expect(mixed).not.toEqual(items)
    expect(mixed.toSorted((a, b) => a - b)).toEqual(items)
  })
})

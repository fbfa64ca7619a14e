import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampled } from './points.ts'

const law = {
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200),
  ...(process.env['PROPERTY_SEED'] === undefined
    ? {}
    : { seed: Number(process.env['PROPERTY_SEED']) }),
}

const steps = (count: number): number[] => Array.from({ length: count }, (_, step) => step)

/** SQL's NTILE by its definition: bucket by bucket, the first of each. */
const firstOfTiles = (count: number, tiles: number): number[] => {
  const firsts: number[] = []
  let at = 0
  for (let tile = 0; tile < tiles; tile += 1) {
    firsts.push(at)
    at += Math.floor(count / tiles) + (tile < count % tiles ? 1 : 0)
  }
  return firsts
}

describe('a sample of points', () => {
  it.each([
    [10, 5, [0, 2, 4, 6, 9]],
    [20, 5, [0, 4, 8, 12, 19]],
    [5, 5, [0, 1, 2, 3, 4]],
    [3, 1, [2]],
    [0, 5, []],
  ])('of %d, at most %d, is what MLflow gives', (count, most, expected) => {
    expect(sampled(steps(count), most)).toEqual(expected)
  })

  it('is the first of each bucket, and the last of all', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 100 }), (count, most) => {
        const kept = sampled(steps(count), most)
        if (count <= most) expect(kept).toEqual(steps(count))
        else expect(kept).toEqual([...firstOfTiles(count, most).slice(0, -1), count - 1])
      }),
      law,
    )
  })
})

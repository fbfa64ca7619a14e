import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  emptyVector,
  itemsOf,
  lastValue,
  listOf,
  type Vector,
  valueAt,
  valuesOf,
  withValue,
} from './persistent.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env
const options = {
  numRuns: Number(runs ?? 200),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
}

const index = fc.oneof(
  fc.nat({ max: 40 }),
  fc.nat({ max: 5000 }),
  fc.constantFrom(31, 32, 1023, 1024, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER),
)

const sorted = (map: ReadonlyMap<number, number>): number[] =>
  [...map].sort(([a], [b]) => a - b).map(([, value]) => value)

describe('A vector', () => {
  it('holds what a map of the same writes holds, and so does every one before it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(index, fc.nat())), (writes) => {
        const map = new Map<number, number>()
        let vector = emptyVector<number>()
        const past: { vector: Vector<number>; values: number[] }[] = []
        for (const [at, value] of writes) {
          vector = withValue(vector, at, value)
          map.set(at, value)
          past.push({ vector, values: sorted(map) })
        }
        for (const { vector: then, values } of past) expect(valuesOf(then)).toEqual(values)
        for (const [at, value] of map) expect(valueAt(vector, at)).toBe(value)
        const even = sorted(map).findLast((value) => value % 2 === 0)
        expect(lastValue(vector, (value) => value % 2 === 0)).toBe(even)
      }),
      options,
    )
  })

  it('has nothing where nothing was written, however far', () => {
    const vector = withValue(emptyVector<string>(), 40, 'a')
    expect([0, 39, 41, 1024, 2 ** 40].map((at) => valueAt(vector, at))).toEqual(
      new Array(5).fill(undefined),
    )
    expect(lastValue(emptyVector<string>(), () => true)).toBeUndefined()
  })
})

describe('A list', () => {
  it('gives its items newest first', () => {
    expect([...itemsOf(listOf([1, 2, 3]))]).toEqual([3, 2, 1])
    expect([...itemsOf(listOf([]))]).toEqual([])
  })
})

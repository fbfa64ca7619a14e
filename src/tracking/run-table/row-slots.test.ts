import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RowSlots } from './row-slots.ts'
import { codes, Integers } from './vectors.ts'

const law = {
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200),
  ...(process.env['PROPERTY_SEED'] === undefined
    ? {}
    : { seed: Number(process.env['PROPERTY_SEED']) }),
}

const column = () => {
  const presence = codes()
  const values = new Integers()
  const slots = new RowSlots(presence, [values])
  const put = (row: number, value: number): void => {
    const slot = slots.place(row)
    presence.data[slot] = 1
    values.set(slot, value)
  }
  const get = (row: number): number | undefined => {
    const slot = slots.slotOf(row)
    return slot < 0 || presence.at(slot) === 0 ? undefined : values.at(slot)
  }
  const cells = (): (readonly [number, number])[] => {
    const found: (readonly [number, number])[] = []
    for (let slot = 0; slot < slots.length; slot++) {
      if (presence.at(slot) !== 0) found.push([slots.rows?.[slot] ?? slot, values.at(slot)])
    }
    return found.toSorted(([a], [b]) => a - b)
  }
  return { slots, put, get, cells }
}

describe('the cells of a column', () => {
  it('become dense when most rows have one', () => {
    const { slots, put, get } = column()
    for (let row = 0; row < 100; row++) put(row, row * 10)
    expect(slots.rows).toBeUndefined()
    expect([get(0), get(99), get(100)]).toEqual([0, 990, undefined])
  })

  it('become sparse again when a row far away gets one', () => {
    const { slots, put, get } = column()
    for (let row = 0; row < 100; row++) put(row, row)
    put(1_000_000, 7)
    expect(slots.rows?.length).toBeLessThan(1000)
    expect([get(99), get(500), get(1_000_000)]).toEqual([99, undefined, 7])
  })

  it('are found again, whatever rows came in whatever order', () => {
    const row = fc.oneof(fc.nat(40), fc.nat(600), fc.integer({ min: 0, max: 100_000 }))
    const value = fc.oneof(fc.nat(9), fc.maxSafeInteger())
    const single = fc.tuple(row, value).map((cell) => [cell])
    const stretch = fc
      .tuple(fc.nat(2000), fc.nat(300))
      .map(([from, count]) => Array.from({ length: count }, (_, n) => [from + n, n] as const))
    const cellLists = fc.array(fc.oneof(single, stretch), { maxLength: 30 })
    fc.assert(
      fc.property(cellLists, (lists) => {
        const { put, get, cells } = column()
        for (const [at, what] of lists.flat()) put(at, what)
        const expected = new Map<number, number>(lists.flat())
        expect(cells()).toEqual([...expected].toSorted(([a], [b]) => a - b))
        expect([...expected.keys()].map(get)).toEqual([...expected.values()])
      }),
      law,
    )
  })
})

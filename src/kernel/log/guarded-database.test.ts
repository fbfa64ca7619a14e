import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '#platform'
import type { Database, KeyRange } from './database.ts'
import { GuardedDatabase } from './guarded-database.ts'

let folder: string
let guarded: GuardedDatabase
let database: Database
let allowed: boolean
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-guarded-'))
  allowed = true
  const open = async (): Promise<Database> => {
    database = await openDatabase(folder)
    return database
  }
  const mayWrite = (): void => {
    if (!allowed) throw new Error('deposed')
  }
  guarded = new GuardedDatabase(await open(), { open, mayWrite })
})
afterEach(async () => {
  await guarded.close()
  await rm(folder, { recursive: true, force: true })
})

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const sync = { sync: false }

const plain = (value: Uint8Array | undefined): readonly number[] | undefined => value && [...value]

const fill = (from: number, to: number): Promise<void> =>
  guarded.batch(
    Array.from({ length: to - from }, (_, n) => ({
      type: 'put',
      key: bytes(1, from + n),
      value: bytes(n),
    })),
    sync,
  )

describe('a guarded database', () => {
  it('refuses every write after one that failed, answers reads, and writes when it is opened again', async () => {
    await guarded.put(bytes(1), bytes(2), sync)
    // What LevelDB does when its disk is full or gone, as far as a caller sees.
    await database.close()
    const refused = await guarded.put(bytes(2), bytes(2), sync).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Error)
    const again: unknown = await guarded.batch([], sync).catch((error: unknown) => error)
    expect(again).toBe(refused)
    await guarded.reopen()
    await guarded.put(bytes(3), bytes(4), sync)
    expect(plain(await guarded.get(bytes(1)))).toEqual([2])
    expect(plain(await guarded.get(bytes(3)))).toEqual([4])
    expect(await guarded.get(bytes(2))).toBe(undefined)
  })

  it('answers a write only while it may write, and is not opened again when it may not', async () => {
    const write = guarded.put(bytes(1), bytes(1), sync)
    allowed = false
    await expect(write).rejects.toThrow('deposed')
    await expect(guarded.put(bytes(2), bytes(1), sync)).rejects.toThrow('deposed')
    await expect(guarded.reopen()).rejects.toThrow('deposed')
    expect(plain(await guarded.get(bytes(1)))).toEqual([1])
    expect(await guarded.get(bytes(2))).toBe(undefined)
  })

  it('keeps what is asked while it is opened again waiting', async () => {
    await fill(0, 10)
    const reopened = guarded.reopen()
    const value = guarded.get(bytes(1, 4))
    const pairs = guarded.iterator({ gte: bytes(1) }).nextv(3)
    await reopened
    expect(plain(await value)).toEqual([4])
    expect((await pairs).map(([key]) => key[1])).toEqual([0, 1, 2])
    expect(guarded.openings).toBe(2)
  })

  it('gives each pair once and in order, however often it is opened again meanwhile', async () => {
    await fill(0, 200)
    const numRuns = Math.min(300, Number(process.env['PROPERTY_RUNS'] ?? 20))
    const seed = Number(process.env['PROPERTY_SEED'] ?? Date.now())
    await fc.assert(
      fc.asyncProperty(ranges, steps, async ({ range, expected }, turns) => {
        const pairs = guarded.iterator(range)
        const found: (number | undefined)[] = []
        for (const [size, again] of turns) {
          found.push(...(await pairs.nextv(size)).map(([key]) => key[1]))
          if (again) await guarded.reopen()
        }
        for await (const [key] of pairs) found.push(key[1])
        expect(found).toEqual(expected)
      }),
      { numRuns, seed },
    )
  })
})

interface Asked {
  readonly range: KeyRange
  /** What a range of 200 keys gives. */
  readonly expected: readonly number[]
}

const upwards = fc
  .tuple(fc.nat(199), fc.nat(199), fc.boolean())
  .map(([from, to, inclusive]): Asked => {
    const end = inclusive ? { lte: bytes(1, to) } : { lt: bytes(1, to) }
    const length = Math.max(0, to - from + (inclusive ? 1 : 0))
    return {
      range: { gte: bytes(1, from), ...end },
      expected: Array.from({ length }, (_, n) => from + n),
    }
  })

const eitherWay = fc.tuple(upwards, fc.boolean()).map(([{ range, expected }, reverse]) => ({
  range: { ...range, reverse },
  expected: reverse ? expected.toReversed() : expected,
}))

const ranges = fc
  .tuple(eitherWay, fc.option(fc.integer({ min: 1, max: 250 })))
  .map(([{ range, expected }, limit]) =>
    limit === null
      ? { range, expected }
      : { range: { ...range, limit }, expected: expected.slice(0, limit) },
  )

const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()), { maxLength: 4 })

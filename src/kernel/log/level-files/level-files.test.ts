import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Level } from 'level'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { crc32c, masked } from './crc32c.ts'
import type { FileEntry } from './entry.ts'
import { journalDamage, journalItems } from './journal.ts'
import { listedIn } from './manifest.ts'
import { tableItems } from './table.ts'
import { entriesOfBatch } from './write-batch.ts'

const settings = {
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 100),
  ...(process.env['PROPERTY_SEED'] === undefined
    ? {}
    : { seed: Number(process.env['PROPERTY_SEED']) }),
}

let folder: string
let journal: Uint8Array
let manifest: Uint8Array
let tables: readonly Uint8Array[]

const filesOf = async (pattern: RegExp): Promise<Uint8Array[]> => {
  const names = (await readdir(join(folder, 'db'))).filter((name) => pattern.test(name)).sort()
  return Promise.all(names.map((name) => readFile(join(folder, 'db', name))))
}

const textOfKey = (n: number): string =>
  n % 3 === 0 ? 'sediment '.repeat(n % 400) : `${n ** 3}`.repeat(n % 50)

vi.setConfig({ testTimeout: 300_000 })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-level-'))
  const db = new Level<string, string>(join(folder, 'db'))
  await db.open()
  for (let n = 0; n < 600; n++) await db.put(`key${n}`, textOfKey(n))
  await db.del('key7')
  await db.close()
  // Opening moves the log into a table.
  await db.open()
  for (let n = 600; n < 900; n++) await db.put(`key${n}`, textOfKey(n))
  await db.put('long', 'x'.repeat(100_000))
  await db.batch([
    { type: 'put', key: 'a', value: '1' },
    { type: 'del', key: 'long' },
  ])
  ;[journal = new Uint8Array(0)] = (await filesOf(/\.log$/)).slice(-1)
  ;[manifest = new Uint8Array(0)] = (await filesOf(/^MANIFEST/)).slice(-1)
  tables = await filesOf(/\.ldb$/)
  await db.close()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString()

/** The newest value of each key. */
const textsOf = (entries: Iterable<FileEntry>): Map<string | undefined, string | undefined> => {
  const inOrder = [...entries].sort((a, b) => a.sequence - b.sequence)
  return new Map(inOrder.map(({ key, value }) => [textOf(key), textOf(value)]))
}

const inJournal = (bytes: Uint8Array): FileEntry[] =>
  [...journalItems(bytes)].flatMap((item) =>
    'record' in item ? [...entriesOfBatch(item.record)] : [],
  )

const inTable = (bytes: Uint8Array): FileEntry[] =>
  [...tableItems(bytes)].flatMap((item) => ('entry' in item ? [item.entry] : []))

const gapsIn = (bytes: Uint8Array) =>
  [...tableItems(bytes)].flatMap((item) => ('gap' in item ? [item.gap] : []))

const changed = (bytes: Uint8Array, at: number, to?: number): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  copy[at] = to ?? (copy[at] ?? 0) ^ 0x10
  return copy
}

describe('CRC-32C', () => {
  it('is that of RFC 3720, in one piece or in several', () => {
    expect(crc32c(new Uint8Array(32)).toString(16)).toBe('8a9136aa')
    expect(crc32c(new Uint8Array(32).fill(0xff)).toString(16)).toBe('62a8ab43')
    const rising = Uint8Array.from({ length: 32 }, (_, n) => n)
    expect(crc32c(rising).toString(16)).toBe('46dd794e')
    expect(crc32c(rising.subarray(5), crc32c(rising.subarray(0, 5)))).toBe(crc32c(rising))
    expect(masked(0)).toBe(0xa282ead8)
  })
})

describe('the files of a LevelDB', () => {
  it('give what was written, in order', () => {
    const entries = inJournal(journal)
    expect(entries.length).toBe(303)
    expect(entries.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 303 }, (_, n) => 602 + n),
    )
    const written = textsOf([...tables.flatMap(inTable), ...entries])
    for (let n = 0; n < 900; n++) {
      if (n !== 7) expect([n, written.get(`key${n}`)]).toEqual([n, textOfKey(n)])
    }
    expect([written.get('a'), written.get('long'), written.get('key7')]).toEqual([
      '1',
      undefined,
      undefined,
    ])
    expect(tables.flatMap(gapsIn)).toEqual([])
  })

  it('name the oldest log that is still needed, and the tables', async () => {
    const numbers = (await readdir(join(folder, 'db')))
      .filter((name) => name.endsWith('.ldb'))
      .map((name) => Number.parseInt(name, 10))
    expect([...listedIn(manifest).tables]).toEqual(numbers)
    const logs = (await readdir(join(folder, 'db'))).filter((name) => name.endsWith('.log'))
    expect(listedIn(manifest).oldestLog).toBeGreaterThan(1)
    expect(listedIn(manifest).oldestLog).toBeLessThanOrEqual(Number.parseInt(logs.at(-1) ?? '', 10))
  })
})

describe('a journal', () => {
  it('that is cut anywhere is torn, and gives every record before the cut', () => {
    const whole = [...journalItems(journal)].flatMap((item) => ('record' in item ? [item.at] : []))
    fc.assert(
      fc.property(fc.nat(journal.length), (size) => {
        const short = journal.subarray(0, size)
        const found = [...journalItems(short)].flatMap((item) =>
          'record' in item ? [item.at] : [],
        )
        expect(journalDamage(short, true)).toBe(undefined)
        expect(found).toEqual(whole.slice(0, found.length))
        expect(whole[found.length + 1] ?? size).toBeGreaterThanOrEqual(
          Math.min(size, whole[found.length + 1] ?? size),
        )
      }),
      settings,
    )
  })

  it('with a changed byte before its last record is damaged there, and loses that record alone', () => {
    const items = [...journalItems(journal)].flatMap((item) => ('record' in item ? [item.at] : []))
    const last = items.at(-1) ?? 0
    fc.assert(
      fc.property(fc.nat(last - 1), (at) => {
        const damaged = changed(journal, at)
        const found = journalDamage(damaged, true)
        const left = inJournal(damaged).length
        // The few bytes that fill a block up belong to no record.
        if (found === undefined) expect(left).toBe(303)
        else {
          expect(found.from).toBeLessThanOrEqual(at)
          expect(found.to).toBeGreaterThan(at)
          expect(left).toBeGreaterThanOrEqual(302)
        }
      }),
      settings,
    )
  })

  it('whose end is torn although another was begun after it is damaged', () => {
    const short = journal.subarray(0, journal.length - 3)
    expect(journalDamage(short, true)).toBe(undefined)
    expect(journalDamage(short, false)?.to).toBe(short.length)
    expect(journalDamage(journal, false)).toBe(undefined)
  })

  it('of zeros at its end is torn; with something after the zeros it is damaged', () => {
    const padded = new Uint8Array(journal.length + 5000)
    padded.set(journal)
    expect(journalDamage(padded, true)).toBe(undefined)
    const holed = Uint8Array.from(journal).fill(0, 512, 1024)
    expect(journalDamage(holed, true)).toMatchObject({ to: expect.any(Number) })
  })
})

describe('a table', () => {
  it('with a changed byte gives every entry of its other blocks', () => {
    const [table = new Uint8Array(0)] = tables
    const whole = textsOf(inTable(table))
    expect(whole.size).toBe(600)
    fc.assert(
      fc.property(fc.nat(table.length - 1), fc.nat(255), (at, to) => {
        fc.pre(table[at] !== to)
        const damaged = changed(table, at, to)
        const gaps = gapsIn(damaged)
        const found = textsOf(inTable(damaged))
        const same = [...found].filter(([key, value]) => whole.get(key) === value).length
        const lost = gaps.reduce((sum, gap) => sum + (gap.from <= at ? gap.to - gap.from : 0), 0)
        if (gaps.length === 0) expect(same).toBe(whole.size)
        // An entry takes at least four bytes of a block.
        expect(whole.size - same).toBeLessThanOrEqual(lost * 8)
        expect(found.size).toBeLessThanOrEqual(whole.size + lost)
      }),
      settings,
    )
  })

  it('without its index gives the same entries', () => {
    const [table = new Uint8Array(0)] = tables
    const lost = Uint8Array.from(table).fill(0, table.length - 48)
    const left = new Set(inTable(lost).map(({ key, value }) => `${textOf(key)} ${textOf(value)}`))
    for (const [key, value] of textsOf(inTable(table)))
      expect(left.has(`${key} ${value}`)).toBe(true)
    expect(gapsIn(lost)).toHaveLength(1)
  })

  it('of arbitrary bytes is read to an end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => {
        for (const item of tableItems(bytes)) expect(item).toBeDefined()
        for (const item of journalItems(bytes)) expect(item).toBeDefined()
        expect(inJournal(bytes)).toEqual([])
      }),
      settings,
    )
  })
})

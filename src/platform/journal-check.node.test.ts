import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open } from '../open.ts'
import { journalFault } from './journal-check.node.ts'

let folder: string
/** A store as a process that was killed left it. */
let killed: string
let journal: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-journal-'))
  const store = join(folder, 'store')
  await (await open(store, { durability: 'os', facts: false })).close()
  const varve = await open(store, { facts: false })
  for (let n = 0; n < 50; n++) await varve.experiments.create(`experiment ${n}`)
  killed = join(folder, 'killed')
  await cp(store, killed, { recursive: true })
  await varve.close()
  const names = await readdir(join(killed, 'log'))
  journal =
    names
      .filter((name) => name.endsWith('.log'))
      .sort()
      .at(-1) ?? ''
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const copyOf = async (name: string): Promise<string> => {
  const copy = join(folder, name)
  await cp(killed, copy, { recursive: true })
  return copy
}

const filesIn = async (log: string): Promise<ReadonlyMap<string, string>> => {
  const names = (await readdir(log)).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(log, name), 'latin1')))
  return new Map(names.map((name, at) => [name, texts[at] ?? '']))
}

const change = async (file: string, at: number): Promise<void> => {
  const bytes = await readFile(file)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await writeFile(file, bytes)
}

describe('what a killed process left', () => {
  it('is opened, and so is a log whose last write is torn', async () => {
    const copy = await copyOf('torn')
    expect(await journalFault(join(copy, 'log'))).toBe(undefined)
    const file = join(copy, 'log', journal)
    const bytes = await readFile(file)
    await writeFile(file, bytes.subarray(0, -5))
    await using varve = await open(copy)
    expect((await varve.experiments.list()).length).toBe(49)
  })

  it('is refused with nothing touched when an older write is damaged', async () => {
    const copy = await copyOf('changed')
    const log = join(copy, 'log')
    await change(join(log, journal), 1000)
    const before = await filesIn(log)
    const fault = await journalFault(log)
    expect(fault?.file).toBe(journal)
    expect(fault?.from).toBeLessThanOrEqual(1000)
    expect(fault?.to).toBeGreaterThan(1000)
    for (const _ of ['once', 'again']) {
      await expect(open(copy)).rejects.toMatchObject({
        code: 'LOG_CORRUPT',
        data: { file: journal },
      })
    }
    expect(await filesIn(log)).toEqual(before)
  })

  it('is refused with nothing touched when the list of tables is damaged', async () => {
    const copy = await copyOf('list')
    const log = join(copy, 'log')
    const name = (await readFile(join(log, 'CURRENT'), 'utf8')).trim()
    await change(join(log, name), 12)
    const before = await filesIn(log)
    await expect(open(copy)).rejects.toMatchObject({ code: 'LOG_CORRUPT', data: { file: name } })
    expect(await filesIn(log)).toEqual(before)
  })

  it('is no fault when there is nothing yet', async () => {
    expect(await journalFault(join(folder, 'nowhere'))).toBe(undefined)
  })
})

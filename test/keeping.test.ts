import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open, type Varve } from '../src/index.ts'
import { importMlflow } from '../src/interop/index.ts'
import {
  exportArchive,
  exportEvents,
  importArchive,
  importEvents,
  restore,
  type StoreCopy,
} from '../src/keeping/index.ts'
import { eventsOf, housePrice } from './import-stores.ts'

let folder: string
let varve: Varve

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-keeping-'))
  varve = await open(join(folder, 'live'), { facts: false, durability: 'os' })
  await importMlflow(varve, housePrice)
})

afterAll(async () => {
  await varve.close()
  await rm(folder, { recursive: true })
})

/** What people ask, of now and of a day in the middle of the history. */
const answersOf = async (store: Varve) => ({
  events: await eventsOf(store),
  runs: (await store.runs.search({ lifecycle: 'all', limit: 100 })).rows,
  experiments: await store.experiments.list(),
  models: await store.registry.list(),
  past: (await store.asOf('2023-05-26').runs.search({ limit: 100 })).rows,
  changed: await store.diff('2023-05-26', 'now'),
})

const ways: readonly [string, (to: string) => Promise<StoreCopy>][] = [
  ['backed up', (to) => varve.backup(to)],
  ['backed up and restored', async (to) => restore((await varve.backup(`${to}-first`)).folder, to)],
  ['exported and imported as an archive', (to) => importArchive(exportArchive(varve), to)],
]

describe('A published MLflow store with its history', () => {
  it.each(ways)('has the same hashes, answers and artifacts when it is %s', async (name, copy) => {
    const result = await copy(join(folder, name))
    await using again = await open(result.folder)
    expect(result).toMatchObject({ head: (await varve.log.info()).head, artifacts: 24 })
    expect(await answersOf(again)).toEqual(await answersOf(varve))
    expect(await again.verify()).toMatchObject({ ok: true, artifacts: 24, broken: [] })
  })

  it('has the same hashes and answers when it is exported and imported as lines', async () => {
    const result = await importEvents(exportEvents(varve), join(folder, 'lines'))
    await using again = await open(result.folder)
    expect(result.head).toBe((await varve.log.info()).head)
    expect(await answersOf(again)).toEqual(await answersOf(varve))
  })

  it('gives the same export again after an import', async () => {
    const { folder: to } = await importEvents(exportEvents(varve), join(folder, 'twice'))
    await using again = await open(to)
    const texts = await Promise.all([varve, again].map(async (store) => text(exportEvents(store))))
    expect(texts[1]).toBe(texts[0])
  })
})

const text = async (pieces: AsyncIterable<string>): Promise<string> => {
  let whole = ''
  for await (const piece of pieces) whole += piece
  return whole
}

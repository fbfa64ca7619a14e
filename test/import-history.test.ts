import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open, type Varve } from '../src/index.ts'
import { type ImportSummary, importMlflow } from '../src/interop/index.ts'
import { day, eventsOf, housePrice } from './import-stores.ts'

describe('a published store, imported into an empty one', () => {
  let folder = ''
  let varve: Varve
  let summary: ImportSummary
  const before = Date.now()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'varve-import-test-'))
    varve = await open(folder, { actor: 'archivist' })
    summary = await importMlflow(varve, housePrice)
  })

  afterAll(async () => {
    await varve.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('is counted: everything that was read was written', () => {
    const counts = {
      experiments: 3,
      runs: 21,
      params: 56,
      metrics: 102,
      tags: 116,
      datasets: 0,
      artifacts: 74,
      loggedModels: 0,
      models: 2,
      versions: 58,
      transitions: 4,
      aliases: 0,
    }
    expect(summary).toMatchObject({ kind: 'mlflow-folder', times: 'claimed', refused: 0 })
    expect(summary.read).toEqual(counts)
    expect(summary.written).toEqual(counts)
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary)
  })

  it('can be asked as of any moment of its years', async () => {
    const runsAt = async (when: string): Promise<number> =>
      (await varve.asOf(when).runs.search({ limit: 1000 })).rows.length
    expect(await runsAt('2023-05-26')).toBe(0)
    expect(await runsAt(day('12:45:20'))).toBe(1)
    expect(await runsAt(day('12:53:00'))).toBe(2)
    expect(await runsAt('2023-05-27')).toBe(15)
    expect(await runsAt('2023-05-30')).toBe(21)
  })

  it('shows a run as it was while it went on', async () => {
    const during = await varve.asOf(day('13:05:29.170')).runs.search({ limit: 1000 })
    const [going, ...others] = during.rows.filter(({ status }) => status === 'RUNNING')
    expect(others).toEqual([])
    expect(going).toMatchObject({ startTime: 1685192729082, endTime: null, artifacts: [] })
    expect(Object.values(going?.metrics ?? {}).map(({ timestamp }) => timestamp)).toEqual([
      1685192729165,
    ])
    const now = await varve.runs.get(String(going?.id))
    expect(now).toMatchObject({ status: 'FINISHED', endTime: 1685192739119 })
    expect(Object.keys(now.metrics)).toHaveLength(4)
    expect(now.artifacts).toHaveLength(4)
  })

  it('says which version was in which stage when, and that nobody here saw it', async () => {
    const moves = await varve.registry.history('model')
    expect(moves.map(({ version, from, to }) => [version, from, to])).toEqual([
      [43, 'None', 'Staging'],
      [50, 'None', 'Staging'],
    ])
    const others = await varve.registry.history('linearRegressionModel')
    expect(others.map(({ version, to }) => [version, to]).sort()).toEqual([
      [2, 'Archived'],
      [8, 'Staging'],
    ])
    for (const move of [...moves, ...others]) {
      expect(move.claimed).toBe(`mlflow-folder:${summary.digest}`)
      expect(move.by).toBe('unknown')
      expect(move.at).toBeLessThan(Date.parse('2023-06-01'))
    }
    expect(moves[1]).toMatchObject({ replaced: 43 })
    expect((await varve.asOf('2023-05-27').registry.current('model', 'Staging'))?.version).toBe(43)
    expect((await varve.registry.current('model', 'Staging'))?.version).toBe(50)
  })

  it('says why a version stands where it stands, and what changed between two dates', async () => {
    const why = await varve.why('models:/model/Staging', { at: '2023-05-30' })
    expect(why).toMatchObject({ version: 50, replaced: 43 })
    const quiet = await varve.diff('2023-05-01', '2023-05-20')
    const busy = await varve.diff('2023-05-26', '2023-05-27')
    expect(JSON.stringify(quiet)).not.toContain('run.started')
    expect(JSON.stringify(busy)).toContain('thimotee')
  })

  it('gives a version the digest of the bytes that its run logged', async () => {
    const version = await varve.registry.version('model', 50)
    expect(version.path).toBe('sklearn-model')
    const { artifacts } = await varve.runs.get(String(version.run))
    expect(artifacts.map(({ path }) => path)).toContain('sklearn-model/MLmodel')
    expect(version.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  it('ends with what was really witnessed: the import, its time and its actor', async () => {
    const events = await eventsOf(varve)
    const last = events.at(-1)
    expect(last).toMatchObject({
      type: 'log.imported',
      actor: 'archivist',
      data: { kind: 'mlflow-folder', digest: summary.digest, times: 'claimed', refused: 0 },
    })
    expect(last?.meta?.claimed).toBeUndefined()
    expect(last?.recordedAt).toBeGreaterThanOrEqual(before)
    const claimed = events.slice(0, -1)
    expect(new Set(claimed.map(({ meta }) => meta?.claimed))).toEqual(
      new Set([`mlflow-folder:${summary.digest}`]),
    )
    expect(claimed.every(({ recordedAt }) => recordedAt < Date.parse('2023-06-01'))).toBe(true)
    expect(events).toHaveLength(summary.events)
  })

  it('is intact by every check there is', async () => {
    expect(await varve.verify()).toMatchObject({ ok: true, broken: [] })
  })

  it('adds nothing when it comes again, also to the store opened anew', async () => {
    const { head } = await varve.log.info()
    const again = await importMlflow(varve, housePrice)
    expect(again).toMatchObject({ times: 'nothing', events: 0, read: summary.read })
    expect(Object.values(again.written).every((count) => count === 0)).toBe(true)
    await varve.close()
    varve = await open(folder)
    await Promise.all([importMlflow(varve, housePrice), importMlflow(varve, housePrice)])
    expect((await varve.log.info()).head).toBe(head)
  })
})

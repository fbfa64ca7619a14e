import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { memoryBlobStore } from '../src/artifacts/index.ts'
import { createVarve } from '../src/create-varve.ts'
import { ERASED, open, type RecordedEvent, type Varve } from '../src/index.ts'
import type { EventLog } from '../src/kernel/log/event-log.ts'
import { openLevelLog } from '../src/kernel/log/level-log.ts'
import { openEngine } from '../src/kernel/open-engine.ts'
import { projections } from '../src/store.ts'
import { trackingEvents } from '../src/tracking/index.ts'

const secret = 'Xq7-secret-Zw9'
const why = { reason: 'request 118' }

const started = async (varve: Varve, id = 'r1') =>
  await varve.runs.start({ id, experiment: 'trial', tags: { patient: secret }, facts: false })

const filesWith = async (folder: string): Promise<string[]> => {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    if ((await readFile(path)).includes(secret)) found.push(path)
  }
  return found
}

const inFolder = async (test: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'varve-erase-'))
  try {
    await test(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A store on a log, whatever that log does. */
const varveOn = async (log: EventLog): Promise<Varve> => {
  const clock = (): number => 1000
  const engine = await openEngine({
    log,
    families: trackingEvents,
    projections,
    actor: 'me',
    clock,
  })
  return createVarve(
    {
      engine,
      log,
      blobs: memoryBlobStore(),
      clock,
      settings: { format: 1, id: 'a store', durability: 'memory', createdAt: 0 },
      folder: undefined,
      owner: { pid: 0, host: '', since: 0 },
      reopen: () => engine.reopen(),
      close: () => engine.close(),
    },
    { facts: false, actor: undefined },
  )
}

describe('An erasure that was cut off', () => {
  it('is completed when the store is opened again, before it answers', async () => {
    await inFolder(async (folder) => {
      const { log } = await openLevelLog(join(folder, 'log'), { now: 0 })
      const cutOff: EventLog = {
        supports: log.supports,
        entries: log.entries,
        append: (commit, entries) => log.append(commit, entries),
        replace: async (commit, replaced, entries) =>
          await log.replace?.(commit, replaced, entries),
        scrub: () => Promise.reject(new Error('the power went')),
        last: () => log.last(),
        at: (position) => log.at(position),
        read: (from) => log.read(from),
        size: () => log.size(),
        close: () => log.close(),
        [Symbol.asyncDispose]: () => log.close(),
      }
      const varve = await varveOn(cutOff)
      await started(varve)
      await expect(varve.erase({ run: 'r1', tag: 'patient' }, why)).rejects.toThrow('power')
      expect((await varve.runs.get('r1')).tags['patient']).toBe(ERASED)
      await log.close()
      expect((await filesWith(folder)).length).toBeGreaterThan(0)
      const again = await open(folder)
      expect(await filesWith(folder)).toEqual([])
      expect((await again.runs.get('r1')).tags['patient']).toBe(ERASED)
      expect(await again.verify()).toMatchObject({ ok: true, erased: 1 })
      await again.close()
    })
  })
})

describe('Who reads while something is erased', () => {
  it('is given what is left, though the reader stood before it in history', async () => {
    await using varve = await open({ memory: true })
    for (const id of ['r1', 'r2', 'r3']) await started(varve, id)
    const seen: RecordedEvent[] = []
    for await (const event of varve.events({ types: ['run.started'], from: 0 })) {
      if (seen.length === 0) await varve.erase({ run: 'r3', tag: 'patient' }, why)
      if (seen.push(event) === 3) break
    }
    expect(JSON.stringify(seen[1])).toContain(secret)
    expect(JSON.stringify(seen[2])).toContain(ERASED)
    expect(JSON.stringify(seen[2])).not.toContain(secret)
  })

  it('is given what is left, though it was in memory for a live reader who had not come to it', async () => {
    await using varve = await open({ memory: true })
    const feed = varve.events({ types: ['run.started'], from: 'now' })[Symbol.asyncIterator]()
    const first = feed.next()
    await started(varve, 'r1')
    await first
    for (const id of ['r2', 'r3']) await started(varve, id)
    await varve.erase({ run: 'r3', tag: 'patient' }, why)
    await feed.next()
    const third = await feed.next()
    expect(third.value).toMatchObject({ stream: 'run:r3' })
    expect(JSON.stringify(third.value)).not.toContain(secret)
    await feed.return?.()
  })

  it('hears of the erasure, and goes on with what is written afterwards', async () => {
    await using varve = await open({ memory: true })
    await started(varve)
    const feed = varve.events({ from: 'now' })[Symbol.asyncIterator]()
    const first = feed.next()
    await varve.erase({ run: 'r1', tag: 'patient' }, why)
    await varve.experiments.create('later')
    expect((await first).value).toMatchObject({ type: 'payload.erased' })
    expect((await feed.next()).value).toMatchObject({ type: 'experiment.created' })
    await feed.return?.()
  })

  it('has a projection of its own folded anew, and is told', async () => {
    await inFolder(async (folder) => {
      const definition = {
        name: 'patients',
        version: 1,
        initial: (): string[] => [],
        on: {
          'run.started': (found: string[], { data }: { data: { tags: [string, string][] } }) => {
            for (const [key, value] of data.tags) if (key === 'patient') found.push(value)
          },
        },
      }
      const varve = await open(folder)
      const patients = await varve.project(definition)
      const seen: string[][] = []
      patients.changes.subscribe((state) => seen.push([...state]))
      await started(varve)
      await varve.erase({ run: 'r1', tag: 'patient' }, why)
      expect([patients.state, seen.at(-1)]).toEqual([[ERASED], [ERASED]])
      expect((await varve.verify()).broken).toEqual([])
      await varve.close()
      await using again = await open(folder)
      expect((await again.project(definition)).state).toEqual([ERASED])
      expect(await filesWith(folder)).toEqual([])
    })
  })
})

describe('What is beside the events', () => {
  it('keeps the bytes of an artifact while another run has them, and says so', async () => {
    await using varve = await open({ memory: true })
    for (const id of ['r1', 'r2']) await (await started(varve, id)).logArtifact('a.txt', secret)
    const first = await varve.erase({ run: 'r1', artifact: 'a.txt' }, why)
    expect(first.artifacts).toEqual({ removed: 0, kept: 1 })
    const { artifacts } = await varve.runs.get('r2')
    expect(artifacts.map(({ path }) => path)).toEqual(['a.txt'])
    const second = await varve.erase({ run: 'r2', artifact: 'a.txt' }, why)
    expect(second.artifacts).toEqual({ removed: 1, kept: 0 })
    expect(await varve.verify()).toMatchObject({ ok: true, artifacts: 1 })
  })

  it('has no curve of an erased metric in blocks, nor its name', async () => {
    await inFolder(async (folder) => {
      const varve = await open(folder, { durability: 'os' })
      const run = await started(varve)
      for (let from = 0; from < 30_000; from += 5000) {
        const metrics = Array.from({ length: 5000 }, (_, at) => [
          { key: 'loss', value: Math.sin(from + at), step: from + at },
          { key: secret, value: Math.cos(from + at), step: from + at },
        ]).flat()
        await run.logBatch({ metrics })
      }
      const before = await varve.runs.history('r1', 'loss', { points: 100 })
      await varve.runs.history('r1', secret, { points: 100 })
      await varve.erase({ run: 'r1', tag: 'patient' }, why)
      expect((await filesWith(folder)).length).toBeGreaterThan(0)
      await varve.runs.history('r1', secret, { points: 100 })
      await varve.erase({ run: 'r1', metric: secret }, why)
      expect(await varve.runs.history('r1', 'loss', { points: 100 })).toEqual(before)
      await expect(varve.runs.history('r1', secret)).rejects.toMatchObject({
        code: 'METRIC_NOT_FOUND',
      })
      expect(await filesWith(folder)).toEqual([])
      expect((await varve.verify()).broken).toEqual([])
      await varve.close()
    })
  })

  it('forgets the digest of a request that said it, and refuses the request from then on', async () => {
    await using varve = await open({ memory: true })
    await started(varve)
    const set = () =>
      varve.experiments.setTags('trial', { owner: secret }, { idempotencyKey: 'once' })
    await set()
    await set()
    await varve.erase({ experiment: 'trial', tag: 'owner' }, why)
    await expect(set()).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
    expect((await varve.verify()).broken).toEqual([])
  })

  it('is left alone by writers meanwhile, of whom none is lost', async () => {
    await inFolder(async (folder) => {
      const varve = await open(folder)
      const run = await started(varve)
      const writes = Array.from({ length: 200 }, (_, step) => run.logMetrics({ a: step }, { step }))
      const erasure = varve.erase({ run: 'r1', tag: 'patient' }, why)
      const more = Array.from({ length: 200 }, (_, at) => run.logMetrics({ b: at }, { step: at }))
      await Promise.all([...writes, ...more, erasure])
      expect((await varve.runs.history('r1', 'a')).length).toBe(200)
      expect((await varve.runs.history('r1', 'b')).length).toBe(200)
      expect((await varve.verify()).broken).toEqual([])
      await varve.close()
      expect(await filesWith(folder)).toEqual([])
    })
  })

  it('is erased twice in a row, also of the record of an erasure', async () => {
    await using varve = await open({ memory: true, actor: secret })
    await started(varve)
    await varve.erase({ run: 'r1', tag: 'patient' }, why)
    const { recorded } = await varve.erase({ actor: secret }, why)
    expect(recorded.length).toBe(1)
    for await (const { events } of varve.read()) {
      expect(JSON.stringify(events)).not.toContain(secret)
    }
    expect(await varve.verify()).toMatchObject({ ok: true, broken: [] })
  })
})

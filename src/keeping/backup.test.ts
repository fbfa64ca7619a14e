import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storedBytes } from '../../test/keeping/history.ts'
import { open, type Varve } from '../index.ts'
import { logKey } from '../kernel/log/keys.ts'
import { openLevelLog } from '../kernel/log/level-log.ts'
import { backupStore } from './backup.ts'
import { exportEvents, restore } from './index.ts'
import { liveSource } from './live-source.ts'

let folder: string
let varve: Varve
const os = { durability: 'os', facts: false } as const

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-backup-'))
  varve = await open(join(folder, 'live'), os)
})

afterEach(async () => {
  await varve.close()
  await rm(folder, { recursive: true })
})

const at = (...names: string[]): string => join(folder, ...names)

const fill = async (): Promise<void> => {
  const run = await varve.runs.start({ experiment: 'churn', params: { depth: 8 } })
  await run.logMetric('auc', 0.9)
  await run.logArtifact('model/weights', 'first bytes')
  await varve.registry.createVersion('churn', { run: run.id, path: 'model' })
  await varve.registry.transition('churn', 1, 'Production', { comment: 'first' })
  await run.end()
}

const answersOf = async (store: Varve) => ({
  runs: await store.runs.search({ lifecycle: 'all' }),
  models: await store.registry.list(),
  current: await store.registry.current('churn', 'Production'),
  history: await store.registry.history('churn'),
})

const bytesIn = async (store: string): Promise<Uint8Array[]> => {
  const { log } = await openLevelLog(join(store, 'log'), { now: 0 })
  try {
    return await storedBytes(log)
  } finally {
    await log.close()
  }
}

const blobFiles = async (store: string): Promise<string[]> =>
  (await readdir(join(store, 'blobs', 'sha256'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

describe('A backup', () => {
  it('is a store that gives the same answers, and verifies', async () => {
    await fill()
    const before = await answersOf(varve)
    const info = await varve.log.info()
    const copy = await varve.backup(at('copy'))
    expect(copy).toMatchObject({
      folder: at('copy'),
      position: info.position,
      events: info.events,
      commits: info.commits,
      artifacts: 1,
      head: info.head,
    })
    await using kept = await open(at('copy'))
    expect(await answersOf(kept)).toEqual(before)
    expect(await kept.log.info()).toMatchObject({
      id: info.id,
      createdAt: info.createdAt,
      durability: 'os',
      head: info.head,
    })
    expect(await kept.verify()).toMatchObject({ ok: true, artifacts: 1, broken: [] })
    expect(existsSync(at('copy.partial'))).toBe(false)
    expect(JSON.parse(await readFile(at('copy', 'head.json'), 'utf8'))).toMatchObject({
      position: info.position,
      hash: info.head,
    })
  })

  it('is the beginning of the log while 50 callers write', async () => {
    let going = true
    const writers = Array.from({ length: 50 }, async (_, writer) => {
      const run = await varve.runs.start({ experiment: `e${writer % 3}` })
      for (let step = 0; going; step++) await run.logMetric('loss', 1 / (step + 1), { step })
      await run.end()
    })
    while ((await varve.log.info()).events < 500) await new Promise((go) => setTimeout(go, 5))
    const copies = [await varve.backup(at('one')), await varve.backup(at('two'))]
    going = false
    await Promise.all(writers)
    const last = (await varve.log.info()).position
    await varve.close()
    const whole = await bytesIn(at('live'))
    for (const { folder: copy, commits, events, position } of copies) {
      expect(position).toBeGreaterThanOrEqual(499)
      expect(position).toBeLessThan(last)
      expect(await bytesIn(copy)).toEqual(whole.slice(0, commits))
      await using kept = await open(copy)
      expect(await kept.verify()).toMatchObject({ ok: true, events, broken: [] })
    }
  })

  it('holds the artifacts that were replaced later too, and none that no event names', async () => {
    const run = await varve.runs.start({ experiment: 'e' })
    await run.logArtifact('notes.txt', 'first')
    const { position } = await varve.log.info()
    await run.logArtifact('notes.txt', 'second')
    expect(await varve.backup(at('copy'))).toMatchObject({ artifacts: 2 })
    await run.logArtifact('notes.txt', 'third')
    expect(await blobFiles(at('copy'))).toHaveLength(2)
    await using kept = await open(at('copy'))
    const past = await kept.asOf(position).runs.get(run.id)
    expect(past.artifacts.map(({ path }) => path)).toEqual(['notes.txt'])
    expect(await kept.verify()).toMatchObject({ ok: true })
  })

  it('can be made of a store in memory, and of an empty one', async () => {
    await using memory = await open({ memory: true, facts: false })
    expect(await memory.backup(at('empty'))).toMatchObject({ position: -1, events: 0, commits: 0 })
    const run = await memory.runs.start({ experiment: 'e' })
    await memory.backup(at('memory'))
    await using kept = await open(at('memory'))
    expect((await kept.log.info()).durability).toBe('fsync')
    expect((await kept.runs.get(run.id)).id).toBe(run.id)
    await using empty = await open(at('empty'))
    expect(await empty.verify()).toMatchObject({ ok: true, events: 0 })
  })

  it('is made in an empty folder, and never over anything', async () => {
    await fill()
    await mkdir(at('empty'))
    await varve.backup(at('empty'))
    await mkdir(at('taken'))
    await writeFile(at('taken', 'mine.txt'), 'mine')
    await writeFile(at('file'), 'mine')
    for (const to of [at('taken'), at('file'), at('live'), at('empty'), '']) {
      await expect(varve.backup(to)).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    }
    expect(await readdir(folder)).toEqual(['empty', 'file', 'live', 'taken'])
    expect(await readFile(at('taken', 'mine.txt'), 'utf8')).toBe('mine')
  })

  it('replaces what a backup that was broken off left, and nothing else', async () => {
    await fill()
    await mkdir(at('copy.partial', 'log'), { recursive: true })
    await writeFile(at('copy.partial', 'log', '000003.log'), 'half')
    await varve.backup(at('copy'))
    expect(await bytesIn(at('copy'))).toHaveLength((await varve.log.info()).commits)
    await mkdir(at('other.partial'))
    await writeFile(at('other.partial', 'thesis.tex'), 'mine')
    await expect(varve.backup(at('other'))).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    expect(await readdir(at('other.partial'))).toEqual(['thesis.tex'])
  })

  it('to a place where one is being made is refused', async () => {
    await fill()
    const both = await Promise.allSettled([varve.backup(at('copy')), varve.backup(at('copy'))])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await using kept = await open(at('copy'))
    expect(await kept.verify()).toMatchObject({ ok: true })
  })

  it('that is stopped leaves nothing', async () => {
    await fill()
    const reason = new Error('enough')
    const stopped = varve.backup(at('one'), { signal: AbortSignal.abort(reason) })
    await expect(stopped).rejects.toBe(reason)
    const control = new AbortController()
    const running = varve.backup(at('two'), { signal: control.signal })
    control.abort(reason)
    await expect(running).rejects.toBe(reason)
    const cut = varve.backup(at('three'))
    await varve.close()
    await expect(cut).rejects.toMatchObject({ code: 'LOG_CLOSED' })
    await expect(varve.backup(at('four'))).rejects.toMatchObject({ code: 'LOG_CLOSED' })
    expect(() => exportEvents(varve)).toThrow(expect.objectContaining({ code: 'LOG_CLOSED' }))
    expect(await readdir(folder)).toEqual(['live'])
  })

  it('of damaged artifacts, or without its folder, says so and leaves nothing', async () => {
    await fill()
    await writeFile(at('file'), '')
    await expect(varve.backup(at('file', 'copy'))).rejects.toMatchObject({
      code: 'LOG_WRITE_FAILED',
    })
    const [blob = ''] = await blobFiles(at('live'))
    await rm(blob)
    await expect(varve.backup(at('copy'))).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' })
    await writeFile(blob, 'other bytes')
    await expect(varve.backup(at('copy'))).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' })
    expect(await readdir(folder)).toEqual(['file', 'live'])
  })

  it('keeps cursors and answers to retried calls, none beyond its end', async () => {
    const key = { idempotencyKey: 'k1' }
    await varve.registry.register('churn', key)
    const before = (await varve.log.info()).position
    const earlier = liveSource(varve)
    const reader = await varve.subscribe('mailer')
    await varve.registry.register('other')
    for await (const { event, done } of reader) {
      await done()
      if (event.position > before) break
    }
    // A backup that began at the position and reads the cursors last, as one does that takes its time.
    await backupStore(earlier, at('before'))
    await varve.backup(at('after'))
    await using kept = await open(at('after'))
    expect((await kept.subscribe('mailer')).position).toBe(reader.position)
    await using early = await open(at('before'))
    expect((await early.subscribe('mailer')).position).toBe(before)
    const again = await early.registry.register('churn', key)
    expect(again.name).toBe('churn')
    expect((await early.log.info()).position).toBe(before)
  })
})

describe('Restoring', () => {
  it('gives the store back, and leaves the backup as it is', async () => {
    await fill()
    const copy = await varve.backup(at('copy'))
    const before = await answersOf(varve)
    await varve.close()
    await rm(at('live'), { recursive: true })
    expect(await restore(at('copy'), at('live'))).toEqual({ ...copy, folder: at('live') })
    varve = await open(at('live'))
    expect(await answersOf(varve)).toEqual(before)
    await fill()
    expect(await varve.verify()).toMatchObject({ ok: true })
    expect(await bytesIn(at('copy'))).toHaveLength(copy.commits)
  })

  it('refuses what is no store, is in use, or would be overwritten', async () => {
    await varve.backup(at('copy'))
    await mkdir(at('nothing'))
    for (const [from, to] of [
      [at('nothing'), at('new')],
      [at('nowhere'), at('new')],
      [at('copy'), at('live')],
    ] as const) {
      await expect(restore(from, to)).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    }
    await expect(restore(at('live'), at('new'))).rejects.toMatchObject({ code: 'LOG_LOCKED' })
    expect(await readdir(folder)).toEqual(['copy', 'live', 'nothing'])
  })

  it('refuses a backup that was changed, or has lost its end', async () => {
    await fill()
    await varve.backup(at('copy'))
    const [blob = ''] = await blobFiles(at('copy'))
    const bytes = await readFile(blob)
    await rm(blob)
    await writeFile(blob, 'other bytes')
    await expect(restore(at('copy'), at('new'))).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' })
    await rm(blob)
    await expect(restore(at('copy'), at('new'))).rejects.toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
    })
    await writeFile(blob, bytes)
    await changeCommit(at('copy'), 0, (stored) => stored.with(stored.length - 1, 0))
    await expect(restore(at('copy'), at('new'))).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      data: { position: 0 },
    })
    await varve.backup(at('second'))
    await changeCommit(at('second'), (await varve.log.info()).position, () => undefined)
    await expect(restore(at('second'), at('new'))).rejects.toMatchObject({ code: 'LOG_CORRUPT' })
    expect(await readdir(folder)).toEqual(['copy', 'live', 'second'])
  })
})

/** Changes, or removes, the commit that holds a position. */
const changeCommit = async (
  store: string,
  position: number,
  change: (bytes: Uint8Array) => Uint8Array | undefined,
): Promise<void> => {
  const { log } = await openLevelLog(join(store, 'log'), { now: 0 })
  const commit = await log.at(position)
  const value = change(commit?.bytes ?? new Uint8Array(1))
  await log.entries.write([
    { key: logKey(commit?.first ?? 0), ...(value === undefined ? {} : { value }) },
  ])
  await log.close()
}

import {
  chmod,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Level } from 'level'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { repair } from './keeping/index.ts'
import type { RecordedEvent } from './kernel/events/event.ts'
import { journalItems } from './kernel/log/level-files/journal.ts'
import { open } from './open.ts'
import type { Varve } from './varve.ts'

let folder: string
/** A store with many commits in its journal, as a process that was killed left it, and its events. */
let killed: string
let events: readonly RecordedEvent[]
let store: string
let count = 0

const eventsOf = async (varve: Varve, from = 0): Promise<RecordedEvent[]> => {
  const all: RecordedEvent[] = []
  for await (const batch of varve.read({ from })) all.push(...batch.events)
  return all
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-rescue-'))
  const healthy = join(folder, 'healthy')
  await using made = await open(healthy, { durability: 'os', facts: false })
  const run = await made.runs.start({ id: 'one', experiment: 'churn', params: { depth: 8 } })
  await run.logArtifact('model/weights', 'bytes of a model')
  for (let step = 0; step < 60; step++) await run.logMetrics({ auc: step }, { step })
  await run.end()
  events = await eventsOf(made)
  killed = join(folder, 'killed')
  await cp(healthy, killed, { recursive: true })
  await rm(join(killed, 'owner.json'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  count += 1
  store = join(folder, `store-${count}`)
  await cp(killed, store, { recursive: true })
})

const journalOf = async (): Promise<string> => {
  const names = (await readdir(join(store, 'log'))).filter((name) => name.endsWith('.log'))
  return join(store, 'log', names.sort().at(-1) ?? '')
}

/** Damages the journal's nth record from the end. */
const damage = async (nth: number): Promise<void> => {
  const path = await journalOf()
  const bytes = await readFile(path)
  const places = [...journalItems(bytes)].flatMap((item) => ('record' in item ? [item.at] : []))
  const at = (places.at(-nth) ?? 0) + 20
  bytes[at] = (bytes[at] ?? 0) ^ 4
  await writeFile(path, bytes)
}

const filesIn = async (): Promise<ReadonlyMap<string, string>> => {
  const found = await readdir(store, { recursive: true, withFileTypes: true })
  const paths = found
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
  const files = new Map<string, string>()
  for (const path of paths.sort()) files.set(path, await readFile(path, 'latin1'))
  return files
}

const refused = { code: 'LOG_CORRUPT', message: expect.stringMatching(/readOnly: true.+repair\(/) }

describe('A damaged store that is opened to be read', () => {
  it('answers from what is before the damage, says what is missing, and gives what follows', async () => {
    await damage(20)
    await expect(open(store)).rejects.toMatchObject(refused)
    const before = await filesIn()
    await using varve = await open(store, { readOnly: true })
    const { ok, broken } = await varve.verify()
    const hole = broken.find(({ check }) => check === 'positions')?.position ?? -1
    expect(ok).toBe(false)
    expect(hole).toBeGreaterThan(10)
    expect(broken.map(({ check }) => check).sort()).toEqual(['files', 'positions'])
    const told: unknown[] = []
    varve.problems.subscribe(({ error, position }) => told.push([error, position]))
    expect(told).toContainEqual([expect.objectContaining({ code: 'LOG_CORRUPT' }), hole])

    expect((await varve.asOf('now').moment()).position).toBe(hole - 1)
    const { metrics, status } = await varve.runs.get('one')
    expect(status).toBe('RUNNING')
    expect(metrics['auc']?.last).toBeLessThan(59)
    let text = ''
    for await (const chunk of varve.runs.readArtifact('one', 'model/weights')) {
      text += Buffer.from(chunk).toString()
    }
    expect(text).toBe('bytes of a model')

    const read: RecordedEvent[] = []
    await expect(async () => {
      for await (const batch of varve.read()) read.push(...batch.events)
    }).rejects.toMatchObject({ code: 'LOG_CORRUPT', data: { position: hole } })
    expect(read).toEqual(events.slice(0, hole))
    const beyond = await eventsOf(varve, hole + 1)
    expect(beyond).toEqual(events.slice(hole + 1))
    const ofRun: RecordedEvent[] = []
    for await (const batch of varve.read({ from: hole + 1, stream: 'run:one' })) {
      ofRun.push(...batch.events)
    }
    expect(ofRun).toEqual(beyond)
    expect(await filesIn()).toEqual(before)
  })

  it('takes nothing', async () => {
    await damage(20)
    await using varve = await open(store, { readOnly: true })
    const run = await varve.runs.resume('one')
    for (const write of [
      () => run.logMetrics({ auc: 1 }),
      () => run.logArtifact('late', 'bytes'),
      () => varve.experiments.create('late'),
      () => varve.registry.register('late'),
      () => varve.subscribe('late'),
      () => varve.erase({ run: 'one', param: 'depth' }, { reason: 'late' }),
    ]) {
      await expect(write()).rejects.toMatchObject({ code: 'READ_ONLY' })
    }
    await varve.reopen()
  })

  it('needs no folder that can be written, and is not held by who reads', async () => {
    await damage(20)
    await chmod(store, 0o555)
    await using first = await open(store, { readOnly: true })
    await using second = await open(store, { readOnly: true })
    await chmod(store, 0o755)
    expect(await first.runs.get('one')).toEqual(await second.runs.get('one'))
  })

  it('is whole when it is whole, also while this process has it open', async () => {
    const check = async (varve: Varve): Promise<void> => {
      expect(await eventsOf(varve)).toEqual(events)
      expect(await varve.verify()).toMatchObject({ ok: true, broken: [] })
      await expect(varve.experiments.create('late')).rejects.toMatchObject({ code: 'READ_ONLY' })
      await varve.close()
    }
    await check(await open(store, { readOnly: true }))
    await using writing = await open(store)
    await check(await open(store, { readOnly: true }))
    await writing.experiments.create('in time')
  })

  it('is opened without the list of its tables, or with a log that is nothing but noise', async () => {
    await (await open(store)).close()
    await rm(join(store, 'log/CURRENT'))
    await expect(open(store)).rejects.toMatchObject(refused)
    await using varve = await open(store, { readOnly: true })
    expect(await eventsOf(varve)).toEqual(events)
    expect((await varve.verify()).ok).toBe(false)
    for (const name of await readdir(join(store, 'log'))) {
      await writeFile(join(store, 'log', name), 'noise '.repeat(5000))
    }
    await using nothing = await open(store, { readOnly: true })
    expect(await nothing.runs.search()).toMatchObject({ rows: [] })
    const { broken } = await nothing.verify()
    expect(broken.find(({ check }) => check === 'positions')?.position).toBe(0)
  })

  it('is refused where there is none, and where somebody writes', async () => {
    await expect(open(join(folder, 'nowhere'), { readOnly: true })).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    })
    expect(await stat(join(folder, 'nowhere')).catch(() => 'none')).toBe('none')
  })
})

describe('repair', () => {
  it('keeps what is before the damage, puts the rest into quarantine, and says so in the log', async () => {
    await damage(20)
    const found = await repair(store, { actor: 'ana' })
    const hole = found.missing[0]?.from ?? -1
    expect(found).toMatchObject({ repaired: true, intact: hole - 1, quarantine: 'quarantine/1' })
    expect(found.missing).toEqual([{ from: hole, to: hole }])
    await using varve = await open(store)
    const now = await eventsOf(varve)
    expect(now.slice(0, hole)).toEqual(events.slice(0, hole))
    expect(now).toHaveLength(hole + 1)
    expect(now.at(-1)).toMatchObject({
      type: 'log.repaired',
      stream: 'log',
      revision: 0,
      actor: 'ana',
      data: {
        intact: hole - 1,
        last: events.length - 1,
        missing: [[hole, hole]],
        cut: found.cut,
        quarantine: 'quarantine/1/entries.ndjson',
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      },
    })
    const { data } = now.at(-1) ?? {}
    const text = await readFile(join(store, 'quarantine/1/entries.ndjson'))
    const { sha256Hex } = await import('#platform')
    expect(data).toMatchObject({ digest: `sha256:${sha256Hex(text)}` })
    const lines = text
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const firsts = lines.filter(({ kind }) => kind === 'commit').map(({ first }) => first)
    expect(firsts).toHaveLength(found.cut)
    expect(firsts[0]).toBe(hole + 1)
    expect(lines.some(({ kind }) => kind === 'file')).toBe(true)
    await varve.experiments.create('afterwards')
    expect((await varve.verify()).ok).toBe(true)
  })

  it('leaves a whole store alone, and does nothing the second time', async () => {
    expect(await repair(store)).toMatchObject({ repaired: false, intact: events.length - 1 })
    expect(await readdir(store)).not.toContain('quarantine')
    await damage(3)
    expect((await repair(store)).repaired).toBe(true)
    expect((await repair(store)).repaired).toBe(false)
    expect(await readdir(join(store, 'quarantine'))).toEqual(['1'])
  })

  it('knows of an end that is gone, because closing wrote down where it was', async () => {
    await (await open(store)).close()
    const varve = await open(store)
    for (let n = 0; n < 5; n++) await varve.experiments.create(`late ${n}`)
    const { position } = await varve.log.info()
    await varve.close()
    const path = await journalOf()
    const bytes = await readFile(path)
    await writeFile(path, bytes.subarray(0, 0))
    await expect(open(store)).rejects.toMatchObject(refused)
    await using readable = await open(store, { readOnly: true })
    expect((await readable.verify()).broken).toMatchObject([{ position: events.length }])
    const found = await repair(store)
    expect(found).toMatchObject({
      repaired: true,
      missing: [{ from: events.length, to: position }],
      cut: 0,
    })
    await using again = await open(store)
    expect((await eventsOf(again)).slice(0, -1)).toEqual(events)
  })

  it('makes the store anew when the list of its tables is lost, without losing an event', async () => {
    await (await open(store)).close()
    await rm(join(store, 'log/CURRENT'))
    expect(await repair(store)).toMatchObject({ repaired: true, missing: [], cut: 0 })
    await using varve = await open(store)
    expect((await eventsOf(varve)).slice(0, -1)).toEqual(events)
    expect((await varve.verify()).ok).toBe(true)
  })

  it('that was broken off anywhere leaves the store as it was, or done', async () => {
    await damage(20)
    const copy = `${store}-copy`
    await cp(store, copy, { recursive: true })
    await repair(copy)
    const before = await readFile(await journalOf(), 'latin1')
    const log = join(store, 'log')
    const put = (name: string): Promise<void> =>
      cp(join(copy, 'log'), join(store, name), { recursive: true })
    const steps = [
      () => put('log.repaired'),
      () => rename(log, join(store, 'log.damaged')),
      () => rename(join(store, 'log.repaired'), log),
    ]
    for (let done = 1; done <= steps.length; done++) {
      for (const step of steps.slice(0, done)) await step()
      await using readable = await open(store, { readOnly: true })
      expect((await readable.verify()).ok).toBe(false)
      await expect(open(store)).rejects.toMatchObject(refused)
      expect(await readFile(await journalOf(), 'latin1')).toBe(before)
      expect((await readdir(store)).filter((name) => name.startsWith('log'))).toEqual(['log'])
    }
  })

  it('is refused where there is no store, and where somebody has it open', async () => {
    await expect(repair(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    await using _ = await open(store)
    await expect(repair(store)).rejects.toMatchObject({ code: 'LOG_LOCKED' })
  })
})

describe('a question about the past', () => {
  it('whose run has lost its start is refused, and does not look for it for ever', async () => {
    const first = await open(store)
    const { id } = await first.runs.start({ experiment: 'churn' })
    const { position } = await first.log.info()
    await first.runs.resume(id).then((run) => run.logMetrics({ auc: 1 }))
    await first.close()
    const options = { keyEncoding: 'view', valueEncoding: 'view' } as const
    const db = new Level<Uint8Array, Uint8Array>(join(store, 'log'), options)
    for await (const [key, value] of db.iterator()) {
      const at = Buffer.from(value).indexOf('run.started')
      if (key[0] !== 1 || at < 0 || !Buffer.from(value).includes(id)) continue
      const changed = value.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      await db.put(key, changed)
    }
    await db.close()
    await using varve = await open(store)
    await expect(varve.asOf(position).runs.search()).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      data: { run: id },
    })
    expect((await varve.verify()).ok).toBe(false)
  })
})

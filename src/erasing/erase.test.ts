import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { defineEvents, ERASED, open, type Varve } from '../index.ts'

const secret = 'Xq7-secret-Zw9'

const started = async (varve: Varve, id = 'r1') =>
  await varve.runs.start({
    id,
    name: 'a run',
    experiment: 'trial',
    params: [
      ['patient', secret],
      ['depth', '8'],
    ],
    tags: [['patient', secret]],
    facts: false,
  })

/** Every file under a folder that holds the text. */
const filesWith = async (folder: string, text: string): Promise<string[]> => {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    if ((await readFile(path)).includes(text)) found.push(path)
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

/** Every event of a store, as text. */
const everything = async (varve: Varve): Promise<string> => {
  const all: unknown[] = []
  for await (const { events } of varve.read()) all.push(...events)
  return JSON.stringify(all)
}

describe('An erased value', () => {
  it('reads as erased now and at every moment of the past, and nothing else has changed', async () => {
    await using varve = await open({ memory: true })
    const run = await started(varve)
    await run.logMetrics({ loss: 1 })
    const { position } = await varve.log.info()
    const before = await varve.runs.get('r1')
    const { recorded, kinds, positions } = await varve.erase(
      { run: 'r1', tag: 'patient' },
      { reason: 'request 118', actor: 'privacy' },
    )
    const after = await varve.runs.get('r1')
    expect(after).toEqual({ ...before, tags: { ...before.tags, patient: ERASED } })
    expect((await varve.asOf(position).runs.get('r1')).tags['patient']).toBe(ERASED)
    expect(after.params['patient']).toBe(secret)
    expect([recorded, kinds]).toEqual([[position + 1], ['tag']])
    const [event] = (await everythingOf(varve)).slice(-1)
    expect(event).toMatchObject({
      type: 'payload.erased',
      actor: 'privacy',
      data: { reason: 'request 118', kinds: ['tag'], artifacts: 0 },
    })
    expect(positions.length).toBe(1)
    expect(await varve.verify()).toMatchObject({ ok: true, erased: 1, broken: [] })
  })

  it('is in no file of the store, while it is open, after it is closed and after it is opened again', async () => {
    await inFolder(async (folder) => {
      let varve = await open(folder)
      const run = await started(varve)
      await run.logArtifact('notes.txt', `about ${secret}`)
      await run.setTags([['patient', `${secret} again`]])
      await varve.close()
      varve = await open(folder)
      expect((await filesWith(folder, secret)).length).toBeGreaterThan(1)
      for (const selector of [{ tag: 'patient' }, { param: 'patient' }, { artifact: 'notes.txt' }])
        await varve.erase({ run: 'r1', ...selector }, { reason: 'request 118' })
      expect(await filesWith(folder, secret)).toEqual([])
      expect(await everything(varve)).not.toContain(secret)
      const { events } = await varve.log.info()
      await varve.close()
      expect(await filesWith(folder, secret)).toEqual([])
      varve = await open(folder)
      expect(await varve.verify()).toMatchObject({ ok: true, erased: 3 })
      expect((await varve.log.info()).events).toBe(events)
      expect((await varve.runs.get('r1')).tags['patient']).toBe(ERASED)
      await varve.close()
      expect(await filesWith(folder, secret)).toEqual([])
    })
  })

  it('leaves the other points of a metric event', async () => {
    await using varve = await open({ memory: true })
    const run = await started(varve)
    for (let step = 0; step < 20; step++) await run.logMetrics({ loss: step, weight: 81 }, { step })
    const before = await varve.runs.history('r1', 'loss')
    await varve.erase({ run: 'r1', metric: 'weight' }, { reason: 'a patient' })
    expect(await varve.runs.history('r1', 'loss')).toEqual(before)
    expect(Object.keys((await varve.runs.get('r1')).metrics)).toEqual(['loss'])
    expect((await varve.verify()).ok).toBe(true)
  })

  it('is refused when there is none, and told without erasing by a dry run', async () => {
    await using varve = await open({ memory: true })
    await started(varve)
    const why = { reason: 'request 118' }
    await expect(varve.erase({ run: 'r1', tag: 'other' }, why)).rejects.toMatchObject({
      code: 'NOTHING_TO_ERASE',
    })
    const dry = await varve.erase({ run: 'r1', tag: 'patient' }, { ...why, dryRun: true })
    expect(dry).toMatchObject({ recorded: [], kinds: ['tag'], commits: 1 })
    expect((await varve.runs.get('r1')).tags['patient']).toBe(secret)
    expect((await varve.erase({ run: 'r1', tag: 'patient' }, why)).positions).toEqual(dry.positions)
    await expect(varve.erase({ run: 'r1', tag: 'patient' }, why)).rejects.toMatchObject({
      code: 'NOTHING_TO_ERASE',
    })
  })
})

const everythingOf = async (varve: Varve) => {
  const all = []
  for await (const { events } of varve.read()) all.push(...events)
  return all
}

describe('A whole run, a person and an own event', () => {
  const events = defineEvents('note', {
    added: { version: 1, data: v.object({ text: v.string(), size: v.number() }) },
  })

  it('leave no word of theirs', async () => {
    await using varve = await open({ memory: true, events: [events], actor: secret })
    const run = await started(varve)
    await run.logInput({ name: secret, digest: secret, source: secret })
    await run.logArtifact(`${secret}.txt`, secret)
    await run.end({ status: 'FAILED', error: secret })
    await varve.append('note:1', 'note.added', { text: secret, size: 7 })
    const whole = await varve.erase({ run: 'r1' }, { reason: 'withdrawn', actor: 'privacy' })
    expect(whole.artifacts).toEqual({ removed: 1, kept: 0 })
    await varve.erase({ stream: 'note:1' }, { reason: 'withdrawn', actor: 'privacy' })
    await varve.erase({ actor: secret }, { reason: 'withdrawn' })
    expect(await everything(varve)).not.toContain(secret)
    expect((await varve.verify()).broken).toEqual([])
    const own = (await everythingOf(varve)).find(({ type }) => type === 'note.added')
    expect(own?.data).toEqual({ text: ERASED, size: Number.NaN })
  })

  it('are told apart from what has rules', async () => {
    await using varve = await open({ memory: true, events: [events] })
    await started(varve)
    await expect(varve.erase({ stream: 'run:r1' }, { reason: 'x' })).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    })
  })
})

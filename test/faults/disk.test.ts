import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { open } from '../../src/index.ts'
import { start } from './child.ts'
import { report } from './effort.ts'
import { codeOf, type Filled, fill, openFilling } from './programs/fill.ts'

const folder = await mkdtemp(join(tmpdir(), 'varve-disk-'))
const disk = join(folder, 'disk')
await mkdir(disk)

const mount = (...args: readonly string[]): boolean => {
  try {
    execFileSync('mount', [...args, disk], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Whether `disk` is a small file system of its own: only root may mount one. Else it is a plain folder. */
const mounted = mount('-t', 'tmpfs', '-o', 'size=16m', 'none')

afterAll(async () => {
  if (mounted) execFileSync('umount', [disk])
  await rm(folder, { recursive: true, force: true })
})

/** Counts the positions that a store has, and whether it holds. */
const standing = async (store: string) => {
  await using varve = await openFilling(store)
  const { ok, broken, events } = await varve.verify()
  const { position } = await varve.append('ballast:1', 'ballast.laid', {})
  return { ok, broken, events, resumedAt: position }
}

const runProgram = async (program: string, store: string, shell: string): Promise<unknown> => {
  const child = start(program, [store], { acks: join(folder, 'acks'), shell })
  await child.ended
  const line = child
    .said()
    .split('\n')
    .find((each) => each.startsWith('{'))
  if (line === undefined) throw new Error(child.said())
  return JSON.parse(line)
}

/** Positions that a live reader of the store gets. */
const following = (varve: Awaited<ReturnType<typeof openFilling>>): readonly number[] => {
  const seen: number[] = []
  varve
    .events({ types: ['ballast.laid'] })
    .observe()
    .subscribe(({ position }) => seen.push(position))
  return seen
}

const fillTheDisk = async (): Promise<void> => {
  const store = join(disk, 'store')
  const weight = join(disk, 'weight')
  // Opening again takes as much room as the newest writes do, a second time.
  await writeFile(weight, new Uint8Array(7 << 20))
  const varve = await openFilling(store)
  const seen = following(varve)
  const filled: Filled = await fill(varve)
  const last = filled.acknowledged.at(-1) ?? -1
  const tooEarly = await varve.reopen().catch(codeOf)
  const { id } = await varve.runs.get('full')
  await rm(weight)
  const still = await varve.experiments.create('still').catch(codeOf)
  await varve.reopen()
  const taken = (await varve.asOf('now').moment()).position - last
  const { position } = await varve.append('ballast:1', 'ballast.laid', { after: true })
  const verified = await varve.verify()
  await expect.poll(() => seen.at(-1)).toBe(position)
  // The run's pending write was refused, and nobody waited for it.
  await varve.close().catch(codeOf)
  const { ok, broken, events, resumedAt } = await standing(store)
  const positions = new Set(seen)
  const lost = filled.acknowledged.filter((each) => each >= events || !positions.has(each))
  report('disk full', { acknowledged: filled.acknowledged.length, taken, lost: lost.length })
  expect(filled.codes).toEqual(['LOG_WRITE_FAILED'])
  expect(filled.artifact).toBe('ARTIFACT_WRITE_FAILED')
  expect(filled).toMatchObject({ readable: last + 1, answering: true })
  expect({ tooEarly, id, still }).toEqual({
    tooEarly: 'LOG_WRITE_FAILED',
    id: 'full',
    still: 'LOG_WRITE_FAILED',
  })
  expect({ lost, ok, broken, verified: verified.ok }).toEqual({
    lost: [],
    ok: true,
    broken: [],
    verified: true,
  })
  expect(seen).toEqual([...positions].sort((one, other) => one - other))
  expect(position).toBeGreaterThan(last)
  expect([events, resumedAt]).toEqual([position + 1, position + 1])
  expect(filled.acknowledged.length).toBeGreaterThan(100)
}

describe('a disk that is full', () => {
  if (mounted) {
    it('refuses writers, answers readers, and goes on when there is space again', fillTheDisk)
  } else report('disk full', { tried: 'no, as no file system could be mounted' })

  it('for a process, by a limit on the size of files, refuses the same way', async () => {
    const store = join(folder, 'limited')
    const shell = `trap '' XFSZ; ulimit -f 1000; exec "$@"`
    const facts = await runProgram('filler', store, shell)
    const { ok, broken, events } = await standing(store)
    expect(facts).toMatchObject({
      codes: ['LOG_WRITE_FAILED'],
      artifact: 'ARTIFACT_WRITE_FAILED',
      answering: true,
      readable: expect.any(Number),
    })
    const { readable, acknowledged, last } = Object.assign(
      { readable: 0, acknowledged: 0, last: 0 },
      facts,
    )
    report('file-size limit', { acknowledged, lost: Math.max(0, last + 1 - events) })
    expect(readable).toBe(last + 1)
    expect({ ok, broken }).toEqual({ ok: true, broken: [] })
    expect(events).toBeGreaterThanOrEqual(last + 1)
  })
})

describe('a folder that cannot be written', () => {
  it('is refused with a sentence about it', async () => {
    const store = join(disk, 'unwritable')
    await mkdir(store)
    if (mounted) mount('-o', 'remount,ro')
    else await chmod(store, 0o555)
    const outcome = await open(store).catch((error: unknown) => error)
    if (mounted) mount('-o', 'remount,rw')
    else await chmod(store, 0o755)
    expect(outcome).toMatchObject({
      code: 'LOG_WRITE_FAILED',
      message: expect.stringContaining(store),
    })
    await (await open(store)).close()
  })
})

describe('a process without file handles', () => {
  it('is told so, and goes on when it has some', async () => {
    const facts = await runProgram('handles', join(folder, 'handles'), 'ulimit -n 120; exec "$@"')
    expect(facts).toEqual({
      opening: 'LOG_WRITE_FAILED',
      event: 'done',
      artifact: 'ARTIFACT_WRITE_FAILED',
      after: 'done',
      ok: true,
      closed: 'done',
    })
  })
})

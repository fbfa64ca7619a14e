import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineEvents, open } from '../../src/index.ts'
import { linesOf, start } from './child.ts'
import { dice, report, tries } from './effort.ts'
import { readHistory } from './history.ts'

const probes = defineEvents('probe', {
  written: {
    version: 1,
    data: {
      '~standard': { version: 1, vendor: 'faults', validate: (value: unknown) => ({ value }) },
    },
  },
})

/** Counted over all of the lives of all of the stores. */
const counted = { rounds: 0, acknowledged: 0, checkpoints: 0, unacknowledged: 0, lost: 0, wrong: 0 }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-kill-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  report('kill', counted)
})

interface Life {
  readonly store: string
  readonly acks: string
  readonly durability: string
  readonly callers: number
  readonly round: number
  readonly roll: (below: number) => number
}

const modes = ['write', 'reopen', 'write', 'reopen', 'flood'] as const

/** Lets a writer live for a while, and kills it: while it starts, while it writes, or while it floods. */
const liveAndDie = async ({ store, acks, durability, callers, round, roll }: Life) => {
  const mode = modes[round % modes.length] ?? 'write'
  const args = [store, durability, String(callers), mode, String(round)]
  const child = start('writer', args, { acks })
  if (roll(8) === 0) await pause(roll(400))
  else {
    await child.ready
    await pause(roll(mode === 'flood' ? 600 : 150))
  }
  const alive = child.process.exitCode === null
  child.process.kill('SIGKILL')
  await child.ended
  expect(alive, child.said()).toBe(true)
}

interface Standing {
  /** A life that ended before it made the store leaves that to who examines it. */
  readonly durability: 'fsync' | 'os'
  /** Acknowledged and not yet read back. */
  readonly acknowledged: readonly string[]
  /** Everything before this position was read back in an earlier round. */
  readonly from: number
}

/** Opens what a killed writer left: everything acknowledged is there, nothing is there in part. */
const examine = async (
  store: string,
  { durability, acknowledged, from }: Standing,
): Promise<number> => {
  await using varve = await open(store, { durability, events: [probes], facts: false })
  const { lines, wrong, next } = await readHistory(varve, from)
  const lost = acknowledged.filter((line) => !lines.has(line))
  const { ok, broken, events } = await varve.verify()
  counted.lost += lost.length
  counted.wrong += wrong.length
  counted.unacknowledged += lines.size + lost.length - acknowledged.length
  expect({ lost, wrong, ok, broken, events }).toEqual({
    lost: [],
    wrong: [],
    ok: true,
    broken: [],
    events: next,
  })
  return next
}

const acknowledgedIn = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => /^(event|point|pair|move) /.test(line))

const kinds = [
  ['fsync', 1],
  ['os', 1],
  ['fsync', 50],
  ['os', 50],
  ['fsync', 500],
  ['os', 500],
] as const

/** Many lives of one store, each examined when it has ended. */
const history = async (durability: 'fsync' | 'os', callers: number): Promise<void> => {
  const store = join(folder, `${durability}-${callers}`)
  const acks = `${store}.acks`
  const roll = dice(store.slice(folder.length))
  let read = 0
  let from = 0
  for (let round = 0; round < tries(34); round++) {
    await liveAndDie({ store, acks, durability, callers, round, roll })
    const lines = linesOf(acks).slice(read)
    read += lines.length
    const acknowledged = acknowledgedIn(lines)
    counted.rounds += 1
    counted.acknowledged += acknowledged.length
    if (lines.at(-1) === 'closing') counted.checkpoints += 1
    // On a copy, the next life opens what the killed one left; in place, what the examination left.
    // A life that ended before it made the store leaves nothing to copy.
    const examined = roll(2) === 0 || !existsSync(store) ? store : await copyOf(store)
    from = await examine(examined, { durability, acknowledged, from })
    if (examined !== store) await rm(examined, { recursive: true })
  }
  await examine(store, { durability, acknowledged: acknowledgedIn(linesOf(acks)), from: 0 })
}

const copyOf = async (store: string): Promise<string> => {
  await cp(store, `${store}-copy`, { recursive: true })
  return `${store}-copy`
}

describe('a writer that is killed at any instant', () => {
  it.concurrent.each(kinds)('loses nothing that was acknowledged, with %s and %i callers', history)
})

import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineEvents, open } from '../../src/index.ts'
import { type Child, linesOf, start } from './child.ts'
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

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-deposed-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const works = (...command: readonly string[]): boolean => {
  try {
    execFileSync(command[0] ?? '', command.slice(1), { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/**
 * How a process is started that does not see the guard of another: in a network of its own, as in a container.
 * `undefined` where the machine lets nobody have one.
 */
const elsewhere = [
  ['unshare', '-n'],
  ['unshare', '-rn'],
].find((way) => works(...way, 'true'))

interface Round {
  readonly store: string
  readonly acks: string
  readonly round: number
  readonly roll: (below: number) => number
}

/** What a program said of itself on its last line. */
const factsOf = (child: Child): unknown => {
  const line = child
    .said()
    .split('\n')
    .find((each) => each.startsWith('{'))
  if (line === undefined) throw new Error(child.said())
  return JSON.parse(line)
}

/** An owner is stopped, its locks are broken by force, another one takes the store, and the first goes on. */
const depose = async ({ store, acks, round, roll }: Round): Promise<unknown> => {
  const durability = 'os'
  const callers = String([1, 5, 50][round % 3] ?? 1)
  const first = start('owner', [store, durability, `a${round}`, callers], { acks })
  await first.ready
  await pause(roll(40))
  first.process.kill('SIGSTOP')
  for (const lock of ['log/LOCK', 'owner.json']) await rm(join(store, lock), { force: true })
  const ends = round % 2 === 0
  const args = [store, durability, `b${round}`, '3', ends ? '20' : '2000000']
  const shell = `exec ${elsewhere?.join(' ')} "$@"`
  const second = start('owner', args, { acks, shell })
  await (ends ? second.ended : second.ready)
  first.process.kill('SIGCONT')
  await first.ended
  second.process.kill('SIGKILL')
  await second.ended
  return factsOf(first)
}

const deposeMany = async (): Promise<void> => {
  const store = join(folder, 'store')
  const acks = join(folder, 'acks')
  const roll = dice('deposed')
  const counted = { rounds: tries(20), acknowledged: 0, lost: 0, twice: 0 }
  const expected = {
    codes: ['LOG_DEPOSED'],
    reading: 'done',
    writing: 'LOG_DEPOSED',
    reopening: 'LOG_DEPOSED',
    closed: 'LOG_DEPOSED',
  }
  await (await open(store, { durability: 'os', facts: false })).close()
  for (let round = 0; round < counted.rounds; round++) {
    expect(await depose({ store, acks, round, roll })).toEqual(expected)
  }
  await using varve = await open(store, { events: [probes], facts: false })
  const { lines, wrong } = await readHistory(varve, 0)
  const acknowledged = linesOf(acks)
  const lost = acknowledged.filter((line) => !lines.has(line))
  const positions = acknowledged.map((line) => line.split(' ')[1])
  counted.acknowledged = acknowledged.length
  counted.lost = lost.length
  counted.twice = positions.length - new Set(positions).size
  report('deposed owners', counted)
  const { ok, broken } = await varve.verify()
  expect({ lost, wrong, twice: counted.twice, ok, broken }).toEqual({
    lost: [],
    wrong: [],
    twice: 0,
    ok: true,
    broken: [],
  })
}

describe('an owner whose locks were broken while it was stopped', () => {
  if (elsewhere === undefined) {
    report('deposed owners', { tried: 'no, as no process could have a network of its own' })
    it('is tried where a process may have a network of its own', () => {
      expect(elsewhere).toBe(undefined)
    })
  } else it('acknowledges nothing that the store does not have, and says why', deposeMany)
})

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open } from '../../src/index.ts'
import { type Child, linesOf, start } from './child.ts'
import { dice, report, tries } from './effort.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-owners-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Lets a contender try, and resolves when it has, or has died of it. */
const race = async ({ process: contender, ended }: Child, line: string): Promise<void> => {
  const answered = contender.stdout === null ? ended : once(contender.stdout, 'data')
  contender.stdin?.write(`${line}\n`)
  await Promise.race([answered, ended])
}

/** Starts another contender in the place of each that died. */
const revive = async (contenders: Child[], begin: () => Child): Promise<void> => {
  for (const [at, { process: contender }] of contenders.entries()) {
    if (contender.exitCode === null && contender.signalCode === null) continue
    const another = begin()
    contenders[at] = another
    await another.ready
  }
}

/** Races for a store, and gives the ids of all that took part. */
const races = async (rounds: number, begin: () => Child): Promise<Set<string>> => {
  const roll = dice('owners')
  const pids = new Set<string>()
  const contenders = [begin(), begin()]
  await Promise.all(contenders.map(({ ready }) => ready))
  for (let round = 0; round < rounds; round++) {
    const dying = round % 10 === 9 ? roll(2) : -1
    for (const child of contenders) pids.add(String(child.process.pid))
    const lines = contenders.map((_, at) => `${round} ${at === dying ? 'die' : roll(20)}`)
    await Promise.all(contenders.map((child, at) => race(child, lines[at] ?? '')))
    await revive(contenders, begin)
  }
  for (const { process: contender } of contenders) contender.stdin?.end()
  await Promise.all(contenders.map(({ ended }) => ended))
  return pids
}

describe('two processes that race for a folder', () => {
  it('are never both its owner, and the loser learns who holds it', async () => {
    const store = join(folder, 'store')
    const acks = join(folder, 'acks')
    const rounds = tries(100)
    const pids = await races(rounds, () =>
      start('contender', [store, join(folder, 'witness')], { acks }),
    )
    const said = linesOf(acks).map((line) => line.split(' '))
    const sayers = (word: string) => said.filter(([, what]) => what === word)
    const [held, refused, both] = [sayers('held'), sayers('refused'), sayers('both')]
    const isNamed = ([, , , code, pid = '', host]: readonly string[]): boolean =>
      code === 'LOG_LOCKED' && pids.has(pid) && host === hostname()
    const unnamed = refused.filter((line) => !isNamed(line))
    await using varve = await open(store)
    const { length: made } = await varve.experiments.list()
    report('two owners', { rounds, held: held.length, refused: refused.length, both: both.length })
    expect({ both, unnamed, made }).toEqual({ both: [], unnamed: [], made: held.length })
    expect(held.length).toBeGreaterThanOrEqual(rounds)
    expect(refused.length).toBeGreaterThan(rounds / 10)
    expect((await varve.verify()).ok).toBe(true)
  })
})

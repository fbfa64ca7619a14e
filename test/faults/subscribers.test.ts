import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { map } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { defineEvents, open, type Problem } from '../../src/index.ts'
import { dice, report, tries } from './effort.ts'

const beats = defineEvents('beat', {
  heard: {
    version: 1,
    data: {
      '~standard': { version: 1, vendor: 'faults', validate: (value: unknown) => ({ value }) },
    },
  },
})
const options = { durability: 'os', facts: false, events: [beats] } as const
const patience = { timeout: 60_000 }

/** Counted over all of the tests. */
const counted = { events: 0, thrown: 0, reported: 0, lost: 0 }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-subscribers-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  report('subscribers', counted)
})

const storeAt = (name: string) => open(join(folder, name), options)
type Store = Awaited<ReturnType<typeof storeAt>>

/** Writes so many events, many callers at once, and gives the last position. */
const write = async (varve: Store, count: number): Promise<number> => {
  const appended = Array.from({ length: count }, (_, n) =>
    varve.append(`beat:${n % 7}`, 'beat.heard', { n }),
  )
  const events = await Promise.all(appended)
  counted.events += count
  return Math.max(...events.map(({ position }) => position))
}

const problemsOf = (varve: Store): Problem[] => {
  const problems: Problem[] = []
  varve.problems.subscribe((problem) => problems.push(problem))
  return problems
}

const upTo = (last: number, from = 0): number[] =>
  Array.from({ length: last + 1 - from }, (_, n) => from + n)

/** What a reader has seen of the positions, and how it goes on reading. */
const pull = async (varve: Store, last: number): Promise<number[]> => {
  const seen: number[] = []
  for await (const { position } of varve.events({ from: 'start' })) {
    seen.push(position)
    if (position === last) break
  }
  return seen
}

describe('observers that throw', () => {
  it('harm neither the writer nor each other, and surface with the position of the event', async () => {
    await using varve = await storeAt('throwing')
    const problems = problemsOf(varve)
    const roll = dice('throwing')
    const count = tries(2000)
    const events = varve.events({ from: 'start' }).observe()
    const thrown: string[] = []
    const told = { plain: 0, piped: 0, async: 0, sound: [] as number[] }
    const fault = (kind: string, position: number): Error => {
      const message = `${kind}@${position}`
      thrown.push(message)
      return new Error(message)
    }
    events.subscribe(({ position }) => {
      told.plain += 1
      if (position === 0 || roll(10) === 0) throw fault('plain', position)
    })
    events.pipe(map(({ position }) => position)).subscribe((position) => {
      told.piped += 1
      if (roll(10) === 0) throw fault('piped', position)
    })
    events.subscribe(async ({ position }) => {
      told.async += 1
      const fails = roll(10) === 0
      await Promise.resolve()
      if (fails) throw fault('async', position)
    })
    events.subscribe(({ position }) => told.sound.push(position))
    const last = await write(varve, count)
    await vi.waitFor(() => {
      const { plain, piped, async, sound } = told
      expect([plain, piped, async, sound.length]).toEqual(Array(4).fill(last + 1))
      expect(problems.length).toBe(thrown.length)
    }, patience)
    expect(told.sound).toEqual(upTo(last))
    const surfaced = problems.map(({ error, position, where }) => {
      const [kind] = (error instanceof Error ? error.message : '').split('@')
      return `${where}: ${kind}@${position}`
    })
    expect(surfaced.sort()).toEqual(thrown.map((one) => `observer of events: ${one}`).sort())
    counted.thrown += thrown.length
    counted.reported += problems.length
    expect((await varve.verify()).ok).toBe(true)
  })

  it('of moves, answers and projections alike end nothing', async () => {
    await using varve = await storeAt('every-kind')
    const problems = problemsOf(varve)
    const moves = await varve.project({
      name: 'moves',
      version: 1,
      initial: () => ({ count: 0 }),
      on: {
        'version.transitioned': (state) => {
          state.count += 1
        },
      },
    })
    let told = 0
    const throwing = (): never => {
      told += 1
      throw new Error('observer')
    }
    varve.registry.transitions({ from: 'start' }).observe().subscribe(throwing)
    moves.changes.subscribe(throwing)
    await varve.registry.createVersion('churn', { source: 's3://a' })
    varve.watch((view) => view.registry.current('churn', 'Production')).subscribe(throwing)
    await vi.waitFor(() => expect(told).toBe(1), patience)
    await varve.registry.transition('churn', 1, 'Production')
    const { position } = await varve.moment()
    await vi.waitFor(() => expect(told).toBe(4), patience)
    const surfaced = problems.map((problem) => [problem.where, problem.position])
    expect(surfaced.sort()).toEqual([
      ['observer of events', position],
      ['observer of projection moves', position],
      ['observer of watch', position - 1],
      ['observer of watch', position],
    ])
    expect(moves.state).toEqual({ count: 1 })
  })
})

describe('readers that stand still', () => {
  it('neither stop the writer nor the others, and find everything when they go on', async () => {
    await using varve = await storeAt('stalled')
    const count = tries(20_000)
    const stalled = Array.from({ length: 5 }, () =>
      varve.events({ from: 'start' })[Symbol.asyncIterator](),
    )
    await write(varve, 10)
    const begun = await Promise.all(stalled.map((iterator) => iterator.next()))
    const last = 9 + count
    const sound = pull(varve, last)
    expect(await write(varve, count)).toBe(last)
    expect(await sound).toEqual(upTo(last))
    for (const [at, iterator] of stalled.entries()) {
      const seen = [begun[at]?.value.position]
      while (seen.at(-1) !== last) seen.push((await iterator.next()).value.position)
      counted.lost += last + 1 - seen.length
      expect(seen).toEqual(upTo(last))
      await iterator.return?.()
    }
  })

  it('do not keep a store from closing, and end', async () => {
    const varve = await storeAt('closing')
    await write(varve, 100)
    const iterator = varve.events({ from: 'start' })[Symbol.asyncIterator]()
    await iterator.next()
    await varve.close()
    expect(await iterator.next()).toMatchObject({ done: true })
  })
})

/** Counts the events, and throws at a number. */
const counting = (version: number, bad: number) => ({
  name: 'beats',
  version,
  initial: () => ({ heard: 0, sum: 0 }),
  on: {
    'beat.heard': (state: { heard: number; sum: number }, event: { data: unknown }) => {
      // `as`: the event holds what `write` gave it.
      const { n } = event.data as { n: number }
      state.heard += 1
      state.sum += n
      if (n === bad) throw new Error(`no such beat: ${n}`)
    },
  },
})

describe('a projection that throws', () => {
  it('stands still with the position, is mended under a new version, and is then a fresh fold', async () => {
    const count = tries(500)
    const sumOf = (times: number) => ({
      heard: times * count,
      sum: (times * count * (count - 1)) / 2,
    })
    const bad = dice('projection')(count)
    let varve = await storeAt('projection')
    const problems = problemsOf(varve)
    const failing = await varve.project(counting(1, bad))
    const sound = await varve.project({ ...counting(1, -1), name: 'others' })
    await write(varve, count)
    const told = { code: 'PROJECTION_FAILED', data: { projection: 'beats', position: bad } }
    expect(problems).toMatchObject([{ where: 'projection beats', position: bad, error: told }])
    expect(failing.failure).toMatchObject(told)
    expect(failing.position).toBeLessThan(bad)
    expect(sound.state).toEqual(sumOf(1))
    const mended = await varve.project(counting(2, -1))
    expect(mended.state).toEqual(sumOf(1))
    await varve.close()
    varve = await storeAt('projection')
    await expect(varve.project(counting(3, bad))).rejects.toMatchObject(told)
    const again = await varve.project(counting(2, -1))
    await write(varve, count)
    expect([again.state, again.failure]).toEqual([sumOf(2), undefined])
    expect((await varve.verify()).ok).toBe(true)
    await varve.close()
  })
})

describe('a durable subscription of a handle that is closed', () => {
  it('ends while another handle of the process holds the store, which goes on after what was done', async () => {
    const closing = await storeAt('durable')
    await using staying = await storeAt('durable')
    await write(closing, 20)
    const closed = { code: 'LOG_CLOSED' }
    const subscription = await closing.subscribe('deployer')
    const waiting = await closing.subscribe('waiting', { from: 'now' })
    const idle = waiting[Symbol.asyncIterator]().next()
    const seen: number[] = []
    const loop = async (): Promise<void> => {
      for await (const { event, done } of subscription) {
        seen.push(event.position)
        if (event.position === 5) await closing.close()
        await done()
      }
    }
    await expect(loop()).rejects.toMatchObject(closed)
    expect([seen, await idle]).toEqual([upTo(5), { done: true, value: undefined }])
    const late = subscription[Symbol.asyncIterator]().next()
    await expect(late).rejects.toMatchObject(closed)
    const next: number[] = []
    for await (const { event } of await staying.subscribe('deployer')) {
      next.push(event.position)
      if (event.position === 19) break
    }
    expect(next).toEqual(upTo(19, 5))
  })
})

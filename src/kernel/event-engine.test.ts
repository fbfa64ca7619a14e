import { describe, expect, it } from 'vitest'
import {
  add,
  answersOf,
  cartsProjection,
  close,
  eventsOf,
  families,
  inFolder,
  levelLog,
  open,
  openShop,
  projections,
  type Shop,
  scaleProjection,
  weigh,
} from '../../test/laws/kernel-shop.ts'
import type { EventLog, StoredCommit } from './log/event-log.ts'
import { openMemoryLog } from './log/memory-log.ts'
import type { Problem } from './problem.ts'
import { verifyEngine } from './verify-engine.ts'

const filled = async (log: EventLog): Promise<Shop> => {
  const shop = await openShop(log)
  await shop.engine.execute(open(shop, 'a'))
  await shop.engine.execute(add(shop, { name: 'a', item: 'pen' }))
  await shop.engine.execute(weigh(shop, [1.5]))
  return shop
}

/** A log whose commits are read through a change. */
const readThrough = async (
  change: (commit: StoredCommit) => StoredCommit | undefined,
): Promise<EventLog> => {
  const log = await openMemoryLog()
  return {
    supports: log.supports,
    entries: log.entries,
    append: (commit, entries) => log.append(commit, entries),
    last: () => log.last(),
    at: (position) => log.at(position),
    async *read(from) {
      for await (const batch of log.read(from))
        yield batch.map(change).filter((commit) => commit !== undefined)
    },
    size: () => log.size(),
    close: () => log.close(),
    [Symbol.asyncDispose]: () => log.close(),
  }
}

describe('Verification', () => {
  it('finds a log and its read models in order, and counts', async () => {
    const shop = await filled(await openMemoryLog())
    expect(await verifyEngine(shop.engine, projections)).toMatchObject({
      broken: [],
      verified: { events: 3, commits: 3, head: shop.engine.head },
    })
  })

  it('goes on while others write', async () => {
    const shop = await filled(await openMemoryLog())
    const checks = []
    for (let round = 0; round < 20; round++) {
      checks.push(verifyEngine(shop.engine, projections))
      await shop.engine.execute(add(shop, { name: 'a', item: `${round}` }))
    }
    for (const check of await Promise.all(checks)) expect(check.broken).toEqual([])
  })

  it('finds a changed byte, a lost commit and a cut end, and says where', async () => {
    let change = (commit: StoredCommit): StoredCommit | undefined => commit
    const shop = await filled(await readThrough((commit) => change(commit)))
    const faults: [typeof change, number][] = [
      [({ first, bytes }) => ({ first, bytes: first === 1 ? bytes.with(-1, 7) : bytes }), 1],
      [(commit) => (commit.first === 1 ? undefined : commit), 1],
      [(commit) => (commit.first === 2 ? undefined : commit), 2],
    ]
    for (const [fault, position] of faults) {
      change = fault
      expect(await verifyEngine(shop.engine, projections)).toMatchObject({
        verified: undefined,
        broken: [{ check: 'log', position }],
      })
    }
  })

  it('finds a read model that is not what a replay gives, by its name', async () => {
    const shop = await filled(await openMemoryLog())
    let factor = 1
    await shop.engine.project({
      name: 'fickle',
      version: 1,
      initial: () => ({ sum: 0 }),
      on: {
        'cart.added': (state: { sum: number }) => {
          state.sum += factor
        },
      },
    })
    factor = 2
    shop.engine.state(cartsProjection).delete('a')
    const { broken, verified } = await verifyEngine(shop.engine, projections)
    expect(verified?.events).toBe(3)
    expect(
      broken.map(({ check, message }) => [check, /projection (\w+) is not/.exec(message)?.[1]]),
    ).toEqual([
      ['projections', 'carts'],
      ['projections', 'fickle'],
    ])
  })
})

describe('An engine', () => {
  it('gives live events from now on unless told otherwise', async () => {
    const shop = await filled(await openMemoryLog())
    const seen: number[] = []
    shop.engine
      .events({})
      .observe()
      .subscribe(({ position }) => seen.push(position))
    const told: number[] = []
    shop.engine.commits.subscribe((last) => told.push(last))
    await shop.engine.execute(close(shop, 'a'))
    await shop.engine.close()
    expect([seen, told]).toEqual([[3], [3]])
  })

  it('marks the batch after which nothing newer was there, also when nothing matches', async () => {
    const { engine } = await filled(await openMemoryLog())
    const batches = async (options: Parameters<typeof engine.read>[0]): Promise<unknown[]> => {
      const all: unknown[] = []
      for await (const { events, position, caughtUp } of engine.read(options))
        all.push([events.length, position, caughtUp])
      return all
    }
    expect((await batches({})).at(-1)).toEqual([0, 2, true])
    expect((await batches({ types: ['cart.opened'] })).at(-1)).toEqual([0, 2, true])
    expect(await batches({ stream: 'nowhere' })).toContainEqual([0, 2, true])
    expect(await batches({ from: 'now' })).toEqual([[0, 2, true]])
    await expect(batches({ from: -1 })).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    await expect(batches({ from: 1.5 })).rejects.toMatchObject({ code: 'INVALID_VALUE' })
  })

  it('gives the events of a stream up to a position', async () => {
    const { engine } = await filled(await openMemoryLog())
    const at = async (upTo?: number): Promise<number[]> =>
      (await engine.stream('a', upTo)).map(({ position }) => position)
    expect([await at(), await at(0), await at(-1), await at(99)]).toEqual([[0, 1], [0], [], [0, 1]])
  })

  it('checkpoints by itself when much is new, so that opening reads only the rest', async () => {
    await inFolder(async (folder) => {
      const shop = await openShop(await levelLog(folder))
      const many = Array.from({ length: 10_000 }, () => ({
        stream: 'scale',
        type: 'scale.weighed',
        data: { grams: Float64Array.of(1) },
      }))
      for (let round = 0; round < 6; round++)
        await shop.engine.execute({ decider: shop.scale, decide: () => many })
      await shop.engine.exclusive(() => undefined)
      const answers = structuredClone(answersOf(shop))
      let folded = 0
      const counted = {
        ...scaleProjection,
        handlers: {
          'scale.weighed': () => {
            folded += 1
          },
        },
      }
      await shop.engine.execute(weigh(shop, [1]))
      await shop.engine.close()
      const again = await openShop(await levelLog(folder), {
        projections: [cartsProjection, counted],
      })
      expect(folded).toBe(0)
      expect(answers).toMatchObject([[], [60_000, Float64Array.of(1)]])
      expect(again.engine.state(counted).count).toBe(60_001)
      expect((await again.engine.stream('scale', 20)).length).toBe(21)
      await again.engine.close()
    })
  }, 60_000)

  it('reports a built-in projection that throws, folds the others, and keeps no checkpoint of it', async () => {
    let broken = true
    const picky = {
      ...cartsProjection,
      name: 'picky',
      handlers: {
        'cart.added': () => {
          if (broken) throw new Error('not this one')
        },
      },
    }
    const log = await openMemoryLog()
    const shop = await openShop(log, { projections: [picky, ...projections] })
    const problems: Problem[] = []
    shop.engine.problems.subscribe((problem) => problems.push(problem))
    await shop.engine.execute(open(shop, 'a'))
    const [, closed] = await Promise.all([
      shop.engine.execute(add(shop, { name: 'a', item: 'pen' })),
      shop.engine.execute(close(shop, 'a')),
    ])
    expect(closed.map(({ position }) => position)).toEqual([2])
    expect(shop.engine.state(cartsProjection).get('a')).toMatchObject({ closed: true })
    expect(problems).toMatchObject([
      { where: 'projections', error: { code: 'PROJECTION_FAILED', data: { position: 1 } } },
    ])
    await shop.engine.close()
    const opening = (): Promise<Shop> => openShop(log, { projections: [picky, ...projections] })
    await expect(opening()).rejects.toMatchObject({ code: 'PROJECTION_FAILED' })
    broken = false
    expect((await eventsOf((await opening()).engine)).length).toBe(3)
  })

  it('refuses a handle of another store', async () => {
    const [one, two] = [await filled(await openMemoryLog()), await filled(await openMemoryLog())]
    const handle = await one.engine.project({ name: 'p', version: 1, initial: () => 0, on: {} })
    expect(one.engine.definitionOf(handle).name).toBe('p')
    expect(() => two.engine.definitionOf(handle)).toThrow(TypeError)
  })

  it('refuses two families that define one type', async () => {
    const [carts] = families
    const twin = { ...carts, types: { 'cart.opened': { ...carts.types['cart.opened'] } } }
    await expect(
      openShop(await openMemoryLog(), { families: [...families, twin] }),
    ).rejects.toThrow(/cart\.opened is defined twice/)
  })
})

import { describe, expect, it } from 'vitest'
import {
  add,
  inFolder,
  levelLog,
  open,
  openShop,
  type Shop,
  weigh,
} from '../../../test/laws/kernel-shop.ts'
import type { RecordedEvent } from '../events/event.ts'
import { openMemoryLog } from '../log/memory-log.ts'
import type { Problem } from '../problem.ts'
import type { ProjectionDefinition } from './user-projection.ts'

type Added = RecordedEvent<string, { item: string; count: number }>

/** How often each item was added, by mutation. */
const counting = (name = 'counts', version = 1): ProjectionDefinition<Record<string, number>> => ({
  name,
  version,
  initial: () => ({}),
  on: {
    'cart.added': (counts: Record<string, number>, { data }: Added) => {
      counts[data.item] = (counts[data.item] ?? 0) + data.count
    },
  },
})

const filled = async (shop: Shop, items: readonly string[]): Promise<void> => {
  if (shop.engine.last === -1) await shop.engine.execute(open(shop, 'a'))
  await Promise.all(items.map((item) => shop.engine.execute(add(shop, { name: 'a', item }))))
}
const shopInMemory = async (): Promise<Shop> => await openShop(await openMemoryLog())
const problemsOf = ({ engine }: Shop): Problem[] => {
  const problems: Problem[] = []
  engine.problems.subscribe((problem) => problems.push(problem))
  return problems
}

describe('A projection of the user', () => {
  it('folds history, then each commit, and tells who watches', async () => {
    const shop = await shopInMemory()
    await filled(shop, ['pen', 'pen'])
    const counts = await shop.engine.project(counting())
    expect([counts.state, counts.position]).toEqual([{ pen: 2 }, 2])
    const told: unknown[] = []
    counts.changes.subscribe((state) => told.push(state))
    await filled(shop, ['ink'])
    await shop.engine.execute(weigh(shop, [1]))
    expect(told).toEqual([{ pen: 2, ink: 1 }])
    expect([counts.state, counts.position]).toEqual([{ pen: 2, ink: 1 }, 4])
  })

  it('gives states that are frozen and stay as they are', async () => {
    const shop = await shopInMemory()
    await filled(shop, ['pen'])
    const counts = await shop.engine.project(counting())
    const before = counts.state
    await filled(shop, ['pen'])
    expect([before, counts.state]).toEqual([{ pen: 1 }, { pen: 2 }])
    expect(Object.isFrozen(before) && Object.isFrozen(counts.state)).toBe(true)
  })

  it('may return the next state, mutate, or do both in turn within one commit', async () => {
    const definition: ProjectionDefinition<{ items: string[]; adds: number }> = {
      name: 'mixed',
      version: 1,
      initial: () => ({ items: [], adds: 0 }),
      on: {
        'cart.added': (state: { items: string[]; adds: number }, { data }: Added) => {
          if (data.item === 'reset') return { items: ['reset'], adds: state.adds }
          state.items.push(data.item)
          state.adds += 1
          return undefined
        },
      },
    }
    const items = ['a', 'reset', 'b', 'b', 'reset', 'c']
    const shop = await shopInMemory()
    const live = await shop.engine.project(definition)
    await filled(shop, items)
    expect(live.failure).toBeUndefined()
    expect(live.state).toEqual({ items: ['reset', 'c'], adds: 4 })
    expect(await shop.engine.foldUpTo(definition, shop.engine.last)).toEqual(live.state)
  })

  it('may be a number, a list, a map or a set', async () => {
    const shop = await shopInMemory()
    const total = await shop.engine.project({
      name: 'total',
      version: 1,
      initial: () => 0,
      on: { 'cart.added': (sum: number, { data }: Added) => sum + data.count },
    })
    const maps = await shop.engine.project({
      name: 'maps',
      version: 1,
      initial: () => ({ byItem: new Map<string, number>(), seen: new Set<string>() }),
      on: {
        'cart.added': (
          state: { byItem: Map<string, number>; seen: Set<string> },
          { data, stream }: Added,
        ) => {
          state.byItem.set(data.item, (state.byItem.get(data.item) ?? 0) + 1)
          state.seen.add(stream)
        },
      },
    })
    await filled(shop, ['pen', '__proto__'])
    await filled(shop, ['pen'])
    expect(total.state).toBe(3)
    expect(maps.failure).toBeUndefined()
    expect(maps.state).toEqual({
      byItem: new Map([
        ['pen', 2],
        ['__proto__', 1],
      ]),
      seen: new Set(['a']),
    })
  })

  it('stands still when a handler throws: the writer and the others go on', async () => {
    const shop = await shopInMemory()
    const problems = problemsOf(shop)
    const failing = await shop.engine.project({
      name: 'failing',
      version: 1,
      initial: () => ({ seen: 0 }),
      on: {
        'cart.added': (state: { seen: number }, { data }: Added) => {
          state.seen += 1
          if (data.item === 'bad') throw new Error('no such item')
        },
      },
    })
    const counts = await shop.engine.project(counting())
    await filled(shop, ['pen'])
    await filled(shop, ['ink', 'bad', 'ink'])
    await filled(shop, ['pen'])
    expect(counts.state).toEqual({ pen: 2, ink: 2, bad: 1 })
    expect([failing.state, failing.position]).toEqual([{ seen: 1 }, 1])
    const told = {
      code: 'PROJECTION_FAILED',
      data: { projection: 'failing', position: 3, type: 'cart.added' },
      message: expect.stringContaining('threw at cart.added@3: no such item'),
    }
    expect(failing.failure).toMatchObject(told)
    expect(problems).toMatchObject([{ where: 'projection failing', position: 3, error: told }])
  })

  it.each<[string, (state: { list: string[] }, event: Added) => unknown]>([
    ['what push returned', ({ list }, { data }) => list.push(data.item)],
    ['a promise', async ({ list }) => void list],
    ['text', () => 'next'],
  ])('fails alike live and in a replay when a handler returns %s', async (_what, handler) => {
    const definition = {
      name: 'wrong',
      version: 1,
      initial: (): { list: string[] } => ({ list: [] }),
      on: { 'cart.added': handler },
    }
    const shop = await shopInMemory()
    const live = await shop.engine.project(definition)
    await filled(shop, ['pen'])
    const failed = { code: 'PROJECTION_FAILED', data: { position: 1 } }
    expect(live.failure).toMatchObject(failed)
    await expect(shop.engine.foldUpTo(definition, 1)).rejects.toMatchObject(failed)
    await expect(shop.engine.project({ ...definition, name: 'again' })).rejects.toMatchObject(
      failed,
    )
  })

  it('may be started again once its handler is mended', async () => {
    const shop = await shopInMemory()
    await filled(shop, ['pen'])
    const broken = {
      ...counting(),
      on: {
        'cart.added': () => {
          throw new Error('broken')
        },
      },
    }
    await expect(shop.engine.project(broken)).rejects.toMatchObject({ code: 'PROJECTION_FAILED' })
    expect((await shop.engine.project(counting())).state).toEqual({ pen: 1 })
  })

  it('that failed gives its name to its mended definition, which is folded anew', async () => {
    const shop = await shopInMemory()
    const bad = (version: number, rejected: string): ProjectionDefinition<{ seen: number }> => ({
      name: 'mended',
      version,
      initial: () => ({ seen: 0 }),
      on: {
        'cart.added': (state: { seen: number }, { data }: Added) => {
          if (data.item === rejected) throw new Error('no such item')
          state.seen += 1
        },
      },
    })
    const first = await shop.engine.project(bad(1, 'ink'))
    const told: string[] = []
    first.changes.subscribe({ complete: () => told.push('over') })
    await expect(shop.engine.project(bad(2, 'none'))).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    })
    await filled(shop, ['pen', 'ink', 'pad'])
    expect(first.failure).toMatchObject({ data: { position: 2 } })
    await expect(shop.engine.project(bad(2, 'pad'))).rejects.toMatchObject({
      data: { position: 3 },
    })
    const mended = bad(3, 'none')
    const both = await Promise.all([shop.engine.project(mended), shop.engine.project(mended)])
    await filled(shop, ['pen'])
    expect(both.map(({ state, failure }) => [state, failure])).toEqual(
      Array(2).fill([{ seen: 4 }, undefined]),
    )
    expect([first.state, told]).toEqual([{ seen: 0 }, ['over']])
    expect(shop.engine.userProjections).toEqual([both[0]])
  })

  it('owns the data that it is given: nobody else sees what it does to it', async () => {
    const shop = await shopInMemory()
    const keeping = (name: string): ProjectionDefinition<{ last: { count: number } | null }> => ({
      name,
      version: 1,
      initial: () => ({ last: null }),
      on: {
        'cart.added': (state: { last: { count: number } | null }, { data }: Added) => {
          if (state.last !== null) state.last.count += 100
          state.last = data
          data.count += 1
        },
      },
    })
    const live = await shop.engine.project(keeping('live'))
    await filled(shop, ['pen', 'ink'])
    const replayed = await shop.engine.project(keeping('replayed'))
    const [, ...events] = await shop.engine.stream('a')
    expect(events.map(({ data }) => data)).toEqual([
      { item: 'pen', count: 1 },
      { item: 'ink', count: 1 },
    ])
    const seen: unknown[] = []
    for await (const { events: some } of shop.engine.read({ types: ['cart.added'] }))
      seen.push(...some)
    expect(seen).toEqual(events)
    expect(seen.some((event) => Object.isFrozen(Reflect.get(Object(event), 'data')))).toBe(false)
    expect(live.state).toEqual({ last: { item: 'ink', count: 2 } })
    expect(replayed.state).toEqual(live.state)
  })

  it('runs once, however often and at once it is asked for', async () => {
    const shop = await shopInMemory()
    await filled(shop, ['pen'])
    const definition = counting()
    const handles = await Promise.all([1, 2, 3].map(() => shop.engine.project(definition)))
    await filled(shop, ['pen'])
    for (const handle of handles) expect(handle.state).toEqual({ pen: 2 })
    expect(new Set([...handles, await shop.engine.project(definition)]).size).toBe(1)
    await expect(shop.engine.project(counting())).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      data: { path: 'name', value: 'counts' },
    })
  })

  it('misses nothing that is written while it starts', async () => {
    const shop = await shopInMemory()
    await filled(shop, ['pen'])
    const writing = filled(
      shop,
      Array.from({ length: 50 }, () => 'pen'),
    )
    const counts = await shop.engine.project(counting())
    await writing
    expect(counts.state).toEqual({ pen: 51 })
  })

  it('goes on from its checkpoint, and starts anew in a new version', async () => {
    await inFolder(async (folder) => {
      const first = await openShop(await levelLog(folder))
      await first.engine.project(counting())
      await filled(first, ['pen', 'pen'])
      await first.engine.close()

      const second = await openShop(await levelLog(folder))
      await filled(second, ['ink'])
      let folded = 0
      const watched = counting()
      const spy = {
        ...watched,
        on: {
          'cart.added': (counts: Record<string, number>, event: Added) => {
            folded += 1
            counts[event.data.item] = (counts[event.data.item] ?? 0) + 1
          },
        },
      }
      expect((await second.engine.project(spy)).state).toEqual({ pen: 2, ink: 1 })
      expect(folded).toBe(1)
      await second.engine.close()

      const third = await openShop(await levelLog(folder))
      const doubled = {
        ...counting('counts', 2),
        on: {
          'cart.added': (counts: Record<string, number>, { data }: Added) => {
            counts[data.item] = (counts[data.item] ?? 0) + 2
          },
        },
      }
      expect((await third.engine.project(doubled)).state).toEqual({ pen: 4, ink: 2 })
      await third.engine.close()
    })
  })

  it('goes on from a checkpoint with maps as they were', async () => {
    const byItem: ProjectionDefinition<Map<string, number>> = {
      name: 'by item',
      version: 1,
      initial: () => new Map(),
      on: {
        'cart.added': (counts: Map<string, number>, { data }: Added) => {
          counts.set(data.item, (counts.get(data.item) ?? 0) + 1)
        },
      },
    }
    await inFolder(async (folder) => {
      for (const round of [1, 2, 3]) {
        const shop = await openShop(await levelLog(folder))
        const counts = await shop.engine.project(byItem)
        await filled(shop, ['__proto__', 'pen'])
        expect(counts.failure).toBeUndefined()
        expect([...counts.state]).toEqual([
          ['__proto__', round],
          ['pen', round],
        ])
        await shop.engine.close()
      }
    })
  })

  it('with a state that cannot be saved spoils no checkpoint of the others', async () => {
    await inFolder(async (folder) => {
      const first = await openShop(await levelLog(folder))
      const problems = problemsOf(first)
      await first.engine.project({
        name: 'functions',
        version: 1,
        initial: () => ({ on: () => 1, list: [Symbol('s')] }),
        on: {},
      })
      await first.engine.project(counting())
      await filled(first, ['pen'])
      await first.engine.checkpoint()
      expect(problems).toMatchObject([{ where: 'projection functions' }])
      await first.engine.close()
      const second = await openShop(await levelLog(folder))
      expect((await second.engine.project(counting())).state).toEqual({ pen: 1 })
      await second.engine.close()
    })
  })

  it('reports who throws when told of a change, at the position, and tells the others', async () => {
    const shop = await shopInMemory()
    const problems = problemsOf(shop)
    const counts = await shop.engine.project(counting())
    counts.changes.subscribe(() => {
      throw new Error('observer')
    })
    let told = 0
    counts.changes.subscribe(() => {
      told += 1
    })
    await filled(shop, ['pen'])
    await filled(shop, ['ink'])
    expect([told, counts.failure, counts.state]).toEqual([2, undefined, { pen: 1, ink: 1 }])
    const where = 'observer of projection counts'
    expect(problems).toMatchObject([1, 2].map((position) => ({ where, position })))
  })

  it('completes its changes when the store closes', async () => {
    const shop = await shopInMemory()
    const counts = await shop.engine.project(counting())
    const told: string[] = []
    counts.changes.subscribe({ complete: () => told.push('complete') })
    await shop.engine.close()
    expect(told).toEqual(['complete'])
  })
})

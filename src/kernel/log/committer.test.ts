import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  add,
  close,
  copyOfLog,
  eventsOf,
  inFolder,
  levelLog,
  open,
  openShop,
  type Shop,
  weigh,
} from '../../../test/laws/kernel-shop.ts'
import type { Command, WriteOptions } from '../engine.ts'
import { codeOf } from '../errors.ts'
import type { NewEvent, RecordedEvent } from '../events/event.ts'
import { decodeHeader } from './commit.ts'
import type { EventLog, StoredCommit } from './event-log.ts'
import { openMemoryLog } from './memory-log.ts'

const shopInMemory = async (options: Parameters<typeof openShop>[1] = {}): Promise<Shop> =>
  await openShop(await openMemoryLog(), options)

/** Each answer, or the code of the refusal. */
const answers = async (asked: readonly Promise<readonly RecordedEvent[]>[]): Promise<unknown[]> =>
  (await Promise.allSettled(asked)).map((result) =>
    result.status === 'fulfilled'
      ? result.value.map(({ position }) => position)
      : codeOf(result.reason),
  )

const commitsOf = async (log: EventLog): Promise<StoredCommit[]> => {
  const all: StoredCommit[] = []
  for await (const batch of log.read(0)) all.push(...batch)
  return all
}

/** A command that proposes some events as they are. */
const propose = (shop: Shop, events: readonly NewEvent[], options: WriteOptions = {}) =>
  ({ decider: shop.scale, decide: () => events, options }) satisfies Command<undefined>
const weighed = (data: unknown): NewEvent => ({ stream: 'scale', type: 'scale.weighed', data })

describe('The commit loop', () => {
  it('takes commands in the order of the calls, many to a commit', async () => {
    const log = await openMemoryLog()
    const shop = await openShop(log)
    const asked = [open(shop, 'a'), add(shop, { name: 'a', item: 'pen' }), close(shop, 'a')]
    expect(await answers(asked.map((command) => shop.engine.execute(command)))).toEqual([
      [0],
      [1],
      [2],
    ])
    expect((await commitsOf(log)).length).toBe(1)
    expect((await eventsOf(shop.engine)).map(({ type, revision }) => [type, revision])).toEqual([
      ['cart.opened', 0],
      ['cart.added', 1],
      ['cart.closed', 2],
    ])
  })

  it('rejects the caller of a refused command, and nobody else', async () => {
    const shop = await shopInMemory()
    const { engine } = shop
    const asked = [
      engine.execute(add(shop, { name: 'a', item: 'early' })),
      engine.execute(open(shop, 'a')),
      engine.execute(open(shop, 'a')),
      engine.execute(close(shop, 'a')),
      engine.execute(add(shop, { name: 'a', item: 'late' })),
    ]
    expect(await answers(asked)).toEqual([
      'INVALID_VALUE',
      [0],
      'REVISION_CONFLICT',
      [1],
      'READ_ONLY',
    ])
  })

  const unstorable: readonly [string, NewEvent, WriteOptions][] = [
    ['data that cannot be stored', weighed({ grams: new Map() }), {}],
    ['a type that nobody defined', { ...weighed(null), type: 'scale.broken' }, {}],
    ['half a character in its stream', { ...weighed(null), stream: 's\ud800' }, {}],
    ['a stream that is none', { ...weighed(null), stream: 7 as never }, {}],
    ['half a character in its actor', weighed(null), { actor: '\udfff' }],
    ['half a character in its comment', weighed(null), { meta: { comment: '\ud800' } }],
    ['a comment that is a function', weighed(null), { meta: { comment: (() => 1) as never } }],
    ['half a character in its key', weighed(null), { idempotencyKey: '\ud800' }],
    ['a claimed time in the future', { ...weighed(null), claimedAt: Date.now() + 1e9 }, {}],
    ['a claimed time that is none', { ...weighed(null), claimedAt: Number.NaN }, {}],
  ]
  it.each(unstorable)(
    'refuses an event with %s, and writes the others',
    async (_what, event, options) => {
      const shop = await shopInMemory()
      const { engine } = shop
      const asked = [
        engine.execute(weigh(shop, [1])),
        engine.execute(propose(shop, [weighed({ grams: new Float64Array(1) }), event], options)),
        engine.execute(weigh(shop, [2])),
      ]
      const code = event.type === 'scale.broken' ? 'UNKNOWN_EVENT_TYPE' : 'INVALID_VALUE'
      expect(await answers(asked)).toEqual([[0], code, [1]])
      expect((await eventsOf(engine)).map(({ revision }) => revision)).toEqual([0, 1])
      expect(await engine.execute(weigh(shop, [3]))).toMatchObject([{ position: 2, revision: 2 }])
    },
  )

  it('leaves no trace of a command whose events its own state refuses', async () => {
    const shop = await shopInMemory()
    const { engine } = shop
    const state = { total: 0 }
    const decider = {
      open: () => ({ ...state }),
      evolve: (overlay: typeof state, { data }: RecordedEvent) => {
        overlay.total += 1
        if (data === 'bad') throw new Error('the overlay refuses')
      },
    }
    const totals: number[] = []
    const put = (...data: unknown[]) =>
      engine.execute({
        decider,
        decide: ({ total }) => {
          totals.push(total)
          return data.map(weighed)
        },
      })
    const asked = await Promise.allSettled([put('a'), put('b', 'bad'), put('c')])
    expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(totals).toEqual([0, 1, 1])
    expect((await eventsOf(engine)).map(({ data }) => data)).toEqual(['a', 'c'])
  })

  it('never puts events of two deciders into one commit', async () => {
    const log = await openMemoryLog()
    const shop = await openShop(log)
    const { engine } = shop
    await Promise.all([
      engine.execute(weigh(shop, [1])),
      engine.execute(weigh(shop, [2])),
      engine.execute(open(shop, 'a')),
      engine.execute(weigh(shop, [3])),
    ])
    const counts = (await commitsOf(log)).map((commit) => decodeHeader(commit).count)
    expect(counts).toEqual([2, 1, 1])
    expect((await eventsOf(engine)).map(({ type }) => type.split('.')[0])).toEqual([
      'scale',
      'scale',
      'cart',
      'scale',
    ])
  })

  it('cuts what is queued into commits of bounded size', async () => {
    const log = await openMemoryLog()
    const shop = await openShop(log)
    const big = { grams: new Float64Array(100_000).fill(0.1) }
    await Promise.all(
      Array.from({ length: 20 }, () => shop.engine.execute(propose(shop, [weighed(big)]))),
    )
    const sizes = (await commitsOf(log)).map(({ bytes }) => bytes.length)
    expect(sizes.length).toBeGreaterThan(2)
    expect(Math.max(...sizes)).toBeLessThan(6 * 1024 * 1024)
    expect((await eventsOf(shop.engine)).length).toBe(20)
  })

  it('answers a command that changes nothing', async () => {
    const log = await openMemoryLog()
    const shop = await openShop(log)
    expect(await shop.engine.execute(propose(shop, []))).toEqual([])
    expect(await commitsOf(log)).toEqual([])
  })

  it('holds a stream to the revision that a caller expects', async () => {
    const shop = await shopInMemory()
    const { engine } = shop
    const at = (revision: number) => engine.execute(weighAt(shop, revision))
    expect(await answers([at(0), at(-1), at(-1), at(0)])).toEqual([
      'REVISION_CONFLICT',
      [0],
      'REVISION_CONFLICT',
      [1],
    ])
    const error = await at(7).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ data: { stream: 'scale', revision: 7, actual: 1 } })
    expect(String(error)).toContain('is at revision 1, not 7. Read it again and retry.')
  })

  it('gives each event who, why and when', async () => {
    const shop = await shopInMemory({ clock: () => 77 })
    const events = await shop.engine.execute(
      propose(shop, [weighed(1)], {
        actor: 'bo',
        meta: { comment: 'because', causation: 3 },
      }),
    )
    expect(events).toEqual([
      {
        position: 0,
        stream: 'scale',
        revision: 0,
        type: 'scale.weighed',
        schema: 1,
        recordedAt: 77,
        actor: 'bo',
        data: 1,
        meta: { comment: 'because', causation: 3 },
      },
    ])
  })

  it('keeps times that an import claims, in order and not in the future', async () => {
    const shop = await shopInMemory({ clock: () => 100 })
    const claim = (...times: number[]) =>
      shop.engine.execute(
        propose(
          shop,
          times.map((claimedAt) => ({
            ...weighed(claimedAt),
            claimedAt,
            meta: { claimed: 'csv' },
          })),
        ),
      )
    expect(await answers([claim(10, 20), claim(15), claim(20, 101), claim(20, 30)])).toEqual([
      [0, 1],
      'INVALID_VALUE',
      'INVALID_VALUE',
      [2, 3],
    ])
    await shop.engine.execute(weigh(shop, [1]))
    expect((await eventsOf(shop.engine)).map(({ recordedAt }) => recordedAt)).toEqual([
      10, 20, 20, 30, 100,
    ])
  })

  it('never lets time go back, whatever the clock does', async () => {
    const times = [50, 40, 90, 10, 91]
    const shop = await shopInMemory({ clock: () => times.shift() ?? 0 })
    for (let at = 0; at < 5; at++) await shop.engine.execute(weigh(shop, [at]))
    expect((await eventsOf(shop.engine)).map(({ recordedAt }) => recordedAt)).toEqual([
      50, 50, 90, 90, 91,
    ])
  })
})

const weighAt = (shop: Shop, revision: number): Command<undefined> => ({
  ...weigh(shop, [1]),
  options: { expectRevision: { stream: 'scale', revision } },
})

describe('An idempotency key', () => {
  const key = (idempotencyKey: string): WriteOptions => ({ idempotencyKey })

  it('answers the second time as the first, and changes nothing', async () => {
    const shop = await shopInMemory()
    const { engine } = shop
    const first = await engine.execute(open(shop, 'a', key('k')))
    await engine.execute(close(shop, 'a'))
    expect(await engine.execute(open(shop, 'a', key('k')))).toEqual(first)
    expect(engine.last).toBe(1)
    expect(first[0]?.meta).toEqual({
      idempotencyKey: 'k',
      request: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('answers two callers of one commit alike', async () => {
    const shop = await shopInMemory()
    const { engine } = shop
    const asked = [
      engine.execute(open(shop, 'a', key('k'))),
      engine.execute(open(shop, 'a', key('k'))),
      engine.execute(open(shop, 'b', key('k'))),
      engine.execute(open(shop, 'b', key('__proto__'))),
    ]
    expect(await answers(asked)).toEqual([[0], [0], 'IDEMPOTENCY_CONFLICT', [1]])
  })

  it('is refused for another request, with what to do', async () => {
    const shop = await shopInMemory()
    await shop.engine.execute(open(shop, 'a', key('k')))
    await expect(shop.engine.execute(open(shop, 'b', key('k')))).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      message: expect.stringContaining('Use a new key'),
      data: { key: 'k' },
    })
  })

  it('is free again when the request was refused', async () => {
    const shop = await shopInMemory()
    const { engine } = shop
    const asked = [
      engine.execute(add(shop, { name: 'a', item: 'pen' }, key('k'))),
      engine.execute(open(shop, 'a')),
      engine.execute(add(shop, { name: 'a', item: 'pen' }, key('k'))),
    ]
    expect(await answers(asked)).toEqual(['INVALID_VALUE', [0], [1]])
  })

  it('answers a request that changed nothing, too', async () => {
    const shop = await shopInMemory()
    const { engine } = shop
    let decided = 0
    const nothing = (request: unknown): Command<undefined> => ({
      decider: shop.scale,
      request,
      decide: () => {
        decided += 1
        return []
      },
      options: key('k'),
    })
    expect(await engine.execute(nothing(1))).toEqual([])
    expect(await engine.execute(nothing(1))).toEqual([])
    expect(decided).toBe(1)
    await expect(engine.execute(nothing(2))).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
  })

  it('answers several events, across restarts, with and without a checkpoint', async () => {
    await inFolder(async (folder) => {
      const two = (shop: Shop): Command<undefined> => {
        const grams = [1, 2].map((gram) => weighed({ grams: Float64Array.of(gram) }))
        return propose(shop, grams, key('k'))
      }
      const first = await openShop(await levelLog(folder))
      await first.engine.execute(weigh(first, [0]))
      const answer = await first.engine.execute(two(first))
      await copyOfLog(folder, join(folder, 'killed'))
      await first.engine.close()
      for (const place of [folder, join(folder, 'killed')]) {
        const second = await openShop(await levelLog(place))
        expect(await second.engine.execute(two(second))).toEqual(answer)
        expect(second.engine.last).toBe(2)
        await second.engine.close()
      }
      expect(answer.map(({ position }) => position)).toEqual([1, 2])
    })
  })
})

/** A log whose disk is full at one append. */
const failingLog = async (failing: number): Promise<EventLog> => {
  const log = await openMemoryLog()
  let appends = 0
  return {
    supports: log.supports,
    entries: log.entries,
    append: async (commit, entries) => {
      appends += 1
      if (appends === failing) throw new Error('No space left on device')
      await log.append(commit, entries)
    },
    last: () => log.last(),
    at: (position) => log.at(position),
    read: (from) => log.read(from),
    size: () => log.size(),
    close: () => log.close(),
    [Symbol.asyncDispose]: () => log.close(),
  }
}

const refusedWrite = {
  code: 'LOG_WRITE_FAILED',
  message: expect.stringMatching(/refused a write.*then call reopen\(\)/),
}

describe('A write that the storage refuses', () => {
  it('rejects every caller of its commit and all who wait, each with an error of its own', async () => {
    const shop = await openShop(await failingLog(2))
    const { engine } = shop
    await engine.execute(open(shop, 'a'))
    const asked = await Promise.allSettled([
      engine.execute(add(shop, { name: 'a', item: 'pen' })),
      engine.execute(close(shop, 'a')),
      engine.execute(weigh(shop, [1])),
    ])
    const errors = asked.map((result) => (result.status === 'rejected' ? result.reason : undefined))
    for (const error of errors) expect(error).toMatchObject(refusedWrite)
    expect(new Set(errors).size).toBe(3)
    expect(String(errors[0])).toContain('No space left on device')
  })

  it('leaves everything as though nobody had called, refuses writes from then on, and lets reads go on', async () => {
    const shop = await openShop(await failingLog(2))
    const { engine } = shop
    const [opened] = await engine.execute(open(shop, 'a'))
    const seen: RecordedEvent[] = []
    const watching = engine
      .events({ from: 'start' })
      .observe()
      .subscribe((event) => seen.push(event))
    await expect(engine.execute(close(shop, 'a'))).rejects.toMatchObject(refusedWrite)
    await expect(engine.execute(weigh(shop, [1]))).rejects.toMatchObject(refusedWrite)
    expect(engine.last).toBe(0)
    expect(await eventsOf(engine)).toEqual([opened])
    expect(await engine.stream('a')).toEqual([opened])
    expect(await engine.moment('now')).toMatchObject({ position: 0 })
    expect(seen).toEqual([opened])
    watching.unsubscribe()
    await engine.close()
  })

  it('is met in the same way when LevelDB is closed underneath, and is mended by opening again', async () => {
    await inFolder(async (folder) => {
      const log = await levelLog(folder)
      const shop = await openShop(log)
      await shop.engine.execute(open(shop, 'a'))
      await log.close()
      await expect(shop.engine.execute(close(shop, 'a'))).rejects.toMatchObject(refusedWrite)
      await shop.engine.close()
      const again = await openShop(await levelLog(folder))
      expect(again.engine.last).toBe(0)
      await again.engine.execute(close(again, 'a'))
      expect((await eventsOf(again.engine)).map(({ type }) => type)).toEqual([
        'cart.opened',
        'cart.closed',
      ])
      await again.engine.close()
    })
  })
})

describe('A closed engine', () => {
  it('has answered what was asked before, and refuses the rest', async () => {
    const shop = await shopInMemory()
    const { engine } = shop
    const asked = engine.execute(open(shop, 'a'))
    const closing = engine.close()
    const late = engine.execute(close(shop, 'a'))
    expect(await answers([asked, late])).toEqual([[0], 'LOG_CLOSED'])
    await closing
    await engine.close()
    const calls = [
      () => engine.execute(close(shop, 'a')),
      () => engine.exclusive(() => 1),
      () => engine.checkpoint(),
      () => engine.stream('a'),
      () => engine.moment('now'),
      () => engine.events({})[Symbol.asyncIterator]().next(),
      async () => engine.read({}),
      () => engine.project({ name: 'p', version: 1, initial: () => 0, on: {} }),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'LOG_CLOSED' })
  })

  it('is closed for everyone who closes it', async () => {
    await inFolder(async (folder) => {
      const shop = await openShop(await levelLog(folder))
      await shop.engine.execute(open(shop, 'a'))
      const first = shop.engine.close()
      await shop.engine.close()
      const again = await openShop(await levelLog(folder))
      expect(again.engine.last).toBe(0)
      await first
      await again.engine.close()
    })
  })
})

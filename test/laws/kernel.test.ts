import { join } from 'node:path'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import fc from 'fast-check'
import { Level } from 'level'
import { describe, expect, it } from 'vitest'
import type { EventEngine } from '../../src/kernel/event-engine.ts'
import type { RecordedEvent } from '../../src/kernel/events/event.ts'
import type { EventLog } from '../../src/kernel/log/event-log.ts'
import { prefix, textKey } from '../../src/kernel/log/keys.ts'
import { openMemoryLog } from '../../src/kernel/log/memory-log.ts'
import type { ReadOptions } from '../../src/kernel/streams/read-events.ts'
import { verifyEngine } from '../../src/kernel/verify-engine.ts'
import { law } from '../property.ts'
import {
  type Act,
  act,
  acts,
  answersOf,
  copyOfLog,
  eventsOf,
  inFolder,
  levelLog,
  openShop,
  projections,
  type Shop,
} from './kernel-shop.ts'

/** Acts sent at once, and then the next ones: what shares a commit is up to chance. */
const bursts = fc.array(fc.array(acts, { maxLength: 6 }), { maxLength: 8 })

const send = async (shop: Shop, burst: readonly Act[]): Promise<readonly RecordedEvent[]> =>
  (await Promise.all(burst.map((what) => act(shop, what)))).flat()

/** The items of every cart, in the order in which they came, by a projection of the user. */
const itemLists = {
  name: 'items',
  version: 1,
  initial: (): Map<string, string[]> => new Map(),
  on: {
    'cart.added': (
      lists: Map<string, string[]>,
      { stream, data }: RecordedEvent<string, { item: string }>,
    ) => {
      lists.set(stream, [...(lists.get(stream) ?? []), data.item])
    },
    'cart.closed': (lists: Map<string, string[]>, { stream }: RecordedEvent) =>
      new Map([...lists].filter(([name]) => name !== stream)),
  },
}

/** The same log under another engine: nothing but the commits is handed on. */
const commitsOnly = async (log: EventLog, upTo = Number.POSITIVE_INFINITY): Promise<EventLog> => {
  const copy = await openMemoryLog()
  for await (const batch of log.read(0))
    for (const commit of batch) if (commit.first <= upTo) await copy.append(commit)
  return copy
}

const ends = fc.constantFrom('checkpoint', 'close', 'kill', 'go on')

/** The shop that goes on after an end; the log in memory outlives the engine. */
const afterEnd = async (shop: Shop, log: EventLog, end = 'go on'): Promise<Shop> => {
  if (end === 'go on') return shop
  if (end === 'checkpoint') await shop.engine.checkpoint()
  if (end === 'close') await shop.engine.close()
  return end === 'checkpoint' ? shop : await openShop(log, { clock: () => 5 })
}

const sameHistory = async (one: EventEngine, other: EventEngine): Promise<void> => {
  const events = await eventsOf(other)
  expect(await eventsOf(one)).toEqual(events)
  for (const stream of new Set(events.map((event) => event.stream)))
    expect(await one.stream(stream)).toEqual(await other.stream(stream))
}

/** Deletes entries of the database of a log; gives how many. */
const deleteKeys = async (
  folder: string,
  doomed: (key: Uint8Array) => boolean,
): Promise<number> => {
  const db = new Level<Uint8Array, Uint8Array>(`${folder}/log`, { keyEncoding: 'view' })
  const keys = (await db.keys().all()).filter(doomed)
  await db.batch(keys.map((key) => ({ type: 'del', key })))
  await db.close()
  return keys.length
}

const isDerived = (key: Uint8Array): boolean => key[0] !== prefix.log && key[0] !== prefix.setting
const isMark = (key: Uint8Array): boolean =>
  Buffer.from(key).equals(textKey(prefix.setting, 'verified'))

const isDerivedOrMark = (key: Uint8Array): boolean => isDerived(key) || isMark(key)

describe('Law 1: a replay of the log gives the live state', () => {
  it('for every read model, cut at any commit', async () => {
    await fc.assert(
      fc.asyncProperty(bursts, async (all) => {
        const log = await openMemoryLog()
        const shop = await openShop(log)
        const lists = await shop.engine.project(itemLists)
        const states: [last: number, answers: unknown, lists: unknown][] = []
        for (const burst of all) {
          await send(shop, burst)
          states.push([shop.engine.last, structuredClone(answersOf(shop)), lists.state])
        }
        expect(lists.failure).toBeUndefined()
        for (const [last, answers, items] of states) {
          const again = await openShop(await commitsOnly(log, last))
          expect(again.engine.last).toBe(last)
          expect(answersOf(again)).toEqual(answers)
          expect((await again.engine.project(itemLists)).state).toEqual(items)
          expect(await shop.engine.foldUpTo(itemLists, last)).toEqual(items)
        }
      }),
      law(2),
    )
  })

  it('from any checkpoint and the events after it, and it stays so', async () => {
    await fc.assert(
      fc.asyncProperty(bursts, fc.array(ends), async (all, ended) => {
        const log = await openMemoryLog()
        const whole = await openShop(await openMemoryLog(), { clock: () => 5 })
        let shop = await openShop(log, { clock: () => 5 })
        for (const [at, burst] of all.entries()) {
          await send(whole, burst)
          await send(shop, burst)
          shop = await afterEnd(shop, log, ended[at])
          expect(answersOf(shop)).toEqual(answersOf(whole))
        }
        await sameHistory(shop.engine, whole.engine)
        expect(await verifyEngine(shop.engine, projections)).toMatchObject({ broken: [] })
      }),
      law(2),
    )
  })

  it('when everything derived is deleted', async () => {
    await inFolder(async (folder) => {
      const shop = await openShop(await levelLog(folder))
      for (const burst of fc.sample(bursts, { numRuns: 10, seed: 7 }))
        await send(shop, burst.flat())
      const key = { idempotencyKey: 'k' }
      const keyed = { ...weighing(shop, 1), options: key }
      const answer = await shop.engine.execute(keyed)
      const lists = (await shop.engine.project(itemLists)).state
      const before = [
        answersOf(shop),
        await eventsOf(shop.engine),
        await shop.engine.stream('scale'),
      ]
      await shop.engine.close()

      for (const doomed of [isDerived, isDerivedOrMark]) {
        expect(await deleteKeys(folder, doomed)).toBeGreaterThan(2)
        const again = await openShop(await levelLog(folder))
        expect(before).toEqual([
          answersOf(again),
          await eventsOf(again.engine),
          await again.engine.stream('scale'),
        ])
        expect((await again.engine.project(itemLists)).state).toEqual(lists)
        expect(await again.engine.execute({ ...weighing(again, 1), options: key })).toEqual(answer)
        await again.engine.close()
      }
    })
  })
})

const weighing = ({ scale }: Shop, grams: number) => ({
  decider: scale,
  request: grams,
  decide: () => [
    { stream: 'scale', type: 'scale.weighed', data: { grams: Float64Array.of(grams) } },
  ],
})

describe('Law 3: the log is in order', () => {
  it('gapless in positions and revisions, never back in time, whatever the clock does', async () => {
    await fc.assert(
      fc.asyncProperty(bursts, fc.array(fc.nat(1000)), async (all, times) => {
        let now = 0
        const shop = await openShop(await openMemoryLog(), { clock: () => now })
        for (const [at, burst] of all.entries()) {
          now = times[at] ?? now
          await send(shop, burst)
          expect((await shop.engine.moment('now')).position).toBe(shop.engine.last)
        }
        const events = await eventsOf(shop.engine)
        expect(events.map(({ position }) => position)).toEqual(events.map((_, at) => at))
        const revisions = new Map<string, number>()
        let before = 0
        for (const { stream, revision, recordedAt } of events) {
          expect(revision).toBe((revisions.get(stream) ?? -1) + 1)
          revisions.set(stream, revision)
          expect(recordedAt).toBeGreaterThanOrEqual(before)
          before = recordedAt
        }
        expect(await verifyEngine(shop.engine, projections)).toMatchObject({
          broken: [],
          verified: { events: events.length },
        })
      }),
      law(2),
    )
  })
})

const lastsAfterAnyEnd = (
  before: readonly (readonly Act[])[],
  after: readonly (readonly Act[])[],
): Promise<void> =>
  inFolder(async (folder) => {
    const grave = join(folder, 'grave')
    const shop = await openShop(await levelLog(folder))
    for (const burst of before) await send(shop, burst)
    if (before.length > 2) await shop.engine.checkpoint()
    for (const burst of after) await send(shop, burst)
    const acknowledged = await eventsOf(shop.engine)
    await copyOfLog(folder, grave)
    await shop.engine.close()
    for (const place of [folder, grave]) await isThere(place, acknowledged)
  })

describe('Law 4: what was acknowledged is there again', () => {
  it('after closing, and after a process that was killed between any two answers', async () => {
    await fc.assert(fc.asyncProperty(bursts, bursts, lastsAfterAnyEnd), law(10))
  })
})

const isThere = async (folder: string, acknowledged: readonly RecordedEvent[]): Promise<void> => {
  const shop = await openShop(await levelLog(folder))
  expect(await eventsOf(shop.engine)).toEqual(acknowledged)
  expect(await verifyEngine(shop.engine, projections)).toMatchObject({ broken: [] })
  const [next] = await shop.engine.execute(weighing(shop, 1))
  expect(next?.position).toBe(acknowledged.length)
  await shop.engine.close()
}

interface Reading {
  readonly query: Pick<ReadOptions, 'types' | 'stream'>
  readonly from: number | 'start' | 'now'
  /** After how many bursts it starts. */
  readonly after: number
  /** Turns of the event loop that it takes for an item. */
  readonly slow: number
  readonly how: 'batches' | 'pulled' | 'pushed'
}

const readings = fc.record<Reading>({
  query: fc.record(
    {
      types: fc.subarray(['cart.opened', 'cart.added', 'scale.weighed']),
      stream: fc.constantFrom('a', 'scale', '__proto__', 'nowhere'),
    },
    { requiredKeys: [] },
  ),
  from: fc.oneof(fc.constantFrom('start' as const, 'now' as const), fc.nat(30)),
  after: fc.nat(6),
  slow: fc.nat(3),
  how: fc.constantFrom('batches', 'pulled', 'pushed'),
})

const pause = async (turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await turnOfTheLoop()
}

/** Reads until the store closes. */
const follow = async (
  engine: EventEngine,
  reading: Reading,
  seen: RecordedEvent[],
): Promise<void> => {
  const { query, from, slow, how } = reading
  if (how === 'pushed') {
    await new Promise<void>((resolve, reject) => {
      engine
        .events({ ...query, from })
        .observe()
        .subscribe({ next: (event) => seen.push(event), complete: resolve, error: reject })
    })
    return
  }
  if (how === 'pulled') {
    for await (const event of engine.events({ ...query, from })) {
      seen.push(event)
      await pause(slow)
    }
    return
  }
  let before = -1
  for await (const { events, position } of engine.read({ ...query, from, live: true })) {
    for (const event of events) expect(event.position).toBeLessThanOrEqual(position)
    for (const event of events) expect(event.position).toBeGreaterThan(before)
    before = position
    seen.push(...events)
    await pause(slow)
  }
}

const caughtUp = async (
  seen: readonly RecordedEvent[],
  expected: readonly RecordedEvent[],
): Promise<void> => {
  for (let turn = 0; turn < 2000 && seen.length < expected.length; turn++) await turnOfTheLoop()
}

interface Followed {
  readonly reading: Reading
  readonly start: number
  readonly seen: RecordedEvent[]
  readonly done: Promise<void>
}

const followedBy = (engine: EventEngine, reading: Reading): Followed => {
  const seen: RecordedEvent[] = []
  const starts = { start: 0, now: engine.last + 1 }
  const start = typeof reading.from === 'number' ? reading.from : starts[reading.from]
  const done = follow(engine, reading, seen)
  // It is awaited at the end; until then its failure is no rejection that nobody handles.
  done.catch(() => undefined)
  return { reading, start, seen, done }
}

const wantedBy = (
  { reading: { query }, start }: Followed,
  events: readonly RecordedEvent[],
): RecordedEvent[] =>
  events
    .slice(start)
    .filter(({ stream }) => query.stream === undefined || query.stream === stream)
    .filter(({ type }) => query.types === undefined || query.types.includes(type))

const sawWhatTheyWanted = async (
  engine: EventEngine,
  followed: readonly Followed[],
): Promise<void> => {
  const events = await eventsOf(engine)
  const wanted = followed.map((each) => wantedBy(each, events))
  for (const [at, { seen }] of followed.entries()) await caughtUp(seen, wanted[at] ?? [])
  await engine.close()
  for (const { done } of followed) await done
  expect(followed.map(({ seen }) => seen)).toEqual(wanted)
}

describe('Law 5: readers see each event from their position once and in order', () => {
  it('whatever they ask for, however slow they are, whoever writes meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        bursts,
        fc.array(readings, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (all, asked, checkpoints) => {
          const shop = await openShop(await openMemoryLog())
          const { engine } = shop
          const followed: Followed[] = []
          const begin = (after: (burst: number) => boolean): void => {
            const now = asked.filter((reading) => after(reading.after))
            followed.push(...now.map((reading) => followedBy(engine, reading)))
          }
          for (const [at, burst] of all.entries()) {
            const writing = send(shop, burst)
            if (at % 2 === 0) await writing
            begin((after) => after === at)
            await writing
            if (checkpoints) await engine.checkpoint()
          }
          begin((after) => after >= all.length)
          await sawWhatTheyWanted(engine, followed)
        },
      ),
      law(),
    )
  })

  it('also when they fall out of the memory of the newest commits', async () => {
    const shop = await openShop(await openMemoryLog())
    const { engine } = shop
    const seen: number[] = []
    const reader = engine
      .events({ from: 'start', types: ['scale.weighed'] })
      [Symbol.asyncIterator]()
    const first = reader.next()
    const count = 5000
    for (let at = 0; at < count; at++) await engine.execute(weighing(shop, at))
    seen.push((await first).value.position)
    while (seen.length < count) seen.push((await reader.next()).value.position)
    expect(seen).toEqual(Array.from({ length: count }, (_, at) => at))
    const waiting = reader.next()
    await engine.close()
    expect(await waiting).toMatchObject({ done: true })
  })

  it('says so when the store closes under a reader that is behind', async () => {
    await inFolder(async (folder) => {
      const first = await openShop(await levelLog(folder))
      for (let at = 0; at < 600; at++) void first.engine.execute(weighing(first, at))
      for (let at = 0; at < 600; at++) await first.engine.execute(weighing(first, at))
      await first.engine.close()
      const { engine } = await openShop(await levelLog(folder))
      const reader = engine.events({ from: 'start' })[Symbol.asyncIterator]()
      await reader.next()
      await engine.close()
      const rest = async (): Promise<void> => {
        while ((await reader.next()).done !== true) await turnOfTheLoop()
      }
      await expect(rest()).rejects.toMatchObject({ code: 'LOG_CLOSED' })
    })
  })
})

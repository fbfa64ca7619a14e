import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law } from '../../../test/property.ts'
import { collect } from '../../testing/check.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Entries } from '../log/event-log.ts'
import { openMemoryLog } from '../log/memory-log.ts'
import { type Feed, feedOf, flatMapFeed } from './feed.ts'
import { StreamIndex } from './stream-index.ts'
import { Tail } from './tail.ts'

const eventAt = (position: number, stream = 's', revision = position): RecordedEvent => ({
  position,
  stream,
  revision,
  type: 't',
  schema: 1,
  recordedAt: 0,
  actor: 'ana',
  data: null,
})

type Checkpoint = 'failed' | 'written' | 'reopened'

const checkpointed = async (
  index: StreamIndex,
  entries: Entries,
  how: Checkpoint,
): Promise<StreamIndex> => {
  const writes = index.flush()
  // One that failed is made up for by the next.
  if (how === 'failed') return index
  await entries.write(writes)
  index.flushed()
  if (how === 'written') return index
  const again = new StreamIndex(entries)
  for (let part = 0; part < index.parts; part++) again.load(index.save(part))
  return again
}

const positionsOf = async (
  index: StreamIndex,
  stream: string,
  upTo: number,
): Promise<number[] | undefined> => (await index.places(stream, upTo))?.positions

/** Commits of three events each. */
const beginOf = (position: number): number => position - (position % 3)

describe('The stream index', () => {
  const streams = ['', 'a', '__proto__', 'a\u0000', '🛒'.repeat(100)]

  it('knows the positions of every stream, however often it was checkpointed and opened again', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.nat(streams.length - 1) },
      { weight: 1, arbitrary: fc.constantFrom<Checkpoint>('failed', 'written', 'reopened') },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { entries } = await openMemoryLog()
        let index = new StreamIndex(entries)
        const expected = new Map<string, number[]>(streams.map((stream) => [stream, []]))
        let position = 0
        for (const what of steps) {
          if (typeof what === 'number') {
            const stream = streams[what] ?? ''
            const positions = expected.get(stream) ?? []
            index.apply(eventAt(position, stream, positions.length), beginOf(position))
            positions.push(position++)
            continue
          }
          index = await checkpointed(index, entries, what)
        }
        for (const [stream, positions] of expected) {
          const begins = positions.map(beginOf)
          expect(await index.places(stream, position)).toEqual({ positions, begins })
          expect(await positionsOf(index, stream, 7)).toEqual(positions.filter((at) => at <= 7))
          expect(index.revision(stream)).toBe(positions.length - 1)
        }
      }),
      law(),
    )
  })

  it('answers once and in full while a checkpoint is written', async () => {
    const { entries } = await openMemoryLog()
    const index = new StreamIndex(entries)
    for (let position = 0; position < 3; position++) index.apply(eventAt(position), position)
    const answers: Promise<number[] | undefined>[] = []
    const ask = (): unknown => answers.push(positionsOf(index, 's', 99))
    ask()
    const writes = index.flush()
    ask()
    await entries.write(writes)
    ask()
    index.flushed()
    ask()
    for (const answer of answers) expect(await answer).toEqual([0, 1, 2])
  })

  it('is whole when a checkpoint ends between the look at the entries and the look at memory', async () => {
    const { entries } = await openMemoryLog()
    let meanwhile = async (): Promise<void> => undefined
    const slow: Entries = {
      get: (key) => entries.get(key),
      write: (writes) => entries.write(writes),
      async *scan(prefix) {
        yield* entries.scan(prefix)
        await meanwhile()
      },
    }
    const index = new StreamIndex(slow)
    index.apply(eventAt(0), 0)
    meanwhile = async () => {
      await entries.write(index.flush())
      index.flushed()
    }
    expect(await positionsOf(index, 's', 99)).toEqual([0])
  })

  it('leaves nothing behind when it is to be built again', async () => {
    const { entries } = await openMemoryLog()
    const index = new StreamIndex(entries)
    index.apply(eventAt(0), 0)
    await entries.write(index.flush())
    index.flushed()
    await index.removeEntries()
    expect(await collect(entries.scan(Uint8Array.of(4)))).toEqual([])
    const again = new StreamIndex(entries)
    again.apply(eventAt(0), 0)
    expect(await positionsOf(again, 's', 99)).toEqual([0])
  })

  it('says that it cannot tell when one of its entries is damaged or gone', async () => {
    const { entries } = await openMemoryLog()
    const index = new StreamIndex(entries)
    for (const position of [0, 1]) {
      index.apply(eventAt(position), position)
      await entries.write(index.flush())
      index.flushed()
    }
    expect(await positionsOf(index, 's', 99)).toEqual([0, 1])
    const [first] = await collect(entries.scan(Uint8Array.of(4)))
    if (first === undefined) throw new Error('The index has no entry.')
    const changed = first.value.slice()
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    await entries.write([{ key: first.key, value: changed }])
    expect(await positionsOf(index, 's', 99)).toBeUndefined()
    await entries.write([{ key: first.key }])
    expect(await positionsOf(index, 's', 99)).toBeUndefined()
  })
})

const batchAt = (first: number, count: number, bytes = 100) => ({
  first,
  bytes,
  events: Array.from({ length: count }, (_, at) => eventAt(first + at)),
})

describe('The tail', () => {
  it('gives the commits from the one that holds a position', () => {
    const tail = new Tail(4)
    expect(tail.from(4)).toBeUndefined()
    for (const [first, count] of [
      [4, 2],
      [6, 1],
      [7, 3],
    ] as const)
      tail.push(batchAt(first, count))
    const firsts = [3, 4, 5, 6, 7, 9].map((at) => tail.from(at)?.map(({ first }) => first))
    expect(firsts).toEqual([undefined, [4, 6, 7], [4, 6, 7], [6, 7], [7], [7]])
    expect(tail.next).toBe(10)
  })

  it('keeps at most 4096 commits, and about 8 MiB', () => {
    const many = new Tail(0)
    for (let at = 0; at < 20_000; at++) many.push(batchAt(at, 1, 1))
    expect(many.from(20_000 - 4096)?.length).toBe(4096)
    expect(many.from(20_000 - 4096, 2)?.map(({ first }) => first)).toEqual([15_904, 15_905])
    expect(many.from(20_000 - 4097)).toBeUndefined()
    const heavy = new Tail(0)
    for (let at = 0; at < 10; at++) heavy.push(batchAt(at, 1, 3 * 1024 * 1024))
    expect(heavy.from(8)?.map(({ first }) => first)).toEqual([8, 9])
    expect(heavy.from(7)).toBeUndefined()
    heavy.push(batchAt(10, 1, 99 * 1024 * 1024))
    expect(heavy.from(10)?.length).toBe(1)
  })

  it('lets go of what falls out', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage: () => void = runInNewContext('gc')
    const tail = new Tail(0)
    const first = (() => {
      const batch = batchAt(0, 1, 9 * 1024 * 1024)
      tail.push(batch)
      return new WeakRef(batch)
    })()
    tail.push(batchAt(1, 1))
    await turnOfTheLoop()
    collectGarbage()
    expect(first.deref()).toBeUndefined()
    expect(tail.from(1)?.length).toBe(1)
  })

  it('keeps commits only while somebody follows, and wakes in either case', async () => {
    const tail = new Tail(0)
    const reached = tail.reached(0, new AbortController().signal)
    tail.advance(batchAt(0, 2))
    await reached
    expect([tail.next, tail.from(0), tail.from(1)]).toEqual([2, undefined, undefined])
    const unfollow = [tail.follow(), tail.follow()]
    tail.advance(batchAt(2, 1))
    unfollow[0]?.()
    tail.advance(batchAt(3, 1))
    expect(tail.from(1)).toBeUndefined()
    expect(tail.from(2)?.map(({ first }) => first)).toEqual([2, 3])
    unfollow[1]?.()
    tail.advance(batchAt(4, 1))
    expect([tail.next, tail.from(4)]).toEqual([5, undefined])
  })

  it('wakes who waits for a position, and only when it is there', async () => {
    const tail = new Tail(0)
    const woken: string[] = []
    const wait = async (name: string, position: number, signal = new AbortController().signal) => {
      await tail.reached(position, signal)
      woken.push(name)
    }
    const aborted = new AbortController()
    const waits = [wait('first', 0), wait('third', 2), wait('never', 9, aborted.signal)]
    tail.push(batchAt(0, 1))
    await turnOfTheLoop()
    expect(woken).toEqual(['first'])
    tail.push(batchAt(1, 2))
    await turnOfTheLoop()
    expect(woken).toEqual(['first', 'third'])
    aborted.abort()
    await Promise.all(waits)
    expect(woken).toEqual(['first', 'third', 'never'])
    const last = wait('closed', 9)
    tail.close()
    await last
    expect(tail.closed).toBe(true)
  })
})

/** Numbers that come when they are given, and what became of those who asked. */
const numbers = (given: readonly number[]) => {
  const log: string[] = []
  const feed = feedOf(async function* (signal) {
    log.push('started')
    try {
      for (const number of given) {
        if (signal.aborted) return
        yield number
      }
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
    } finally {
      log.push('ended')
    }
  })
  return { feed, log }
}

const taken = async <T>(feed: Feed<T>, count: number): Promise<T[]> => {
  const items: T[] = []
  for await (const item of feed) if (items.push(item) === count) break
  return items
}

describe('A feed', () => {
  it('starts anew for each reader, and not before it is asked', async () => {
    const { feed, log } = numbers([1, 2, 3])
    const iterator = feed[Symbol.asyncIterator]()
    expect(log).toEqual([])
    await iterator.return?.()
    expect(await taken(feed, 2)).toEqual([1, 2])
    expect(await taken(feed, 3)).toEqual([1, 2, 3])
    expect(log).toEqual(['started', 'ended', 'started', 'ended'])
  })

  it('ends a wait for what comes next when its reader leaves', async () => {
    const { feed, log } = numbers([])
    const iterator = feed[Symbol.asyncIterator]()
    const waiting = iterator.next()
    await turnOfTheLoop()
    expect(log).toEqual(['started'])
    await iterator.return?.()
    expect(await waiting).toMatchObject({ done: true })
    expect(log).toEqual(['started', 'ended'])
    expect(await iterator.next()).toMatchObject({ done: true })
  })

  it('ends with any of its signals', async () => {
    const { feed } = numbers([1])
    for (const which of [0, 1]) {
      const controllers = [new AbortController(), new AbortController()] as const
      const seen: number[] = []
      for await (const item of feed.until(controllers[0].signal).until(controllers[1].signal)) {
        seen.push(item)
        setImmediate(() => controllers[which]?.abort())
      }
      expect(seen).toEqual([1])
    }
    expect(await taken(feed.until(AbortSignal.abort()), 5)).toEqual([])
  })

  it('is pushed in the same order, and stops when nobody listens', async () => {
    const { feed, log } = numbers([1, 2, 3, 4])
    const seen: number[] = []
    await new Promise<void>((resolve) => {
      const subscription = feed.observe().subscribe((item) => {
        seen.push(item)
        if (item === 2) {
          subscription.unsubscribe()
          resolve()
        }
      })
    })
    await turnOfTheLoop()
    expect(seen).toEqual([1, 2])
    expect(log).toEqual(['started', 'ended'])
  })

  it('completes for an observer when it ends, and passes on what went wrong', async () => {
    const told: unknown[] = []
    const ended = new AbortController()
    const { feed } = numbers([1])
    const done = new Promise<void>((resolve) => {
      feed
        .until(ended.signal)
        .observe()
        .subscribe({ next: (item) => told.push(item), complete: resolve })
    })
    await turnOfTheLoop()
    ended.abort()
    await done
    const broken = feedOf<number>(async function* () {
      yield 2
      throw new Error('the source broke')
    })
    await new Promise<void>((resolve) => {
      broken.observe().subscribe({
        next: (item) => told.push(item),
        error: (error: unknown) => {
          told.push(String(error))
          resolve()
        },
      })
    })
    expect(told).toEqual([1, 2, 'Error: the source broke'])
  })

  it('is turned into none, one or several of another kind', async () => {
    const { feed, log } = numbers([0, 1, 2])
    const letters = flatMapFeed(feed, (count) => Array.from({ length: count }, () => `x${count}`))
    expect(await taken(letters, 3)).toEqual(['x1', 'x2', 'x2'])
    expect(log).toEqual(['started', 'ended'])
  })
})

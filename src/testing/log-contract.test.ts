import { describe, expect, it } from 'vitest'
import type { Entry, EventLog, StoredCommit } from '../kernel/log/event-log.ts'
import { openMemoryLog } from '../kernel/log/memory-log.ts'
import { logContract } from './index.ts'

type Change = (log: EventLog) => Partial<EventLog>

const entriesWith = (log: EventLog, other: Partial<EventLog['entries']>) => ({
  entries: {
    get: (key: Uint8Array) => log.entries.get(key),
    write: (entries: readonly Entry[]) => log.entries.write(entries),
    scan: (prefix: Uint8Array) => log.entries.scan(prefix),
    ...other,
  },
})

const changed =
  (change: Change): (() => Promise<{ log: EventLog }>) =>
  async () => {
    const log = await openMemoryLog()
    return {
      log: {
        supports: log.supports,
        entries: log.entries,
        append: (commit, entries) => log.append(commit, entries),
        last: () => log.last(),
        at: (position) => log.at(position),
        read: (from) => log.read(from),
        size: () => log.size(),
        close: () => log.close(),
        [Symbol.asyncDispose]: () => log.close(),
        replace: (commit, others, entries) => log.replace?.(commit, others, entries) ?? none,
        scrub: () => log.scrub?.() ?? none,
        ...change(log),
      },
    }
  }

const none = Promise.resolve()

/** The first promise that a log breaks. */
const firstBroken = async (change: Change): Promise<string | undefined> => {
  for (const { name, run } of logContract(changed(change))) {
    const kept = await run().then(
      () => true,
      () => false,
    )
    if (!kept) return name
  }
  return undefined
}

const shared: StoredCommit[] = []

describe('The contract of a log', () => {
  it('is kept by a wrapper that changes nothing', async () => {
    expect(await firstBroken(() => ({}))).toBeUndefined()
  })

  const faults: readonly [string, Change][] = [
    ['drops the entries of an append', (log) => ({ append: (commit) => log.append(commit) })],
    [
      'gives the next commit for a position between two',
      (log) => ({ at: (position) => log.at(position + 1) }),
    ],
    ['reads everything wherever it is asked to start', (log) => ({ read: () => log.read(0) })],
    [
      'reads in the wrong order',
      (log) => ({
        async *read(from) {
          for await (const batch of log.read(from)) yield batch.toReversed()
        },
      }),
    ],
    [
      'ends with an empty batch',
      (log) => ({
        async *read(from) {
          yield* log.read(from)
          yield []
        },
      }),
    ],
    [
      'keeps the bytes it was given instead of a copy',
      (log) => ({
        append: async (commit, entries) => {
          shared.push(commit)
          await log.append(commit, entries)
        },
        last: async () => shared.at(-1),
      }),
    ],
    [
      'replaces nothing',
      (log) => ({ replace: (commit, _others, entries) => log.append(commit, entries) }),
    ],
    [
      'replaces and forgets the entries',
      (log) => ({ replace: async (commit, others) => await log.replace?.(commit, others) }),
    ],
    ['forgets the newest', (log) => ({ last: () => log.at(0) })],
    [
      'takes an empty value for none',
      (log) =>
        entriesWith(log, {
          get: async (key) => {
            const value = await log.entries.get(key)
            return value?.length === 0 ? undefined : value
          },
        }),
    ],
    [
      'scans more than the prefix',
      (log) =>
        entriesWith(log, {
          scan: (prefix) => log.entries.scan(prefix.subarray(0, 1)),
        }),
    ],
    [
      'never deletes',
      (log) =>
        entriesWith(log, {
          write: (entries) => log.entries.write(entries.filter(({ value }) => value !== undefined)),
        }),
    ],
    [
      'fails when it is closed twice',
      (log) => {
        let closed = false
        return {
          close: async () => {
            if (closed) throw new Error('closed already')
            closed = true
            await log.close()
          },
        }
      },
    ],
    [
      'claims to survive what it does not',
      () => ({
        supports: { permanence: 'process', reopen: false },
      }),
    ],
    [
      'claims to be there again and cannot say how',
      () => ({
        supports: { permanence: 'none', reopen: true },
      }),
    ],
  ]
  it.each(faults)('finds a log that %s', async (_fault, change) => {
    shared.length = 0
    expect(await firstBroken(change)).toBeTypeOf('string')
  })
})

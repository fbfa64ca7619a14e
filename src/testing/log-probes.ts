import type { EventLog, StoredCommit } from '../kernel/log/event-log.ts'
import { collect } from './check.ts'

/** Checks one promise of a log. */
export type Check = (log: EventLog, reopen: () => Promise<EventLog>) => Promise<void>

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
export const commitAt = (first: number, text = `commit ${first}`): StoredCommit => ({
  first,
  bytes: bytesOf(text),
})
export const appendAll = async (log: EventLog, firsts: readonly number[]): Promise<void> => {
  for (const first of firsts) await log.append(commitAt(first))
}
export const plain = (commit: StoredCommit | undefined): unknown =>
  commit && [commit.first, ...commit.bytes]
export const firstsFrom = async (log: EventLog, from: number): Promise<number[]> =>
  (await collect(log.read(from))).flat().map(({ first }) => first)

export const key = (...bytes: number[]): Uint8Array => Uint8Array.of(...bytes)
export const keysUnder = async (log: EventLog, prefix: Uint8Array): Promise<string[]> =>
  (await collect(log.entries.scan(prefix))).map((entry) => [...entry.key].join())
export const valueAt = async (log: EventLog, at: Uint8Array): Promise<number[] | undefined> => {
  const value = await log.entries.get(at)
  return value && [...value]
}

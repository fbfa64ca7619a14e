import { Level } from 'level'
import type { Entries, Entry, EventLog, LogSupports, StoredCommit } from './event-log.ts'
import { keyAfter, logKey, positionOf, prefix } from './keys.ts'

type Database = Level<Uint8Array, Uint8Array>

/** What an acknowledged event survives: a power cut (`'fsync'`), or the death of the process (`'os'`). */
export type Durability = 'fsync' | 'os'

/** Commits come in batches of up to this many, or of about 4 MiB. */
const batchCommits = 256
const batchBytes = 4 * 1024 * 1024
/** Measured: 256 KiB of read-ahead doubles the rate of a scan against the default of 16 KiB. */
const readAhead = 256 * 1024

const operations = (entries: readonly Entry[]) =>
  entries.map((entry) =>
    entry.value === undefined
      ? ({ type: 'del', key: entry.key } as const)
      : ({ type: 'put', key: entry.key, value: entry.value } as const),
  )

class LevelEntries implements Entries {
  readonly #db: Database
  readonly #sync: boolean

  constructor(db: Database, sync: boolean) {
    this.#db = db
    this.#sync = sync
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#db.get(key)
  }

  write(entries: readonly Entry[]): Promise<void> {
    return this.#db.batch(operations(entries), { sync: this.#sync })
  }

  async *scan(start: Uint8Array): AsyncIterable<{ key: Uint8Array; value: Uint8Array }> {
    for await (const [key, value] of this.#db.iterator({ gte: start, lt: keyAfter(start) })) {
      yield { key, value }
    }
  }
}

/** The log in one LevelDB: in Node on disk, in a browser in IndexedDB. */
class LevelLog implements EventLog {
  readonly supports: LogSupports
  readonly entries: Entries
  readonly #db: Database
  readonly #sync: boolean

  constructor(db: Database, durability: Durability) {
    this.#db = db
    this.#sync = durability === 'fsync'
    this.supports = { permanence: this.#sync ? 'power' : 'process', reopen: true }
    this.entries = new LevelEntries(db, this.#sync)
  }

  append(commit: StoredCommit, entries: readonly Entry[] = []): Promise<void> {
    const key = logKey(commit.first)
    // A put is measurably cheaper than a batch of one.
    if (entries.length === 0) return this.#db.put(key, commit.bytes, { sync: this.#sync })
    return this.#db.batch([{ type: 'put', key, value: commit.bytes }, ...operations(entries)], {
      sync: this.#sync,
    })
  }

  last(): Promise<StoredCommit | undefined> {
    return this.at(Number.MAX_SAFE_INTEGER)
  }

  async at(position: number): Promise<StoredCommit | undefined> {
    const range = { gte: logKey(0), lte: logKey(position), reverse: true, limit: 1 }
    for await (const [key, bytes] of this.#db.iterator(range)) {
      return { first: positionOf(key), bytes }
    }
    return undefined
  }

  async *read(from: number): AsyncIterable<readonly StoredCommit[]> {
    const start = (await this.at(from))?.first ?? 0
    const range = {
      gte: logKey(start),
      lt: keyAfter(new Uint8Array([prefix.log])),
      highWaterMarkBytes: readAhead,
    }
    const iterator = this.#db.iterator(range)
    try {
      let batch: StoredCommit[] = []
      let bytes = 0
      for (;;) {
        const entries = await iterator.nextv(batchCommits)
        for (const [key, value] of entries) {
          batch.push({ first: positionOf(key), bytes: value })
          bytes += value.length
        }
        if (entries.length === 0) break
        if (bytes >= batchBytes || batch.length >= batchCommits) {
          yield batch
          batch = []
          bytes = 0
        }
      }
      if (batch.length > 0) yield batch
    } finally {
      await iterator.close()
    }
  }

  size(): Promise<number> {
    // Only classic-level estimates sizes; IndexedDB cannot.
    const estimate: unknown = Reflect.get(this.#db, 'approximateSize')
    if (typeof estimate !== 'function') return Promise.resolve(0)
    return estimate.call(this.#db, logKey(0), keyAfter(new Uint8Array([prefix.log])))
  }

  close(): Promise<void> {
    return this.#db.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Opens, or makes, the log in a folder (Node) or a database (browser).
 *
 * Durability belongs to the log: use the one it was made with, always.
 */
export const openLevelLog = async (
  location: string,
  durability: Durability = 'fsync',
): Promise<EventLog> => {
  const db: Database = new Level<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  await db.open()
  return new LevelLog(db, durability)
}

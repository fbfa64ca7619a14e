import { durabilities, openDatabase } from '#platform'
import { codeOf, kernelError } from '../errors.ts'
import { newId } from '../ids.ts'
import { commitFormat } from './commit.ts'
import type { Database, Operation } from './database.ts'
import type { Entries, Entry, EventLog, LogSupports, StoredCommit } from './event-log.ts'
import { GuardedDatabase } from './guarded-database.ts'
import { keyAfter, logKey, positionOf, prefix } from './keys.ts'
import { type Durability, readSettings, type StoreSettings, settingsEntry } from './settings.ts'

/** The first key after every commit. */
const logEnd = keyAfter(new Uint8Array([prefix.log]))

/** No key is before the one or behind the other. */
const firstKey = Uint8Array.of(0x00)
const lastKey = Uint8Array.of(0xff, 0xff)

/** Commits come in batches of up to this many, or of about 4 MiB. */
const batchCommits = 256
const batchBytes = 4 * 1024 * 1024
/** Measured: 256 KiB of read-ahead doubles the rate of a scan against the default of 16 KiB. */
const readAhead = 256 * 1024

const operations = (entries: readonly Entry[]): Operation[] =>
  entries.map(({ key, value }) =>
    value === undefined ? { type: 'del', key } : { type: 'put', key, value },
  )

/** LevelDB's own word for a table that cannot be read, as varve says it; other errors as they are. */
const unreadable = (error: unknown): unknown => {
  const found = [error, error instanceof Error ? error.cause : undefined]
  if (!found.some((each) => codeOf(each) === 'LEVEL_CORRUPTION')) return error
  return kernelError(
    'LOG_CORRUPT',
    `A part of the store cannot be read (${error instanceof Error ? error.message : error}). Copy the folder before anything else, and restore a backup.`,
    { cause: error },
  )
}

class LevelEntries implements Entries {
  readonly #db: Database
  readonly #sync: boolean

  constructor(db: Database, sync: boolean) {
    this.#db = db
    this.#sync = sync
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.#db.get(key)
    } catch (error) {
      throw unreadable(error)
    }
  }

  write(entries: readonly Entry[]): Promise<void> {
    return this.#db.batch(operations(entries), { sync: this.#sync })
  }

  async *scan(start: Uint8Array): AsyncIterable<{ key: Uint8Array; value: Uint8Array }> {
    try {
      for await (const [key, value] of this.#db.iterator({ gte: start, lt: keyAfter(start) })) {
        yield { key, value }
      }
    } catch (error) {
      throw unreadable(error)
    }
  }
}

/** The log in one database: in Node LevelDB, in a browser IndexedDB. */
class LevelLog implements EventLog {
  readonly supports: LogSupports
  readonly entries: Entries
  readonly #db: GuardedDatabase
  readonly #sync: boolean

  constructor(db: GuardedDatabase, durability: Durability) {
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

  async replace(
    commit: StoredCommit,
    replaced: readonly StoredCommit[],
    entries: readonly Entry[] = [],
  ): Promise<void> {
    // LevelDB writes its journal into one table, old versions of a key included, and compacts only over several:
    // what is replaced has to lie in a table before its replacement is in the journal.
    await this.#db.reopen()
    const puts = [commit, ...replaced].map(
      ({ first, bytes }): Operation => ({ type: 'put', key: logKey(first), value: bytes }),
    )
    await this.#db.batch([...puts, ...operations(entries)], { sync: this.#sync })
  }

  async scrub(): Promise<void> {
    // Readers hold snapshots, for which LevelDB keeps old versions: opening it again takes them away, and the second
    // time the tables that nobody reads any more.
    await this.#db.reopen()
    await this.#db.compact(firstKey, lastKey)
    await this.#db.reopen()
  }

  last(): Promise<StoredCommit | undefined> {
    return this.at(Number.MAX_SAFE_INTEGER)
  }

  async at(position: number, first?: number): Promise<StoredCommit | undefined> {
    if (position < 0) return undefined
    const range = { gte: logKey(0), lte: logKey(position), reverse: true, limit: 1 }
    try {
      const bytes = first === undefined ? undefined : await this.#db.get(logKey(first))
      if (first !== undefined && bytes !== undefined) return { first, bytes }
      for await (const [key, value] of this.#db.iterator(range)) {
        return { first: positionOf(key), bytes: value }
      }
      return undefined
    } catch (error) {
      throw unreadable(error)
    }
  }

  async *read(from: number): AsyncIterable<readonly StoredCommit[]> {
    const start = (await this.at(from))?.first ?? 0
    const range = {
      gte: logKey(start),
      lt: logEnd,
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
    } catch (error) {
      throw unreadable(error)
    } finally {
      await iterator.close()
    }
  }

  size(): Promise<number> {
    return this.#db.size(logKey(0), logEnd)
  }

  reopen(): Promise<void> {
    return this.#db.reopen()
  }

  close(): Promise<void> {
    return this.#db.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

export interface LevelLogOptions {
  /** For a new log; an existing one keeps its own, and refuses another. Default the platform's first. */
  readonly durability?: Durability | undefined
  /** Ms since the epoch, when a log is made. */
  readonly now: number
  /** Throws when this process may not write any more: it is asked before and after each write. */
  readonly mayWrite?: (() => void) | undefined
}

export interface OpenedLog {
  readonly log: EventLog
  readonly settings: StoreSettings
}

/** What a log was made with, or is made with now. @throws `LOG_FORMAT` */
const settle = async (
  entries: Entries,
  { durability, now }: LevelLogOptions,
  written: boolean,
): Promise<StoreSettings> => {
  if (durability !== undefined && !durabilities.includes(durability)) throw noSuch(durability)
  const known = await readSettings(entries)
  if (known === undefined) {
    if (written) throw withoutSettings()
    const made = {
      format: commitFormat,
      id: newId(),
      durability: durability ?? durabilities[0],
      createdAt: now,
    }
    await entries.write([settingsEntry(made)])
    return made
  }
  if (durability === undefined || durability === known.durability) return known
  throw kernelError(
    'LOG_FORMAT',
    `The store was made with durability '${known.durability}' and keeps it: mixing leaves holes. Open it without naming a durability.`,
    { data: { durability, made: known.durability } },
  )
}

/** What is asked for cannot be promised here. */
const noSuch = (durability: Durability): Error =>
  kernelError(
    'INVALID_VALUE',
    `Here a store has durability '${durabilities.join("' or '")}', never '${durability}'. Open it without naming a durability.`,
    { data: { path: 'durability', value: durability } },
  )

const withoutSettings = (): Error =>
  kernelError(
    'LOG_CORRUPT',
    'The log holds events, but the entry that says how it was made is gone. Copy the folder before anything else, and restore a backup.',
    { data: { position: 0 } },
  )

const hasCommits = async (db: Database): Promise<boolean> => {
  for await (const _first of db.iterator({ gte: logKey(0), lt: logEnd, limit: 1 })) return true
  return false
}

/**
 * Opens, or makes, the log in a folder (Node) or a database (browser).
 *
 * @throws `LOG_FORMAT` when it was made by a newer varve or with another durability.
 */
export const openLevelLog = async (
  location: string,
  options: LevelLogOptions,
): Promise<OpenedLog> => {
  const again = (): Promise<Database> => openDatabase(location)
  const db = new GuardedDatabase(await again(), { open: again, mayWrite: options.mayWrite })
  try {
    const entries = new LevelEntries(db, true)
    const settings = await settle(entries, options, await hasCommits(db))
    return { log: new LevelLog(db, settings.durability), settings }
  } catch (error) {
    await db.close()
    throw error
  }
}

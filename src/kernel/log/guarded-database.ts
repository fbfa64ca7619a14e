import type { Database, DatabaseWrite, KeyRange, Operation, Pair, Pairs } from './database.ts'

export interface GuardedOptions {
  /** Opens the database, the first time and each time again. */
  readonly open: () => Promise<Database>
  /** Throws when this process may not write any more: it is asked before each write, and before it is answered. */
  readonly mayWrite?: (() => void) | undefined
}

/**
 * A database that refuses every write after one that failed, until it is opened again: LevelDB would write on after
 * a full disk, behind half a record that hides from it what follows. Reading goes on, also over an opening.
 */
export class GuardedDatabase implements Database {
  readonly #options: GuardedOptions
  #database: Database
  #failure: { readonly cause: unknown } | undefined
  #reopening: Promise<void> | undefined
  #openings = 1

  constructor(database: Database, options: GuardedOptions) {
    this.#database = database
    this.#options = options
  }

  /** How many times it was opened. */
  get openings(): number {
    return this.#openings
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const database = await this.ready()
    return await database.get(key)
  }

  put(key: Uint8Array, value: Uint8Array, options: DatabaseWrite): Promise<void> {
    return this.#write((database) => database.put(key, value, options))
  }

  batch(operations: Operation[], options: DatabaseWrite): Promise<void> {
    return this.#write((database) => database.batch(operations, options))
  }

  iterator(range: KeyRange): Pairs {
    return new LastingPairs(this, range)
  }

  /** About how many bytes lie between two keys; 0 where the database cannot tell. */
  async size(from: Uint8Array, to: Uint8Array): Promise<number> {
    const database = await this.ready()
    // LevelDB estimates sizes; IndexedDB cannot.
    const estimate: unknown = Reflect.get(database, 'approximateSize')
    return typeof estimate === 'function' ? await estimate.call(database, from, to) : 0
  }

  /** Rewrites what lies between two keys without what was replaced or deleted, where the database can. */
  async compact(from: Uint8Array, to: Uint8Array): Promise<void> {
    const database = await this.ready()
    const compactRange: unknown = Reflect.get(database, 'compactRange')
    if (typeof compactRange === 'function') await compactRange.call(database, from, to)
  }

  /** Closes and opens it; what is asked meanwhile waits. One that could not be opened may be tried again. */
  reopen(): Promise<void> {
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = undefined
    })
    return this.#reopening
  }

  close(): Promise<void> {
    if (this.#reopening === undefined) return this.#database.close()
    return this.#reopening.catch(() => undefined).then(() => this.#database.close())
  }

  /** The database, when it is not being opened again. */
  async ready(): Promise<Database> {
    while (this.#reopening !== undefined) await this.#reopening.catch(() => undefined)
    return this.#database
  }

  async #reopen(): Promise<void> {
    this.#options.mayWrite?.()
    await this.#database.close()
    this.#database = await this.#options.open()
    this.#openings += 1
    this.#failure = undefined
  }

  async #write(write: (database: Database) => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.cause
    try {
      this.#options.mayWrite?.()
      await write(this.#reopening === undefined ? this.#database : await this.ready())
      this.#options.mayWrite?.()
    } catch (cause) {
      this.#failure ??= { cause }
      throw cause
    }
  }
}

/** Pairs are asked for this many at a time where they are taken one by one. */
const atOnce = 64

/** Goes on, where it stood, in a database that was opened again. */
class LastingPairs implements Pairs {
  readonly #guarded: GuardedDatabase
  #range: KeyRange
  #pairs: Pairs | undefined
  #opening = 0
  #closed = false

  constructor(guarded: GuardedDatabase, range: KeyRange) {
    this.#guarded = guarded
    this.#range = range
  }

  async nextv(size: number): Promise<Pair[]> {
    for (;;) {
      const pairs = await this.#current()
      try {
        const found = await pairs.nextv(size)
        this.#passed(found)
        return found
      } catch (error) {
        await this.#guarded.ready()
        // It broke off because the database was closed under it, to be opened again.
        if (this.#closed || this.#opening === this.#guarded.openings) throw error
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#pairs?.close()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Pair, void> {
    try {
      for (;;) {
        const found = await this.nextv(Math.min(atOnce, this.#range.limit ?? atOnce))
        if (found.length === 0) return
        yield* found
      }
    } finally {
      await this.close()
    }
  }

  async #current(): Promise<Pairs> {
    const database = await this.#guarded.ready()
    if (this.#pairs !== undefined && this.#opening === this.#guarded.openings) return this.#pairs
    await this.#pairs?.close().catch(() => undefined)
    this.#opening = this.#guarded.openings
    this.#pairs = database.iterator(this.#range)
    return this.#pairs
  }

  /** Remembers what need not be given again. */
  #passed(found: readonly Pair[]): void {
    const last = found.at(-1)?.[0]
    if (last === undefined) return
    const { limit, ...range } = this.#range
    const left = limit === undefined ? {} : { limit: limit - found.length }
    this.#range = range.reverse
      ? { ...before(range, last), ...left }
      : { ...range, gte: keyBehind(last), ...left }
  }
}

const before = ({ lte: _, ...range }: KeyRange, key: Uint8Array): KeyRange => ({
  ...range,
  lt: key,
})

/** The least key that is greater. */
const keyBehind = (key: Uint8Array): Uint8Array => {
  const next = new Uint8Array(key.length + 1)
  next.set(key)
  return next
}

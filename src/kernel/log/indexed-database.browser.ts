import type { Database, KeyRange, Operation, Pair, Pairs } from './database.ts'
import { answerOf, kept, openIndexed } from './indexed-db.browser.ts'

const pairsStore = 'pairs'

/** One batch of pairs is at most so many, and fewer where they are large: about a mebibyte. */
const greatestBatch = 256
const batchBytes = 1024 * 1024

/** What is kept of a view is the whole buffer below it. */
const own = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()

// `as`: the compiler's keys are of buffers that are not shared, and nothing here shares one.
const keyOf = (key: Uint8Array): IDBValidKey => key as Uint8Array<ArrayBuffer>

/** Keys come back as buffers. */
const bytesOf = (key: IDBValidKey): Uint8Array => {
  if (key instanceof ArrayBuffer) return new Uint8Array(key)
  throw new TypeError(`The database holds a key that is ${typeof key}, which varve never wrote.`)
}

/** A range that holds nothing has no words in IndexedDB. */
const boundsOf = (from: KeyBound, to: KeyBound): IDBKeyRange | undefined => {
  const order = indexedDB.cmp(keyOf(from.key), keyOf(to.key))
  if (order > 0 || (order === 0 && (from.open || to.open))) return undefined
  return IDBKeyRange.bound(keyOf(from.key), keyOf(to.key), from.open, to.open)
}

interface KeyBound {
  readonly key: Uint8Array
  /** Whether the key itself is left out. */
  readonly open: boolean
}

const endOf = ({ lt, lte }: KeyRange): KeyBound => {
  if (lt !== undefined) return { key: lt, open: true }
  if (lte !== undefined) return { key: lte, open: false }
  throw new TypeError('A range of keys needs an end.')
}

class IndexedPairs implements Pairs {
  readonly #store: () => IDBObjectStore
  readonly #range: KeyRange
  #from: KeyBound
  /** Undefined until the first pairs were asked for, and when there are no more. */
  #to: KeyBound | undefined
  #begun = false
  #left: number
  #batch = 16

  constructor(store: () => IDBObjectStore, range: KeyRange) {
    this.#store = store
    this.#range = range
    this.#from = { key: range.gte, open: false }
    this.#left = range.limit ?? Number.POSITIVE_INFINITY
  }

  async nextv(size: number): Promise<Pair[]> {
    if (this.#left <= 0) return []
    const store = this.#store()
    const last = this.#begun ? undefined : await this.#begin(store)
    if (this.#to === undefined) return []
    if (this.#range.reverse === true) return await this.#onlyLast(store, last)
    const bounds = boundsOf(this.#from, this.#to)
    if (bounds === undefined) return []
    const count = Math.min(size, this.#batch, this.#left)
    const [keys, values] = await Promise.all([
      answerOf(store.getAllKeys(bounds, count)),
      answerOf<Uint8Array[]>(store.getAll(bounds, count)),
    ])
    return this.#take(keys.map(bytesOf), values)
  }

  async close(): Promise<void> {
    this.#left = 0
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Pair, void> {
    for (;;) {
      const pairs = await this.nextv(greatestBatch)
      if (pairs.length === 0) return
      yield* pairs
    }
  }

  /** Fixes where it ends: at the last key that is there now. */
  async #begin(store: IDBObjectStore): Promise<Uint8Array | undefined> {
    this.#begun = true
    const bounds = boundsOf(this.#from, endOf(this.#range))
    if (bounds === undefined) return undefined
    const cursor = await answerOf(store.openKeyCursor(bounds, 'prev'))
    if (cursor === null) return undefined
    const key = bytesOf(cursor.key)
    this.#to = { key, open: false }
    return key
  }

  /** Backward, only the newest is ever wanted. */
  async #onlyLast(store: IDBObjectStore, last: Uint8Array | undefined): Promise<Pair[]> {
    if (last === undefined) return []
    this.#left = 0
    return [[last, await answerOf<Uint8Array>(store.get(keyOf(last)))]]
  }

  #take(keys: readonly Uint8Array[], values: readonly Uint8Array[]): Pair[] {
    const pairs: Pair[] = []
    let bytes = 0
    for (const [at, key] of keys.entries()) {
      const value = values[at]
      if (value === undefined) break
      pairs.push([key, value])
      bytes += value.length
      this.#from = { key, open: true }
    }
    this.#left -= pairs.length
    const isLight = bytes < batchBytes / 2
    this.#batch = isLight ? Math.min(this.#batch * 2, greatestBatch) : Math.ceil(this.#batch / 2)
    return pairs
  }
}

/** What varve needs of IndexedDB. When a write reaches the disk is the browser's to say, whatever is asked. */
class IndexedDatabase implements Database {
  readonly #database: IDBDatabase

  constructor(database: IDBDatabase) {
    this.#database = database
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return await answerOf<Uint8Array | undefined>(this.#reading().get(keyOf(key)))
  }

  put(key: Uint8Array, value: Uint8Array): Promise<void> {
    return this.batch([{ type: 'put', key, value }])
  }

  async batch(operations: Operation[]): Promise<void> {
    if (operations.length === 0) return
    const transaction = this.#database.transaction(pairsStore, 'readwrite', {
      durability: 'relaxed',
    })
    const store = transaction.objectStore(pairsStore)
    for (const operation of operations) {
      if (operation.type === 'del') store.delete(keyOf(operation.key))
      else store.put(own(operation.value), keyOf(operation.key))
    }
    transaction.commit()
    await kept(transaction)
  }

  iterator(range: KeyRange): Pairs {
    return new IndexedPairs(() => this.#reading(), range)
  }

  /** Writes in the air are completed first, before whoever opens it next is answered. */
  async close(): Promise<void> {
    this.#database.close()
  }

  #reading(): IDBObjectStore {
    return this.#database.transaction(pairsStore).objectStore(pairsStore)
  }
}

/** Opens, or makes, the IndexedDB database of a name. */
export const openDatabase = async (name: string): Promise<Database> =>
  new IndexedDatabase(await openIndexed(name, [pairsStore]))

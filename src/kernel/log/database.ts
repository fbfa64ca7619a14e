/** A key and its value. */
export type Pair = [key: Uint8Array, value: Uint8Array]

/** One write among several that are kept together or not at all. */
export type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/** Which pairs are wanted, in the order of their keys. */
export interface KeyRange {
  readonly gte: Uint8Array
  readonly lt?: Uint8Array
  readonly lte?: Uint8Array
  /** From the last to the first. */
  readonly reverse?: boolean
  readonly limit?: number
  /** Bytes to read ahead of who asks, where that can be said. */
  readonly highWaterMarkBytes?: number
}

/** Pairs on their way: pulled in batches, or one by one. No key that is added meanwhile comes after the last. */
export interface Pairs extends AsyncIterable<Pair> {
  /** The next pairs, at most so many; none when there are no more. */
  nextv(size: number): Promise<Pair[]>
  close(): Promise<void>
}

export interface DatabaseWrite {
  /** Whether the write is to be on the disk when it resolves, where that can be said. */
  readonly sync: boolean
}

/**
 * A database of sorted keys, in the words of LevelDB: what each platform has one of, and all that the log and what
 * lies beside it need. A closed one rejects whatever is asked of it.
 */
export interface Database {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  put(key: Uint8Array, value: Uint8Array, options: DatabaseWrite): Promise<void>
  batch(operations: Operation[], options: DatabaseWrite): Promise<void>
  iterator(range: KeyRange): Pairs
  /** Resolves when what was asked before is answered. May be called twice. */
  close(): Promise<void>
}

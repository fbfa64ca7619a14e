/** The bytes of one commit and where it stands. What the bytes mean is in `commit.ts`. */
export interface StoredCommit {
  /** Position of the first event of the commit. */
  readonly first: number
  readonly bytes: Uint8Array
}

/** What an adapter can promise; the contract suite switches on it. */
export interface LogSupports {
  /** What an acknowledged append survives: nothing, the death of the process, a power cut. */
  readonly permanence: 'none' | 'process' | 'power'
  /** What was written is there when the same place is opened again. */
  readonly reopen: boolean
}

/** One write to the entries beside the log; no value deletes the key. */
export interface Entry {
  readonly key: Uint8Array
  readonly value?: Uint8Array
}

/**
 * Small sorted key-value entries beside the log: settings, cursors, and data derived from the log.
 * Written in one atomic batch, read back by key or by prefix in key order (bytewise).
 */
export interface Entries {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  write(entries: readonly Entry[]): Promise<void>
  /** Entries whose key starts with the prefix, in key order. */
  scan(prefix: Uint8Array): AsyncIterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>
}

/**
 * The port to storage: an append-only sequence of commits. One writer owns it; the engine has at most
 * one append in the air, so adapters need no queue of their own.
 */
export interface EventLog extends AsyncDisposable {
  readonly supports: LogSupports
  readonly entries: Entries
  /**
   * Appends a commit after every commit before, together with the entries: all or nothing.
   *
   * Resolves when the commit would survive what `supports.permanence` says. A rejected append may or may
   * not be there after the log is opened again, but whole or not at all.
   */
  append(commit: StoredCommit, entries?: readonly Entry[]): Promise<void>
  /**
   * Appends a commit, and puts others in the place of those that start where they do, together with the entries: all
   * or nothing. Reads that begin after it resolves give what stands there now. Without it, nothing can be erased.
   */
  replace?(
    commit: StoredCommit,
    replaced: readonly StoredCommit[],
    entries?: readonly Entry[],
  ): Promise<void>
  /**
   * Removes from the storage the bytes of what was replaced or deleted before. Meanwhile other calls may have to
   * wait; a read that is under way goes on where it stood, with what stands there now.
   */
  scrub?(): Promise<void>
  /** The newest commit. */
  last(): Promise<StoredCommit | undefined>
  /**
   * The commit with the greatest first position that is not above the given one.
   *
   * @param first - That first position, when the caller knows it: a key is found faster than a neighbour.
   */
  at(position: number, first?: number): Promise<StoredCommit | undefined>
  /** Commits in order, from the one that `at(from)` gives, in batches; what is there when it is asked. */
  read(from: number): AsyncIterable<readonly StoredCommit[]>
  /** About how many bytes the log takes on disk or in memory. */
  size(): Promise<number>
  /**
   * Opens it again after a write that failed: what is asked meanwhile waits, and a read that is under way goes on
   * where it stood. Without it, writing goes on only when the store is closed and opened.
   */
  reopen?(): Promise<void>
  /** Ends it; calling it again does nothing. */
  close(): Promise<void>
}

import type { Entries, Entry, EventLog, LogSupports, StoredCommit } from './event-log.ts'

const compare = (a: Uint8Array, b: Uint8Array): number => {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const startsWith = (key: Uint8Array, start: Uint8Array): boolean =>
  key.length >= start.length && start.every((byte, index) => byte === key[index])

/** A key's bytes as a string with one unit a byte, to be a Map's key. */
const nameOf = (key: Uint8Array): string => String.fromCharCode(...key)

/** `slice` of a Node Buffer would be a view of it. */
const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

const copyOfCommit = ({ first, bytes }: StoredCommit): StoredCommit => ({
  first,
  bytes: copyOf(bytes),
})

class MemoryEntries implements Entries {
  readonly #values = new Map<string, { key: Uint8Array; value: Uint8Array }>()

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const found = this.#values.get(nameOf(key))
    return found === undefined ? undefined : copyOf(found.value)
  }

  async write(entries: readonly Entry[]): Promise<void> {
    for (const { key, value } of entries) {
      if (value === undefined) this.#values.delete(nameOf(key))
      else this.#values.set(nameOf(key), { key: copyOf(key), value: copyOf(value) })
    }
  }

  async *scan(start: Uint8Array): AsyncIterable<{ key: Uint8Array; value: Uint8Array }> {
    const found = [...this.#values.values()].filter(({ key }) => startsWith(key, start))
    for (const { key, value } of found.sort((a, b) => compare(a.key, b.key))) {
      yield { key: copyOf(key), value: copyOf(value) }
    }
  }
}

const batchCommits = 256

/** The log in memory: for tests, pages and stores that keep nothing. */
class MemoryLog implements EventLog {
  readonly supports: LogSupports = { permanence: 'none', reopen: false }
  readonly entries: Entries = new MemoryEntries()
  readonly #commits: StoredCommit[] = []
  #bytes = 0

  async append(commit: StoredCommit, entries: readonly Entry[] = []): Promise<void> {
    this.#commits.push(copyOfCommit(commit))
    this.#bytes += commit.bytes.length
    if (entries.length > 0) await this.entries.write(entries)
  }

  async replace(
    commit: StoredCommit,
    replaced: readonly StoredCommit[],
    entries: readonly Entry[] = [],
  ): Promise<void> {
    for (const other of replaced) {
      const at = this.#indexAt(other.first)
      const known = this.#commits[at]
      if (known?.first !== other.first) {
        throw new RangeError(`No commit starts at position ${other.first}.`)
      }
      this.#commits[at] = copyOfCommit(other)
      this.#bytes += other.bytes.length - known.bytes.length
    }
    await this.append(commit, entries)
  }

  /** Nothing is left of what was replaced. */
  async scrub(): Promise<void> {}

  async last(): Promise<StoredCommit | undefined> {
    return this.#copyAt(this.#commits.length - 1)
  }

  async at(position: number): Promise<StoredCommit | undefined> {
    return this.#copyAt(this.#indexAt(position))
  }

  #copyAt(index: number): StoredCommit | undefined {
    const commit = this.#commits[index]
    return commit === undefined ? undefined : copyOfCommit(commit)
  }

  /** Index of the last commit that starts at or before the position; -1 when there is none. */
  #indexAt(position: number): number {
    let low = 0
    let high = this.#commits.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#commits[middle]?.first ?? 0) <= position) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  async *read(from: number): AsyncIterable<readonly StoredCommit[]> {
    const end = this.#commits.length
    for (let at = Math.max(0, this.#indexAt(from)); at < end; at += batchCommits) {
      yield this.#commits.slice(at, Math.min(end, at + batchCommits)).map(copyOfCommit)
    }
  }

  async size(): Promise<number> {
    return this.#bytes
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Makes an empty log that lives as long as the object. */
export const openMemoryLog = async (): Promise<EventLog> => new MemoryLog()

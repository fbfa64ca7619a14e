import { newFolder, openBlobStore, storePath, writeHead } from '#platform'
import { artifactError, type BlobStore } from '../artifacts/index.ts'
import { codeOf, kernelError } from '../kernel/errors.ts'
import { emptyHead, type Head, verifyCommit } from '../kernel/log/commit.ts'
import { Erasures } from '../kernel/log/erasures.ts'
import type { Entry, EventLog, StoredCommit } from '../kernel/log/event-log.ts'
import { logKey } from '../kernel/log/keys.ts'
import { openLevelLog } from '../kernel/log/level-log.ts'
import { markEntry, type StoreSettings, settingsEntry } from '../kernel/log/settings.ts'
import { verifyLog, verifyTail } from '../kernel/log/verify.ts'
import { hexOf } from './bytes.ts'

/** What a backup, a restore or an import made. */
export interface StoreCopy {
  /** Absolute path. */
  readonly folder: string
  /** Position of the newest event in it; -1 for none. */
  readonly position: number
  readonly events: number
  readonly commits: number
  /** Number of artifacts, the same content counted once. */
  readonly artifacts: number
  /** Bytes of the log and of the artifacts. */
  readonly bytes: number
  /** Hash (hex) of the newest commit: equal to that of the store it was made from, at that position. */
  readonly head: string
}

type NewFolder = Awaited<ReturnType<typeof newFolder>>

const logFolder = (folder: NewFolder): string => storePath(folder.path, 'log')

/** Commits are written this many at a time, or as many as take about 4 MiB. */
const writeCommits = 1024
const writeBytes = 4 * 1024 * 1024

interface DraftParts {
  readonly folder: NewFolder
  readonly settings: StoreSettings
  readonly log: EventLog
  readonly blobs: BlobStore
}

/** A store in the making, from commits that were written before. Disposed of unfinished, it leaves nothing. */
export class StoreDraft implements AsyncDisposable {
  readonly #parts: DraftParts
  readonly #digests = new Set<string>()
  readonly #erasures = new Erasures()
  #log: EventLog
  #head = emptyHead
  #waiting: StoredCommit[] = []
  #waitingBytes = 0
  #bytes = 0
  #finished = false

  constructor(parts: DraftParts) {
    this.#parts = parts
    this.#log = parts.log
  }

  /** What the next commit must build on. */
  get head(): Head {
    return this.#head
  }

  get artifacts(): number {
    return this.#digests.size
  }

  has(digest: string): boolean {
    return this.#digests.has(digest)
  }

  /**
   * Checks that payloads are those of their headers, or those that a later commit vouches for.
   *
   * @throws `LOG_CORRUPT`
   */
  settle(): void {
    this.#erasures.settle(0, this.#head.next - 1)
  }

  /** Adds the next commit, which must link to the one before. @throws `LOG_CORRUPT`, `LOG_WRITE_FAILED` */
  async add(stored: StoredCommit): Promise<void> {
    this.#head = verifyCommit(stored, this.#head, this.#erasures)
    this.#waiting.push(stored)
    this.#waitingBytes += stored.bytes.length
    if (this.#waiting.length >= writeCommits || this.#waitingBytes >= writeBytes) {
      await this.#write()
    }
  }

  /** Copies an artifact's bytes. @throws `ARTIFACT_CORRUPT` when they are not those of the digest */
  async addBlob(
    digest: string,
    content: AsyncIterable<Uint8Array>,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    const found = await this.#parts.blobs.put(content, signal === undefined ? {} : { signal })
    if (found.digest !== digest) {
      throw artifactError(
        'ARTIFACT_CORRUPT',
        `The artifact bytes kept as ${digest} have the digest ${found.digest}: they were changed. Nothing was copied; take them from an older backup, or log the artifact again.`,
        { data: { digest, found: found.digest, size: found.size } },
      )
    }
    this.#digests.add(digest)
    this.#bytes += found.size
  }

  /**
   * Opens what was written again, which moves it from LevelDB's journal into tables that are on the disk, reads
   * it back, and gives the folder its name.
   *
   * @param check - `'events'` decodes them too: bytes from outside. `'chain'`: hashes alone.
   */
  async finish(check: 'chain' | 'events', entries: readonly Entry[] = []): Promise<StoreCopy> {
    const { folder, settings } = this.#parts
    this.settle()
    await this.#write()
    await this.#storing(async () => {
      await this.#log.entries.write([...entries, settingsEntry(settings)])
      await this.#log.close()
      this.#log = (await openLevelLog(logFolder(folder), { now: settings.createdAt })).log
    })
    if (check === 'chain') await verifyTail(this.#log)
    else await verifyLog(this.#log, this.#head.next - 1, () => undefined)
    await this.#storing(async () => {
      // Without it, a tail that is lost later would not be missed.
      await this.#log.entries.write([markEntry(this.#head)])
      await this.#log.close()
    })
    await writeHead(folder.path, { position: this.#head.next - 1, hash: this.#head.hash })
    await folder.keep()
    this.#finished = true
    return {
      folder: folder.folder,
      position: this.#head.next - 1,
      events: this.#head.next,
      commits: this.#head.commits,
      artifacts: this.#digests.size,
      bytes: this.#bytes,
      head: hexOf(this.#head.hash),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#finished) return
    await this.#log.close().catch(() => undefined)
    await this.#parts.folder.abandon()
  }

  async #write(): Promise<void> {
    const commits = this.#waiting
    this.#waiting = []
    this.#bytes += this.#waitingBytes
    this.#waitingBytes = 0
    if (commits.length === 0) return
    // Many commits in one batch: nobody reads the log before it is whole, and one by one it takes ten times as long.
    const entries = commits.map(({ first, bytes }) => ({ key: logKey(first), value: bytes }))
    await this.#storing(() => this.#log.entries.write(entries))
  }

  /** Runs calls to the storage; LevelDB's errors become those of a store. */
  async #storing<T>(calls: () => Promise<T>): Promise<T> {
    try {
      return await calls()
    } catch (cause) {
      if (codeOf(cause)?.startsWith('LEVEL_') !== true) throw cause
      const { path, folder } = this.#parts.folder
      const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
      const why = inner instanceof Error ? inner.message : String(inner)
      throw kernelError(
        'LOG_WRITE_FAILED',
        `The store ${folder} could not be written in ${path} (${why}), and nothing of it is kept. See to the space on its disk, then try again.`,
        { cause, data: { folder, position: this.#head.next } },
      )
    }
  }
}

/**
 * Begins a store in a folder that is free.
 *
 * @throws `INVALID_VALUE` when the name is taken, `LOG_LOCKED`, `LOG_WRITE_FAILED`
 */
export const draftStore = async (to: string, settings: StoreSettings): Promise<StoreDraft> => {
  const folder = await newFolder(to)
  let log: EventLog | undefined
  try {
    // Not synced write by write: a copy counts when it is whole, and finish() puts all of it on the disk.
    const made = { durability: 'os', now: settings.createdAt } as const
    log = (await openLevelLog(logFolder(folder), made)).log
    const blobs = await openBlobStore(folder.path, { durability: settings.durability })
    return new StoreDraft({ folder, settings, log, blobs })
  } catch (error) {
    await log?.close()
    await folder.abandon()
    throw error
  }
}

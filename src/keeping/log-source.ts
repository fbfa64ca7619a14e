import type { BlobStore } from '../artifacts/index.ts'
import { kernelError } from '../kernel/errors.ts'
import { decodeEvents, emptyHead, type Head, verifyCommit } from '../kernel/log/commit.ts'
import type { EventLog, StoredCommit } from '../kernel/log/event-log.ts'
import type { StoreSettings } from '../kernel/log/settings.ts'
import type { TrackingEventData } from '../tracking/index.ts'
import { sameBytes } from './bytes.ts'

/** What is copied or written out: a log up to a head that stays where it is, and the artifacts. */
export interface LogSource {
  readonly log: EventLog
  readonly head: Head
  readonly settings: StoreSettings
  readonly blobs: BlobStore
  /** @throws `LOG_CLOSED` when its store was closed meanwhile. */
  readonly check: () => void
}

export interface KeepingOptions {
  /** Stops it; nothing of what it made is left. */
  readonly signal?: AbortSignal
}

/** A commit that was checked, between the head before it and the head after it. */
export interface CheckedCommit {
  readonly stored: StoredCommit
  readonly before: Head
  readonly after: Head
}

/** Commits of about this many bytes are checked in one turn of the event loop. */
const turnBytes = 1024 * 1024

/** Lets the process do other things: a live store is being copied. */
const breathe = (): Promise<void> => new Promise((go) => setTimeout(go))

/**
 * The commits of a source up to its head, each checked, whatever is appended meanwhile.
 *
 * @throws `LOG_CORRUPT` with the position, `LOG_CLOSED`, and the signal's reason.
 */
export async function* commitsOf(
  source: LogSource,
  { signal }: KeepingOptions = {},
): AsyncGenerator<CheckedCommit, void> {
  const { head: end, check } = source
  let before = emptyHead
  let bytes = 0
  for await (const stored of storedBefore(source)) {
    const after = verifyCommit(stored, before)
    yield { stored, before, after }
    before = after
    bytes += stored.bytes.length
    if (bytes < turnBytes) continue
    bytes = 0
    await breathe()
    check()
    signal?.throwIfAborted()
  }
  signal?.throwIfAborted()
  if (before.next !== end.next || !sameBytes(before.hash, end.hash)) throw endsElsewhere(before)
}

/** The commits before the head of a source. */
async function* storedBefore({ log, head, check }: LogSource): AsyncGenerator<StoredCommit, void> {
  for await (const commits of open(log, check)) {
    for (const commit of commits) {
      if (commit.first >= head.next) return
      yield commit
    }
  }
}

/** Reads a log that may be closed in the middle of it, which is told as such. */
async function* open(log: EventLog, check: () => void): AsyncGenerator<readonly StoredCommit[]> {
  try {
    check()
    yield* log.read(0)
  } catch (error) {
    check()
    throw error
  }
}

const endsElsewhere = ({ next }: Head): Error =>
  kernelError(
    'LOG_CORRUPT',
    `The log is damaged: its commits end at position ${next}, and not at its head. Copy the folder before anything else, and restore a backup.`,
    { data: { position: next } },
  )

const holder = 'run.artifact-logged' satisfies keyof TrackingEventData

/** Adds the digests of the artifacts that a commit's events refer to, those that were replaced later included. */
export const collectDigests = (stored: StoredCommit, digests: Set<string>): void => {
  for (const { type, data } of decodeEvents(stored)) {
    if (type !== holder || typeof data !== 'object' || data === null) continue
    if ('digest' in data && typeof data.digest === 'string') digests.add(data.digest)
  }
}

import type { ArtifactEventData, BlobStore } from '../artifacts/index.ts'
import { kernelError } from '../kernel/errors.ts'
import { decodeEvents, emptyHead, type Head } from '../kernel/log/commit.ts'
import type { EventLog, StoredCommit } from '../kernel/log/event-log.ts'
import type { StoreSettings } from '../kernel/log/settings.ts'
import { CommitCheck } from '../kernel/log/verify.ts'
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

/** A live store is being copied: nobody waits longer than this for the event loop, but for one commit. */
const turnMs = 4

/** Gives a function that lets the process do other things when it is time. */
const breaths = (): (() => Promise<void>) => {
  let began = performance.now()
  return async () => {
    if (performance.now() - began < turnMs) return
    await new Promise((go) => setTimeout(go))
    began = performance.now()
  }
}

/**
 * The commits of a source up to its head, each checked, whatever is appended meanwhile.
 *
 * @throws `LOG_CORRUPT` with the position, `LOG_CLOSED`, and the signal's reason.
 */
export async function* commitsOf(
  source: LogSource,
  { signal }: KeepingOptions = {},
): AsyncGenerator<CheckedCommit, void> {
  const { head: end, check, log } = source
  const commitCheck = new CommitCheck(log, emptyHead, end.next - 1)
  let before = emptyHead
  const breathe = breaths()
  for await (const stored of storedBefore(source)) {
    const after = await commitCheck.next(stored)
    yield { stored, before, after }
    before = after
    await breathe()
    check()
    signal?.throwIfAborted()
  }
  signal?.throwIfAborted()
  if (before.next !== end.next || !sameBytes(before.hash, end.hash)) throw endsElsewhere(before)
  commitCheck.end()
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

const holders: readonly string[] = [
  'run.artifact-logged',
  'artifact.stored',
] satisfies readonly (keyof (TrackingEventData & ArtifactEventData))[]

const latin1 = new TextDecoder('latin1')

/** Adds the digests of the artifacts that a commit's events refer to, those that were replaced later included. */
export const collectDigests = (stored: StoredCommit, digests: Set<string>): void => {
  // A commit holds its types as plain text, and few commits hold this one: decoding all takes ten times as long.
  const text = latin1.decode(stored.bytes)
  if (!holders.some((holder) => text.includes(holder))) return
  for (const { type, data } of decodeEvents(stored)) {
    if (!holders.includes(type) || typeof data !== 'object' || data === null) continue
    if ('digest' in data && typeof data.digest === 'string') digests.add(data.digest)
  }
}

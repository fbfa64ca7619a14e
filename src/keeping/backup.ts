import { holdsStore, openBlobStore, ownerGuard, readHead, storePath } from '#platform'
import { codeOf, kernelError } from '../kernel/errors.ts'
import type { Entry, EventLog } from '../kernel/log/event-log.ts'
import { prefix } from '../kernel/log/keys.ts'
import { type OpenedLog, openLevelLog } from '../kernel/log/level-log.ts'
import { readMark } from '../kernel/log/settings.ts'
import { verifyKnown, verifyTail } from '../kernel/log/verify.ts'
import { cursorEntry, cursorOf } from '../kernel/streams/subscription.ts'
import { pathOf } from './input.ts'
import { collectDigests, commitsOf, type KeepingOptions, type LogSource } from './log-source.ts'
import { draftStore, type StoreCopy } from './store-draft.ts'

/**
 * Copies a store up to its head into a new folder, while writing goes on.
 *
 * @throws `INVALID_VALUE` when the folder is taken, `LOG_CORRUPT`, `LOG_WRITE_FAILED`, `ARTIFACT_CORRUPT`,
 * `ARTIFACT_NOT_FOUND`
 */
export const backupStore = (
  source: LogSource,
  to: string,
  options: KeepingOptions = {},
): Promise<StoreCopy> => copyStore(source, { to, check: 'chain', ...options })

/**
 * Makes a store from a backup, which stays as it is. Every commit, event and artifact is checked on the way.
 *
 * @throws `INVALID_VALUE` when there is no store in `from` or `to` is taken, `LOG_LOCKED`, `LOG_CORRUPT`,
 * `LOG_FORMAT`, `LOG_WRITE_FAILED`, `ARTIFACT_CORRUPT`, `ARTIFACT_NOT_FOUND`
 */
export const restore = async (
  from: string,
  to: string,
  { signal }: KeepingOptions = {},
): Promise<StoreCopy> => {
  const folder = storePath(pathOf(from, 'restore'))
  if (!(await holdsStore(folder))) throw noStore(folder)
  const guard = await ownerGuard(folder)
  try {
    const { log, settings } = await openToRead(folder)
    try {
      const head = await verifyTail(log, await readMark(log.entries))
      const known = await readHead(folder)
      if (known !== undefined) await verifyKnown(log, head, known)
      const blobs = await openBlobStore(folder, { durability: settings.durability })
      const source = { log, head, settings, blobs, check: () => undefined }
      return await copyStore(source, { to, check: 'events', ...(signal ? { signal } : {}) })
    } finally {
      await log.close()
    }
  } finally {
    await guard.release()
  }
}

const openToRead = async (folder: string): Promise<OpenedLog> => {
  try {
    return await openLevelLog(storePath(folder, 'log'), { now: Date.now() })
  } catch (cause) {
    if (codeOf(cause)?.startsWith('LEVEL_') !== true) throw cause
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    throw kernelError(
      'LOG_CORRUPT',
      `The backup ${folder} cannot be read (${inner instanceof Error ? inner.message : String(inner)}). See to its permissions, or restore another backup.`,
      { cause, data: { folder } },
    )
  }
}

interface CopyPlan extends KeepingOptions {
  readonly to: string
  readonly check: 'chain' | 'events'
}

const copyStore = async (source: LogSource, plan: CopyPlan): Promise<StoreCopy> => {
  const { settings, blobs, head, log, check } = source
  const { signal } = plan
  const options = signal === undefined ? {} : { signal }
  signal?.throwIfAborted()
  await using draft = await draftStore(pathOf(plan.to, 'backup'), settings)
  const digests = new Set<string>()
  for await (const { stored } of commitsOf(source, options)) {
    collectDigests(stored, digests)
    await draft.add(stored)
  }
  for (const digest of digests) {
    check()
    signal?.throwIfAborted()
    await draft.addBlob(digest, blobs.open(digest), options)
  }
  return await draft.finish(plan.check, await cursorsUpTo(log, head.next - 1))
}

/** Cursors of durable subscriptions, none further than the copy: what comes after will be another history. */
const cursorsUpTo = async (log: EventLog, last: number): Promise<Entry[]> => {
  const entries: Entry[] = []
  for await (const { key, value } of log.entries.scan(new Uint8Array([prefix.subscription]))) {
    entries.push(cursorEntry(key, Math.min(cursorOf(key, value), last)))
  }
  return entries
}

const noStore = (folder: string): Error =>
  kernelError(
    'INVALID_VALUE',
    `There is no store in ${folder}. Name the folder that a backup was made in.`,
    { data: { folder } },
  )

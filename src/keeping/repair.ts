import {
  databaseFiles,
  hostFacts,
  ownerGuard,
  readerGuard,
  readHead,
  repairPlace,
  scratchFolder,
  sha256Hex,
  storePath,
} from '#platform'
import { codeOf, kernelError } from '../kernel/errors.ts'
import { type LogEventData, logEvents, logStream } from '../kernel/events/log-events.ts'
import { storable } from '../kernel/events/storable.ts'
import { newId } from '../kernel/ids.ts'
import { commitFormat, decodeHeader, encodeCommit, type Head } from '../kernel/log/commit.ts'
import type { Entry, EventLog, StoredCommit } from '../kernel/log/event-log.ts'
import { logKey } from '../kernel/log/keys.ts'
import { openLevelLog } from '../kernel/log/level-log.ts'
import { prefixOf } from '../kernel/log/prefix-log.ts'
import { type Missing, missingOf, type Salvaged, salvage } from '../kernel/log/salvage.ts'
import { markEntry, type StoreSettings, settingsEntry } from '../kernel/log/settings.ts'
import { verifyKnown, verifyLog, verifyTail } from '../kernel/log/verify.ts'
import { cursorEntry, cursorOf } from '../kernel/streams/subscription.ts'
import { pathOf } from './input.ts'
import { quarantineOf } from './quarantine.ts'

/** What a repair did. */
export interface Repaired {
  /** Whether there was something to repair; the store is as it was when not. */
  readonly repaired: boolean
  /** Absolute path. */
  readonly folder: string
  /** Position of the last event that was whole from the beginning on; -1 for none. */
  readonly intact: number
  /** Positions that were missing or damaged. */
  readonly missing: readonly Missing[]
  /** Number of commits that were whole, and did not link to what stayed. */
  readonly cut: number
  /** Where in the store is kept what was cut, and the damaged log as it was. */
  readonly quarantine?: string
}

export interface RepairOptions {
  /** Who repairs it; the operating-system user unless given. */
  readonly actor?: string
}

type Place = Awaited<ReturnType<typeof repairPlace>>

/**
 * Makes a damaged store one that opens: what is whole from the beginning on stays, and `log.repaired` says in the log
 * what happened. Everything else that can be read is kept in the store's folder under `quarantine`, with the damaged
 * log as it was. A store that is whole stays as it is; a repair that is broken off leaves the store as it was.
 *
 * @throws `INVALID_VALUE` when there is no store, `LOG_LOCKED`, `LOG_FORMAT`, `LOG_WRITE_FAILED`
 */
export const repair = async (
  folder: string,
  { actor = hostFacts().user }: RepairOptions = {},
): Promise<Repaired> => {
  const path = storePath(pathOf(folder, 'repair'))
  // Says so where there is no folder, which an owner would make.
  await (await readerGuard(path)).release()
  const guard = await ownerGuard(path)
  const scratch = await scratchFolder()
  try {
    const place = await repairPlace(path)
    return await storing(path, () => repairIn(path, place, { actor, scratch: scratch.path }))
  } finally {
    await scratch.remove()
    await guard.release()
  }
}

interface RepairParts {
  readonly actor: string
  /** A folder for what is salvaged. */
  readonly scratch: string
}

const repairIn = async (folder: string, place: Place, parts: RepairParts): Promise<Repaired> => {
  const { log } = await openLevelLog(storePath(parts.scratch, 'salvaged'), {
    durability: 'os',
    now: Date.now(),
  })
  try {
    const salvaged = await salvage(databaseFiles(place.log), log)
    const known = await readHead(folder)
    const missing = missingOf(salvaged, known?.position)
    const intact = salvaged.head.next - 1
    if (
      await isWhole(folder, place, { salvaged, missing, copy: storePath(parts.scratch, 'copy') })
    ) {
      return { repaired: false, folder, intact, missing: [], cut: 0 }
    }
    const quarantine = await quarantineOf(salvaged, place.bytesOf)
    await place.keep(quarantine.lines)
    const data = {
      intact,
      last: Math.max(salvaged.end - 1, known?.position ?? -1),
      missing: missing.map(({ from, to }): [number, number] => [from, to]),
      cut: quarantine.cut,
      faults: [...salvaged.faults],
      quarantine: `${place.quarantine}/entries.ndjson`,
      digest: `sha256:${sha256Hex(new TextEncoder().encode(quarantine.lines.join('')))}`,
    }
    const { epoch } = quarantine
    const head = await makeLog(place.fresh, salvaged, { data, actor: parts.actor, epoch })
    await place.swap({ position: head.next - 1, hash: head.hash })
    const { cut } = quarantine
    return { repaired: true, folder, intact, missing, cut, quarantine: place.quarantine }
  } finally {
    await log.close()
  }
}

interface Found {
  readonly salvaged: Salvaged
  readonly missing: readonly Missing[]
  /** A folder in which the log can be opened without touching it. */
  readonly copy: string
}

/** Whether the database, too, gives everything that its files hold. */
const isWhole = async (
  folder: string,
  place: Place,
  { salvaged, missing, copy }: Found,
): Promise<boolean> => {
  const { faults, settings, head, end } = salvaged
  if (missing.length > 0 || faults.length > 0 || head.next !== end || settings === undefined) {
    return false
  }
  await place.copyLog(copy)
  try {
    const { log } = await openLevelLog(copy, { now: settings.createdAt })
    try {
      const found = await verifyTail(log)
      const known = await readHead(folder)
      if (known !== undefined) await verifyKnown(log, found, known)
      return found.next === head.next
    } finally {
      await log.close()
    }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'LOG_CORRUPT' || code?.startsWith('LEVEL_') === true) return false
    throw error
  }
}

interface RepairEvent {
  readonly data: LogEventData['log.repaired']
  readonly actor: string
  /** The greatest epoch of the log before. */
  readonly epoch: number
}

/** Writes a log of what stays and the event that says what did not. */
const makeLog = async (path: string, salvaged: Salvaged, event: RepairEvent): Promise<Head> => {
  const settings = salvaged.settings ?? (await settingsFor(salvaged))
  const now = settings.createdAt
  const made = await openLevelLog(path, { durability: 'os', now })
  let { log } = made
  try {
    const { head } = salvaged
    await copyTo(log, salvaged)
    const stored = await repairedCommit(salvaged, event)
    await log.entries.write([
      { key: logKey(stored.stored.first), value: stored.stored.bytes },
      ...cursorsUpTo(salvaged.cursors, head.next - 1),
      settingsEntry(settings),
    ])
    await log.close()
    // Opening it again moves what was written from LevelDB's journal into tables that are on the disk.
    log = (await openLevelLog(path, { now })).log
    const { head: after } = await verifyLog(log, stored.head.next - 1, () => undefined)
    await log.entries.write([markEntry(after)])
    return after
  } finally {
    await log.close()
  }
}

const copyTo = async (log: EventLog, { log: from, head }: Salvaged): Promise<void> => {
  for await (const commits of prefixOf(from, head.next).read(0)) {
    await log.entries.write(
      commits.map(({ first, bytes }: StoredCommit) => ({ key: logKey(first), value: bytes })),
    )
  }
}

const repairedCommit = async (salvaged: Salvaged, { data, actor, epoch }: RepairEvent) => {
  const { head, log } = salvaged
  let revision = -1
  const whole = prefixOf(log, head.next)
  if (head.next > 0) {
    await verifyLog(whole, head.next - 1, (events) => {
      for (const event of events) if (event.stream === logStream) revision = event.revision
    })
  }
  const prepared = {
    event: {
      position: head.next,
      stream: logStream,
      revision: revision + 1,
      type: 'log.repaired',
      schema: logEvents.types['log.repaired'].version,
      recordedAt: Math.max(Date.now(), head.recordedAt),
      actor,
      data,
    },
    storable: storable(data, 'event log.repaired'),
  }
  return encodeCommit([prepared], head, epoch + 1)
}

/** Cursors of durable subscriptions, none further than what stays: what comes after is another history. */
const cursorsUpTo = (cursors: readonly Entry[], last: number): Entry[] =>
  cursors.flatMap(({ key, value }) => {
    try {
      return value === undefined ? [] : [cursorEntry(key, Math.min(cursorOf(key, value), last))]
    } catch {
      // A damaged cursor is none: the subscription begins again, and events come twice rather than not at all.
      return []
    }
  })

/** What the store was made with is lost: it is another one from here on, as durable as one can be. */
const settingsFor = async ({ head, log }: Salvaged): Promise<StoreSettings> => {
  const first = head.next === 0 ? undefined : await log.at(0)
  const createdAt = first === undefined ? Date.now() : decodeHeader(first).recordedAt
  return { format: commitFormat, id: newId(), durability: 'fsync', createdAt }
}

/** Runs calls to the storage; LevelDB's errors become those of a store. */
const storing = async <T>(folder: string, calls: () => Promise<T>): Promise<T> => {
  try {
    return await calls()
  } catch (cause) {
    const isOwn = codeOf(cause) === undefined || codeOf(cause)?.startsWith('LOG_') === true
    if (isOwn) throw cause
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    throw kernelError(
      'LOG_WRITE_FAILED',
      `The store ${folder} could not be repaired (${inner instanceof Error ? inner.message : inner}), and is as it was. See to the space on its disk and in the temporary folder, then try again.`,
      { cause, data: { folder } },
    )
  }
}

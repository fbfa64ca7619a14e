import {
  forgetPath,
  hostFacts,
  ignoreStore,
  type JournalFault,
  journalFault,
  type KnownHead,
  lacksCurrent,
  lockedError,
  openBlobStore,
  ownerGuard,
  ownerOf,
  ownPath,
  readHead,
  storePath,
  tryRoom,
  undoRepair,
  writeHead,
} from '#platform'
import {
  artifactEvents,
  artifactFoldersProjection,
  type BlobStore,
  memoryBlobStore,
} from './artifacts/index.ts'
import { removeFilesOf } from './erasing/index.ts'
import { type Clock, systemClock } from './kernel/clock.ts'
import { finishErasing } from './kernel/erase-engine.ts'
import { codeOf, DomainError, kernelError } from './kernel/errors.ts'
import type { EventEngine } from './kernel/event-engine.ts'
import type { EventFamily } from './kernel/events/define-events.ts'
import { newId } from './kernel/ids.ts'
import { commitFormat } from './kernel/log/commit.ts'
import type { EventLog } from './kernel/log/event-log.ts'
import { openLevelLog } from './kernel/log/level-log.ts'
import { openMemoryLog } from './kernel/log/memory-log.ts'
import type { Durability, StoreSettings } from './kernel/log/settings.ts'
import { openEngine } from './kernel/open-engine.ts'
import type { AnyProjection } from './kernel/projections/projection.ts'
import type { EventBatch, ReadOptions } from './kernel/streams/read-events.ts'
import type { Broken } from './kernel/verify-engine.ts'
import { loggedModelEvents, loggedModelsProjection } from './logged-models/index.ts'
import { registryEvents, registryProjection } from './registry/index.ts'
import { experimentsProjection, runsProjection, trackingEvents } from './tracking/index.ts'

export interface StoreOptions {
  /** For a new store: what an acknowledged event survives. Default `'fsync'`, in a browser `'relaxed'`. */
  readonly durability?: Durability | undefined
  readonly families: readonly EventFamily[]
  readonly clock?: Clock | undefined
}

/** Who holds a store. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** Ms since the epoch. */
  readonly since: number
  /** Address of the page, in a browser. */
  readonly page?: string
}

/** What a store that was opened to be read could not be given back. */
export interface Rescued {
  /** Everything that is missing or damaged, as `verify()` says it. */
  readonly broken: readonly Broken[]
  /** Reads what is intact, also beyond holes; a hole that it meets is `LOG_CORRUPT`. */
  readonly read: (options: ReadOptions) => AsyncIterable<EventBatch>
}

/** What one folder, or one piece of memory, holds: the engine, the artifacts' bytes, and the hold on it. */
export interface Store {
  readonly engine: EventEngine
  readonly log: EventLog
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly settings: Omit<StoreSettings, 'durability'> & {
    readonly durability: Durability | 'memory'
  }
  readonly folder: string | undefined
  readonly owner: Holder
  /** It takes nothing. */
  readonly readOnly?: true
  /** What could not be read of it, where it was opened to be read. */
  readonly rescued?: Rescued
  /** Opens the log again after a write that failed; without a failure it does nothing. */
  reopen(): Promise<void>
  close(): Promise<void>
}

/** The built-in read models. */
export const projections: readonly AnyProjection[] = [
  runsProjection,
  experimentsProjection,
  registryProjection,
  loggedModelsProjection,
  artifactFoldersProjection,
]

interface EngineOptions extends StoreOptions {
  /** Where the log ended when it was last closed. */
  readonly known?: KnownHead | undefined
}

export const engineOn = (
  log: EventLog,
  { families, clock, known }: EngineOptions,
): Promise<EventEngine> =>
  openEngine({
    log,
    known,
    families: [
      ...trackingEvents,
      ...registryEvents,
      ...loggedModelEvents,
      ...artifactEvents,
      ...families,
    ],
    projections,
    actor: hostFacts().user,
    ...(clock === undefined ? {} : { clock }),
  })

/** A store that is gone when it is closed. */
export const openMemoryStore = async (options: StoreOptions): Promise<Store> => {
  const log = await openMemoryLog()
  const clock = options.clock ?? systemClock
  const engine = await engineOn(log, options)
  const { pid, host } = hostFacts()
  const createdAt = clock()
  return {
    engine,
    log,
    blobs: memoryBlobStore(),
    clock,
    settings: { format: commitFormat, id: newId(), durability: 'memory', createdAt },
    folder: undefined,
    owner: { pid, host, since: createdAt },
    reopen: () => engine.reopen(),
    close: () => engine.close(),
  }
}

/** An error of the operating system: `EMFILE`, `EACCES`. */
const isSystem = (error: unknown): error is Error =>
  error instanceof Error && 'syscall' in error && 'code' in error

/** What LevelDB's own errors, and the system's, mean to the user of the store. */
const meaningOf = async (error: unknown, folder: string): Promise<unknown> => {
  if (error instanceof DomainError && error.code === 'LOG_CORRUPT') return withWayOut(error)
  const cause = error instanceof Error ? error.cause : undefined
  if (codeOf(cause) === 'LEVEL_LOCKED') return lockedError(folder, await ownerOf(folder))
  if (codeOf(error)?.startsWith('LEVEL_') !== true && !isSystem(error)) return error
  const reason = isSystem(error) ? error : cause
  const why = reason instanceof Error ? reason.message : String(error)
  if (codeOf(cause) === 'LEVEL_CORRUPTION') {
    const message = `The store ${folder} cannot be read: ${why}. Copy the folder before anything else, and restore a backup.`
    return withWayOut(kernelError('LOG_CORRUPT', message, { cause: error, data: { folder } }))
  }
  return kernelError(
    'LOG_WRITE_FAILED',
    `The store ${folder} could not be opened: ${why}. See to the folder's permissions, the space on its disk, and the number of files that a process may open.`,
    { cause: error, data: { folder } },
  )
}

/** Says what can be done where there is no backup. */
const withWayOut = ({ message, data, cause }: DomainError): DomainError =>
  kernelError(
    'LOG_CORRUPT',
    `${message} Without one, open(folder, { readOnly: true }) answers from what is intact, and repair(folder) of varve/keeping makes that the store and keeps the rest.`,
    { data, cause },
  )

/** LevelDB would begin a new log, and remove the files of the old one. */
const withoutCurrent = (folder: string): Error =>
  kernelError(
    'LOG_CORRUPT',
    `The store ${folder} has lost the file log/CURRENT, without which its log cannot be read. Nothing was touched. Copy the folder, and restore a backup.`,
    { data: { folder } },
  )

/** LevelDB would drop what is damaged, and rewrite the rest. */
const damagedJournal = (folder: string, { file, from, to }: JournalFault): Error =>
  kernelError(
    'LOG_CORRUPT',
    `The store ${folder} is damaged in log/${file}, bytes ${from} to ${to - 1}: newer writes follow, so no crash left it so. Nothing was touched. Copy the folder before anything else, and restore a backup.`,
    { data: { folder, file, from, to } },
  )

interface HeldOptions extends StoreOptions {
  /** The owner's own path of the log. */
  readonly path: string
  readonly mayWrite: (() => void) | undefined
}

const openHeld = async (
  folder: string,
  options: HeldOptions,
): Promise<Omit<Store, 'close' | 'reopen'>> => {
  const clock = options.clock ?? systemClock
  const known = await readHead(folder)
  if (await lacksCurrent(storePath(folder, 'log'))) throw withoutCurrent(folder)
  const fault = await journalFault(storePath(folder, 'log'))
  if (fault !== undefined) throw damagedJournal(folder, fault)
  const opened = await openLevelLog(options.path, {
    durability: options.durability,
    now: clock(),
    mayWrite: options.mayWrite,
  })
  const { log, settings } = opened
  try {
    const engine = await engineOn(log, { ...options, known })
    const blobs = await openBlobStore(folder, { durability: settings.durability })
    const { pid, host } = hostFacts()
    await finishErasing(log, removeFilesOf(blobs))
    return { engine, log, blobs, clock, settings, folder, owner: { pid, host, since: clock() } }
  } catch (error) {
    await log.close()
    throw error
  }
}

const reopen = async (folder: string, engine: EventEngine): Promise<void> => {
  if (engine.failure === undefined) return
  try {
    // A log that is closed and cannot be opened again would not even be read.
    await tryRoom(folder)
    await engine.reopen()
  } catch (error) {
    throw await meaningOf(error, folder)
  }
}

const openGuarded = async (folder: string, options: StoreOptions): Promise<Store> => {
  const guard = await ownerGuard(folder)
  try {
    await ignoreStore(folder)
    await undoRepair(folder)
    const { mayWrite } = guard
    const path = await ownPath(folder, guard.owner)
    const held = await openHeld(folder, { ...options, path, mayWrite })
    return {
      ...held,
      owner: guard.owner,
      reopen: () => reopen(folder, held.engine),
      close: async () => {
        try {
          await held.engine.close()
          // Of a store that was taken over, its new owner says where it ends.
          mayWrite?.()
          const { next, hash } = held.engine.head
          await writeHead(folder, { position: next - 1, hash })
        } finally {
          await release(folder, guard)
        }
      },
    }
  } catch (error) {
    await release(folder, guard)
    throw error
  }
}

const release = async (
  folder: string,
  guard: Awaited<ReturnType<typeof ownerGuard>>,
): Promise<void> => {
  await forgetPath(folder, guard.owner)
  await guard.release()
}

/**
 * Opens, or makes, the store in a folder that no other process holds.
 *
 * @throws `LOG_LOCKED`, `LOG_CORRUPT`, `LOG_FORMAT`, `LOG_WRITE_FAILED`
 */
export const openFolderStore = async (folder: string, options: StoreOptions): Promise<Store> => {
  try {
    return await openGuarded(folder, options)
  } catch (error) {
    throw await meaningOf(error, folder)
  }
}

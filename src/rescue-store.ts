import {
  databaseFiles,
  hostFacts,
  type KnownHead,
  openBlobStore,
  readerGuard,
  readHead,
  scratchFolder,
  settledLog,
} from '#platform'
import { systemClock } from './kernel/clock.ts'
import { codeOf, kernelError } from './kernel/errors.ts'
import type { EventEngine } from './kernel/event-engine.ts'
import { newId } from './kernel/ids.ts'
import { commitFormat } from './kernel/log/commit.ts'
import { openLevelLog } from './kernel/log/level-log.ts'
import { prefixOf } from './kernel/log/prefix-log.ts'
import { type Missing, missingOf, type Salvaged, salvage } from './kernel/log/salvage.ts'
import type { StoreSettings } from './kernel/log/settings.ts'
import { DecodedCommits } from './kernel/streams/decoded-commits.ts'
import { readEvents } from './kernel/streams/read-events.ts'
import { Tail } from './kernel/streams/tail.ts'
import type { Broken } from './kernel/verify-engine.ts'
import { readOnlyStore } from './read-only.ts'
import { engineOn, type Rescued, type Store, type StoreOptions } from './store.ts'

/**
 * Opens what is intact of the store in a folder, and writes nothing into the folder. The log is read from its files
 * as they lie there, into a temporary database, which takes as much space as the log.
 *
 * @throws `INVALID_VALUE`, `LOG_LOCKED`, `LOG_FORMAT`, `LOG_WRITE_FAILED` when the temporary folder has no room
 */
export const openRescuedStore = async (folder: string, options: StoreOptions): Promise<Store> => {
  const guard = await readerGuard(folder)
  try {
    const scratch = await scratchFolder()
    try {
      return await rescue(folder, { ...options, scratch })
    } catch (error) {
      await scratch.remove()
      throw error
    }
  } finally {
    await guard.release()
  }
}

interface RescueOptions extends StoreOptions {
  readonly scratch: Awaited<ReturnType<typeof scratchFolder>>
}

const rescue = async (folder: string, { scratch, ...options }: RescueOptions): Promise<Store> => {
  const clock = options.clock ?? systemClock
  const { log } = await openLevelLog(scratch.path, { durability: 'os', now: clock() })
  try {
    const known = await readHead(folder)
    const salvaged = await salvage(databaseFiles(await settledLog(folder)), log)
    const settings = salvaged.settings ?? lostSettings()
    const engine = await engineOn(prefixOf(log, salvaged.head.next), options)
    const blobs = await openBlobStore(folder, { readOnly: true })
    const { pid, host } = hostFacts()
    return readOnlyStore({
      engine,
      log,
      blobs,
      clock,
      settings,
      folder,
      owner: { pid, host, since: clock() },
      rescued: rescuedOf(engine, salvaged, known),
      reopen: () => Promise.resolve(),
      close: async () => {
        try {
          await engine.close()
        } finally {
          await scratch.remove()
        }
      },
    })
  } catch (error) {
    await log.close()
    throw codeOf(error)?.startsWith('LEVEL_') === true ? noRoom(scratch.path, error) : error
  }
}

const noRoom = (path: string, cause: unknown): Error =>
  kernelError(
    'LOG_WRITE_FAILED',
    `What is intact of the store could not be kept in ${path}: ${cause instanceof Error ? cause.message : cause}. Make room there, or set TMPDIR to a folder that has it.`,
    { cause, data: { folder: path } },
  )

/** Stands for what the store was made with, where that is lost. */
const lostSettings = (): StoreSettings => ({
  format: commitFormat,
  id: newId(),
  durability: 'fsync',
  createdAt: 0,
})

const rescuedOf = (
  engine: EventEngine,
  salvaged: Salvaged,
  known: KnownHead | undefined,
): Rescued => {
  const { source } = engine
  const missing = missingOf(salvaged, known?.position)
  const end = Math.max(salvaged.end, (known?.position ?? -1) + 1)
  const { log } = salvaged
  const whole = {
    log,
    types: source.types,
    streams: source.streams,
    tail: new Tail(end),
    decoded: new DecodedCommits(log, source.types),
  }
  return {
    broken: [...missing.map(isMissing), ...brokenFiles(salvaged)],
    read: async function* ({ stream, live: _, ...options }) {
      // The index of streams knows nothing of what lies beyond a hole.
      for await (const batch of readEvents(whole, options)) {
        const { events } = batch
        yield stream === undefined
          ? batch
          : { ...batch, events: events.filter((event) => event.stream === stream) }
      }
    },
  }
}

const isMissing = ({ from, to }: Missing): Broken => ({
  check: 'positions',
  message: `${from === to ? `Position ${from} is` : `Positions ${from} to ${to} are`} missing or damaged. What is before them is answered; read({ from: ${to + 1} }) gives what follows. repair() of varve/keeping makes a store of what is before them, and keeps the rest.`,
  position: from,
})

const brokenFiles = ({ faults, settings, head }: Salvaged): Broken[] => [
  ...faults.map(({ file, from, to }) => ({
    check: 'files',
    message: `The file log/${file} is damaged in bytes ${from} to ${to - 1}.`,
  })),
  ...(settings === undefined && head.next > 0
    ? [{ check: 'settings', message: 'The entry that says how the store was made is lost.' }]
    : []),
]

import { cp, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeHead } from './head-file.node.ts'
import type { KnownHead, RepairPlace } from './platform.ts'
import { syncFolder } from './sync-folder.node.ts'

/** Names in a store's folder while a repair puts another log in the place of the damaged one. */
const names = {
  log: 'log',
  head: 'head.json',
  /** The log that is being made. */
  fresh: 'log.repaired',
  /** The damaged one, on its way to quarantine: as long as it is here, the repair has not happened. */
  damaged: 'log.damaged',
  damagedHead: 'head.damaged.json',
} as const

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined

/** Where the log of a store lies: a repair that was broken off may have moved it. */
export const settledLog = async (folder: string): Promise<string> => {
  const moved = join(folder, names.damaged)
  return (await exists(moved)) ? moved : join(folder, names.log)
}

/** Takes a repair back that was broken off: the store is what it was before. Its owner alone may do that. */
export const undoRepair = async (folder: string): Promise<void> => {
  const at = (name: string): string => join(folder, name)
  if (await exists(at(names.damaged))) {
    await rm(at(names.log), { recursive: true, force: true })
    if (await exists(at(names.damagedHead))) await rename(at(names.damagedHead), at(names.head))
    await rename(at(names.damaged), at(names.log))
    await syncFolder(folder)
  }
  await rm(at(names.damagedHead), { force: true })
  await rm(at(names.fresh), { recursive: true, force: true })
}

/** Begins the repair of a store's folder that this process owns. */
export const repairPlace = async (folder: string): Promise<RepairPlace> => {
  await undoRepair(folder)
  const name = await freeName(join(folder, 'quarantine'))
  const quarantine = join(folder, 'quarantine', name)
  return {
    log: join(folder, names.log),
    fresh: join(folder, names.fresh),
    quarantine: `quarantine/${name}`,
    bytesOf: async (file, from, to) =>
      (await readFile(join(folder, names.log, file)).catch(() => Buffer.alloc(0))).subarray(
        from,
        to,
      ),
    keep: async (lines) => {
      await mkdir(quarantine, { recursive: true })
      await write(join(quarantine, 'entries.ndjson'), lines)
      await syncFolder(quarantine)
      await syncFolder(join(folder, 'quarantine'))
    },
    copyLog: (to) => cp(join(folder, names.log), to, { recursive: true }),
    swap: (head) => swap(folder, quarantine, head),
    abandon: () => rm(quarantine, { recursive: true, force: true }),
  }
}

/** Killed before the last renaming, it leaves what `undoRepair` takes back. */
const swap = async (folder: string, quarantine: string, head: KnownHead): Promise<void> => {
  const at = (name: string): string => join(folder, name)
  if (await exists(at(names.head))) await cp(at(names.head), at(names.damagedHead))
  await syncFolder(folder)
  await rename(at(names.log), at(names.damaged))
  await rename(at(names.fresh), at(names.log))
  await writeHead(folder, head)
  await syncFolder(folder)
  await rename(at(names.damaged), join(quarantine, 'log'))
  await rm(at(names.damagedHead), { force: true })
  await syncFolder(quarantine)
  await syncFolder(folder)
}

const write = async (path: string, lines: readonly string[]): Promise<void> => {
  const file = await open(path, 'w')
  try {
    for (const line of lines) await file.write(line)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** `1`, `2`, …: one for each repair. */
const freeName = async (folder: string): Promise<string> => {
  const taken = await readdir(folder).catch((): string[] => [])
  return String(Math.max(0, ...taken.map(Number).filter(Number.isInteger)) + 1)
}

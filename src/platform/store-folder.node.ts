import { realpathSync } from 'node:fs'
import { open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { codeOf } from '../kernel/errors.ts'
import { findStore } from './find-store.node.ts'

/** The one spelling of a folder that may not exist yet: absolute, links followed as far as there are any. */
const realFolder = (folder: string): string => {
  const absolute = resolve(folder)
  try {
    return realpathSync(absolute)
  } catch {
    const parent = dirname(absolute)
    return parent === absolute ? absolute : join(realFolder(parent), basename(absolute))
  }
}

/** The real path of a store, or of what lies in it. */
export const storePath = (folder: string, ...names: readonly string[]): string =>
  join(realFolder(folder), ...names)

/** The store that a program without a path means, here and now. */
export const defaultStore = (): string => findStore(process.cwd(), process.env)

/** Where the program runs. */
export const workingFolder = (): string => process.cwd()

/** Keeps Git from taking a store for source; a file that is there already stays as it is. */
export const ignoreStore = async (folder: string): Promise<void> => {
  try {
    await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' })
  } catch (error) {
    // A folder that takes no files is refused, with a better sentence, when the log is opened.
    if (codeOf(error) === undefined) throw error
  }
}

/** Bytes of the files in a folder, for people; files that come and go meanwhile are left out. */
export const folderBytes = async (folder: string): Promise<number> => {
  let bytes = 0
  for (const name of await readdir(folder)) {
    const found = await stat(join(folder, name)).catch(() => undefined)
    bytes += found?.isFile() === true ? found.size : 0
  }
  return bytes
}

/** Beside what LevelDB moves from its logs into tables. */
const roomBytes = 256 * 1024

/**
 * Tries whether there is room for what opening the store writes: LevelDB moves what stands in its logs into tables,
 * and is lost for reading, too, where it cannot.
 */
export const tryRoom = async (folder: string): Promise<void> => {
  const log = join(folder, 'log')
  const logs = (await readdir(log)).filter((name) => name.endsWith('.log'))
  const sizes = await Promise.all(logs.map(async (name) => (await stat(join(log, name))).size))
  const bytes = sizes.reduce((sum, size) => sum + size, roomBytes)
  const probe = join(folder, 'room.probe')
  try {
    const file = await open(probe, 'w')
    try {
      await file.writeFile(new Uint8Array(bytes))
      await file.sync()
    } finally {
      await file.close()
    }
  } finally {
    await rm(probe, { force: true })
  }
}

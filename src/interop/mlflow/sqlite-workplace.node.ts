import { constants } from 'node:fs'
import { copyFile, open, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'

/** What SQLite keeps beside a database while it is written. */
export const logSuffixes = ['-wal', '-journal']

const databaseIn = (workplace: string): string => join(workplace, 'source.db')

/**
 * Makes a database appear in a folder of its own, and says whether as a copy. SQLite must finish what another
 * process began, so a database with a write-ahead log or a journal is copied with it; any other is
 * linked.
 */
export const provide = async (path: string, workplace: string): Promise<boolean> => {
  if (!(await hasLog(path)) && (await link(path, workplace))) return false
  await copyInto(path, workplace)
  return true
}

/** Windows lets only administrators make links. */
const link = async (path: string, workplace: string): Promise<boolean> => {
  try {
    await symlink(path, databaseIn(workplace))
    return true
  } catch {
    return false
  }
}

export const copyInto = async (path: string, workplace: string): Promise<void> => {
  const target = databaseIn(workplace)
  await copyFile(path, target, constants.COPYFILE_FICLONE)
  for (const suffix of logSuffixes) {
    if ((await sizeOf(path + suffix)) > 0) await copyFile(path + suffix, target + suffix)
  }
}

const hasLog = async (path: string): Promise<boolean> => {
  const sizes = await Promise.all(logSuffixes.map((suffix) => sizeOf(path + suffix)))
  return sizes.some((size) => size > 0) || (await isWriteAhead(path))
}

/** Byte 19 of the header: 2 for a write-ahead log, which the library reads only with the file to itself. */
const isWriteAhead = async (path: string): Promise<boolean> => {
  await using handle = await open(path)
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, 19)
  return buffer[0] === 2
}

/** Bytes of a file, 0 when there is none. */
export const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size
  } catch {
    return 0
  }
}

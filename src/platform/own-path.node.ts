import { copyFile, mkdir, readdir, readFile, rename, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { listedIn } from '../kernel/log/level-files/manifest.ts'
import type { Owner } from './platform.ts'

/** What an owner's own name for the log looks like. */
const ownName = /^owner-\d+-\d+$/

/**
 * Gives the path by which this owner alone reaches the log: a link of its own. LevelDB makes and removes files by
 * their paths, also long after, in a thread of its own; whoever takes the store over removes the link, and what a
 * deposed owner does then goes nowhere. Where no links can be made, it is the folder itself.
 */
export const ownPath = async (folder: string, { pid, since }: Owner): Promise<string> => {
  const log = join(folder, 'log')
  if (process.platform === 'win32') return log
  const own = join(folder, `owner-${pid}-${since}`)
  try {
    await mkdir(log, { recursive: true })
    await symlink('log', own)
    return own
  } catch {
    return log
  }
}

/** Removes an owner's own path. */
export const forgetPath = async (folder: string, { pid, since }: Owner): Promise<void> => {
  await unlink(join(folder, `owner-${pid}-${since}`)).catch(() => undefined)
}

/**
 * Cuts former owners of a folder off: those that live and were deposed, and those that died and left their links.
 *
 * A table that is not listed is what a former owner was writing. LevelDB would give its name again, and write into
 * the very file that the other still has open: so it becomes another file of the same name and content.
 */
export const fence = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    if (ownName.test(name)) await unlink(join(folder, name)).catch(() => undefined)
  }
  const log = join(folder, 'log')
  for (const name of await unlisted(log).catch((): string[] => [])) {
    await copyFile(join(log, name), join(log, `${name}.copy`))
    await rename(join(log, `${name}.copy`), join(log, name))
  }
}

const unlisted = async (log: string): Promise<string[]> => {
  const current = await readFile(join(log, 'CURRENT'), 'utf8')
  const { tables } = listedIn(await readFile(join(log, current.trim())))
  const names = await readdir(log)
  return names.filter(
    (name) => /^\d+\.(?:ldb|sst)$/.test(name) && !tables.has(Number.parseInt(name, 10)),
  )
}

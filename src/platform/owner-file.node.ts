import { statSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '../kernel/errors.ts'
import type { Owner } from './platform.ts'

const fileName = 'owner.json'

/** Reads who holds, or last held, a folder; `undefined` when nobody wrote it down. */
export const ownerOf = async (folder: string): Promise<Owner | undefined> => {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, fileName), 'utf8'))
    return isOwner(value) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Writes the owner down, for people: a disk that refuses does not stop a store from opening. Without an exclusive guard a living owner's name stays: the caller has yet to be
 * let in by the database, and if it is not, that name belongs into the message.
 */
export const recordOwner = async (
  folder: string,
  { owner, exclusive }: { readonly owner: Owner; readonly exclusive: boolean },
): Promise<void> => {
  if (!exclusive && isAlive(await ownerOf(folder))) return
  const draft = join(folder, `${fileName}.new`)
  try {
    await writeFile(draft, `${JSON.stringify(owner)}\n`)
    await rename(draft, join(folder, fileName))
  } catch {
    await rm(draft, { force: true }).catch(() => undefined)
  }
}

/** Removes the owner's own record, never another's. */
export const forgetOwner = async (folder: string, owner: Owner): Promise<void> => {
  const recorded = await ownerOf(folder)
  const isOwn =
    recorded?.pid === owner.pid && recorded.host === owner.host && recorded.since === owner.since
  if (isOwn) await rm(join(folder, fileName), { force: true }).catch(() => undefined)
}

/** What tells one file of a name from another that took its place. */
const markOf = (folder: string): string => {
  const found = statSync(join(folder, fileName), { throwIfNoEntry: false })
  return found === undefined ? 'none' : `${found.ino} ${found.mtimeMs} ${found.size}`
}

/** For so long a look at the record counts: looking costs some microseconds, and a commit often not much more. */
const leaseMs = 2

/**
 * After so long, nobody who held the folder before can still be answering a write on the strength of an earlier
 * look. Who opens the database only then finds in it whatever the one before has answered.
 */
export const successionMs = 2 * leaseMs

/**
 * Gives a function that says whether the record of the owner is still the one that is there now. Whoever takes a
 * store over replaces it before touching anything else, and removes it afterwards: that it is gone says as much as
 * that it is another.
 */
export const ownRecord = (folder: string): (() => boolean) => {
  const mark = markOf(folder)
  let looked = Number.NEGATIVE_INFINITY
  return () => {
    // Goes on while a process is stopped, as the clock of the wall may not.
    const now = performance.now()
    if (now - looked < leaseMs) return true
    try {
      if (markOf(folder) !== mark) return false
    } catch {
      return false
    }
    looked = now
    return true
  }
}

export const isOwner = (value: unknown): value is Owner =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  Number.isSafeInteger(value.pid) &&
  'host' in value &&
  typeof value.host === 'string' &&
  'since' in value &&
  Number.isSafeInteger(value.since)

const isAlive = (owner: Owner | undefined): boolean => {
  if (owner === undefined || owner.host !== hostname()) return false
  if (owner.pid === process.pid) return false
  return isProcessAlive(owner.pid)
}

/** Whether a process of this machine runs; one of another user counts. */
const isProcessAlive = (pid: number): boolean => {
  if (pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

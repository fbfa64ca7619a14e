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

import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { KnownHead } from './platform.ts'
import { sha256Hex } from './sha256.node.ts'

const fileName = 'head.json'

/** As the file says it, for people too. */
interface Written {
  readonly position: number
  /** Hex. */
  readonly hash: string
  readonly check: string
}

const writtenAs = (position: number, hash: string): Written => {
  const check = sha256Hex(new TextEncoder().encode(`${position} ${hash}`)).slice(0, 16)
  return { position, hash, check }
}

/**
 * Reads where the log ended when the store was last closed; `undefined` when that was not written down, or
 * is damaged: then the log itself is all there is to believe.
 */
export const readHead = async (folder: string): Promise<KnownHead | undefined> => {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, fileName), 'utf8'))
    if (!isWritten(value)) return undefined
    return { position: value.position, hash: Buffer.from(value.hash, 'hex') }
  } catch {
    return undefined
  }
}

/**
 * Writes down, beside the closed log, where it ends. LevelDB takes a damaged end of its newest file for a
 * write that a crash cut short, and forgets it without a word; whoever opens the log next can tell by this.
 *
 * What the file says is on the disk before the file is. A disk that refuses does not stop a store from
 * closing: what was written down before still holds.
 */
export const writeHead = async (folder: string, { position, hash }: KnownHead): Promise<void> => {
  const draft = join(folder, `${fileName}.new`)
  const written = writtenAs(position, Buffer.from(hash).toString('hex'))
  try {
    await syncLog(join(folder, 'log'))
    const file = await open(draft, 'w')
    try {
      await file.writeFile(`${JSON.stringify(written)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, join(folder, fileName))
  } catch {
    await rm(draft, { force: true }).catch(() => undefined)
  }
}

/** Whether LevelDB would begin a new log over what is left of another one. */
export const lacksCurrent = async (log: string): Promise<boolean> => {
  const names = await readdir(log).catch((): string[] => [])
  return !names.includes('CURRENT') && names.some((name) => /\.(?:ldb|sst|log)$/.test(name))
}

/** The newest writes are in files that LevelDB syncs only when told to; its tables are always synced. */
const syncLog = async (log: string): Promise<void> => {
  for (const name of await readdir(log)) {
    if (!name.endsWith('.log')) continue
    const file = await open(join(log, name), 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }
}

const isWritten = (value: unknown): value is Written =>
  typeof value === 'object' &&
  value !== null &&
  'position' in value &&
  typeof value.position === 'number' &&
  'hash' in value &&
  typeof value.hash === 'string' &&
  'check' in value &&
  value.check === writtenAs(value.position, value.hash).check

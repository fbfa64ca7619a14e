import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { hostname, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { codeOf } from '../kernel/errors.ts'
import { failureOf } from './blob-store.ts'
import { artifactError } from './errors.ts'

/** What an acknowledged blob survives: a power cut, or only the end of its process. */
export type BlobDurability = 'fsync' | 'os' | 'relaxed'

/** The folders of a blob store: `blobs/sha256/ab/cdef…`, and `blobs/tmp` for what is being written. */
export interface BlobFiles {
  readonly folder: string
  readonly isDurable: boolean
  /** Where the blob of these 64 hex digits lies, or would. */
  readonly pathOf: (hex: string) => string
  /** A new name for a file that is being written. */
  readonly temporary: () => string
  /** Makes the folder that a file is to lie in; when durable, so that the folder survives a power cut. */
  readonly makeRoomFor: (path: string) => Promise<void>
  /** Forgets which folders were made, after a failure: somebody may have removed them. */
  readonly forget: () => void
}

export const blobFiles = (store: string, durability: BlobDurability): BlobFiles => {
  const folder = join(store, 'blobs')
  const isDurable = durability === 'fsync'
  const made = new Map<string, Promise<void>>()
  const make = async (path: string): Promise<void> => {
    if (path === store) return
    await ready(dirname(path))
    await mkdir(path, { recursive: true })
    if (isDurable) await syncFolder(dirname(path))
  }
  // Callers share one making of a folder: a put that found it there but not yet synced could be lost.
  const ready = (path: string): Promise<void> => {
    const known = made.get(path)
    if (known !== undefined) return known
    const making = make(path)
    made.set(path, making)
    making.catch(() => made.delete(path))
    return making
  }
  return {
    folder,
    isDurable,
    pathOf: (hex) => join(folder, 'sha256', hex.slice(0, 2), hex.slice(2)),
    temporary: () => join(folder, 'tmp', `${process.pid}-${hostId()}-${randomUUID()}`),
    makeRoomFor: (path) => ready(dirname(path)),
    forget: () => made.clear(),
  }
}

/** Makes new names in a folder survive a power cut. Windows has no such call, and needs none. */
export const syncFolder = async (path: string): Promise<void> => {
  if (platform() === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** The size of the file at a path, or `undefined` when there is none. */
export const fileSize = async (path: string): Promise<number | undefined> => {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Runs a writing system call; its failure becomes `ARTIFACT_WRITE_FAILED`. */
export const writing = async <T>(files: BlobFiles, call: () => Promise<T>): Promise<T> => {
  try {
    return await call()
  } catch (cause) {
    files.forget()
    const { folder } = files
    const { why, code } = failureOf(cause)
    const message = `Artifact bytes could not be written to ${folder} (${why}), and nothing of them is kept. See to the disk, then log the artifact again.`
    throw artifactError('ARTIFACT_WRITE_FAILED', message, { data: { folder, code }, cause })
  }
}

/** Runs a reading system call; its failure becomes `ARTIFACT_READ_FAILED`. */
export const reading = async <T>(path: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call()
  } catch (cause) {
    const { why, code } = failureOf(cause)
    const message = `The artifact file ${path} could not be read (${why}). See to the disk and its permissions, then read again.`
    throw artifactError('ARTIFACT_READ_FAILED', message, { data: { path, code }, cause })
  }
}

/** Eight hex digits for this machine: process ids of another one say nothing here. */
const hostId = (): string => createHash('sha256').update(hostname()).digest('hex').slice(0, 8)

const dayMs = 24 * 60 * 60 * 1000

/** Removes what processes that are gone left half written. What another one still writes stays. */
export const removeLeftovers = async ({ folder }: BlobFiles): Promise<void> => {
  const names = await readdir(join(folder, 'tmp')).catch(() => [])
  for (const name of names) {
    const path = join(folder, 'tmp', name)
    const changed = await stat(path).catch(() => undefined)
    if (changed !== undefined && isLeftover(name, changed.mtimeMs)) {
      await rm(path, { force: true }).catch(() => undefined)
    }
  }
}

/**
 * A file is left over when its writer has ended, when it is older than a process that has its writer's
 * number now, or, where process numbers say nothing, when nobody wrote to it for a day.
 */
const isLeftover = (name: string, changedAt: number): boolean => {
  const [pid, host] = name.split('-')
  const isSilent = changedAt < Date.now() - dayMs
  if (host !== hostId()) return isSilent
  if (Number(pid) === process.pid) return changedAt < Date.now() - process.uptime() * 1000 - 1000
  return isSilent || !isRunning(Number(pid))
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

import {
  closeSync,
  createReadStream,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { join, sep } from 'node:path'
import { messageOf, type Problems } from './problems.ts'
import { compare } from './records.ts'

/** A folder that is read and never left: links that lead out of it are reported, not followed. */
export interface Folder {
  /** Absolute, without links. */
  readonly root: string
  readonly problems: Problems
}

export interface Entry {
  readonly name: string
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly kind: 'file' | 'folder'
  /** Absolute, without links. */
  readonly real: string
}

/** A param, a tag or a meta.yaml beyond this is no such thing. */
const maxTextBytes = 16 * 1024 * 1024
const maxLineBytes = 64 * 1024
/** Larger files are read in pieces. */
const streamFrom = 256 * 1024

/** Whether an absolute path without links lies in a folder, or is it. */
export const isInside = (root: string, path: string): boolean =>
  path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)

/** What is at a path; `undefined` when nothing is, or nothing that may be read (which is a problem). */
export const findEntry = (folder: Folder, path: string): Entry | undefined => {
  const absolute = join(folder.root, path)
  try {
    const link = lstatSync(absolute)
    const real = realpathSync.native(absolute)
    return entryAt(folder, { path, real, isLink: link.isSymbolicLink() })
  } catch (error) {
    if (!isMissing(error)) folder.problems.add({ file: path, message: unreadable(error) })
    else if (isLinkToNothing(absolute)) {
      folder.problems.add({ file: path, message: 'The link leads nowhere; it is left out.' })
    }
    return undefined
  }
}

interface Found {
  readonly path: string
  readonly real: string
  readonly isLink: boolean
}

const entryAt = (folder: Folder, found: Found): Entry | undefined => {
  const refuse = (message: string): undefined => {
    folder.problems.add({ file: found.path, message })
  }
  if (!isInside(folder.root, found.real)) {
    return refuse('The link leads out of the store; it is not followed.')
  }
  const stats = statSync(found.real)
  const name = found.path.slice(found.path.lastIndexOf('/') + 1)
  if (stats.isFile()) return { name, path: found.path, kind: 'file', real: found.real }
  // A link to a folder could lead in a circle, and MLflow makes none.
  if (found.isLink) return refuse('The link leads to a folder; it is not followed.')
  if (stats.isDirectory()) return { name, path: found.path, kind: 'folder', real: found.real }
  return refuse('This is neither a file nor a folder; it is left out.')
}

/** The entries of a folder, by name; none where there is no such folder. */
export const listFolder = (folder: Folder, path: string): Entry[] => {
  if (path === '') return entriesIn(folder, '', folder.root)
  const parent = findEntry(folder, path)
  return parent?.kind === 'folder' ? entriesIn(folder, path, parent.real) : []
}

/** Only links cost a look at the file system: a large store has millions of small files. */
const entriesIn = (folder: Folder, path: string, real: string): Entry[] => {
  const entries: Entry[] = []
  for (const found of readNames(folder, path, real)) {
    const { name } = found
    const at = path === '' ? name : `${path}/${name}`
    if (found.isFile()) entries.push({ name, path: at, kind: 'file', real: join(real, name) })
    else if (found.isDirectory()) {
      entries.push({ name, path: at, kind: 'folder', real: join(real, name) })
    } else {
      const entry = findEntry(folder, at)
      if (entry !== undefined) entries.push(entry)
    }
  }
  return entries
}

const readNames = (folder: Folder, path: string, real: string): Dirent[] => {
  try {
    const found = readdirSync(real, { withFileTypes: true })
    return found.sort((a, b) => compare(a.name, b.name))
  } catch (error) {
    folder.problems.add({ file: path, message: unreadable(error) })
    return []
  }
}

/** Every file below a folder, by path; deep folders cost no recursion. */
export function* walkFiles(folder: Folder, path: string): Generator<Entry, void> {
  const pending = listFolder(folder, path).reverse()
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    if (entry.kind === 'file') yield entry
    else pending.push(...entriesIn(folder, entry.path, entry.real).reverse())
  }
}

/** Reads a small text file; `undefined`, with a problem, when that fails. */
export const readText = (folder: Folder, entry: Entry): string | undefined => {
  const refuse = (message: string): undefined => {
    folder.problems.add({ file: entry.path, message })
  }
  try {
    const bytes = readSmall(entry.real, maxTextBytes)
    if (bytes === undefined) return refuse('The file is larger than 16 MiB; it is left out.')
    return decode(bytes) ?? refuse('The file is no valid UTF-8; it is left out.')
  } catch (error) {
    return refuse(unreadable(error))
  }
}

/**
 * The bytes of a file, `undefined` beyond the limit. Synchronous on purpose: a store has millions of files of a
 * few bytes, and reading 20,000 took 0.18 s so, 4.6 s with the promises of node:fs.
 */
export const readSmall = (file: string, limit: number): Uint8Array | undefined => {
  const descriptor = openSync(file, 'r')
  try {
    return fstatSync(descriptor).size > limit ? undefined : readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Lets timers and other I/O have their turn: between things that are read synchronously. */
export const breathe = async (): Promise<void> => {
  await new Promise<void>((resolve) => setImmediate(resolve))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text of UTF-8 bytes, `undefined` when they are none. */
export const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

export interface Line {
  /** From 1. */
  readonly number: number
  /** `undefined` for a line beyond 64 KiB. */
  readonly text: string | undefined
}

/** The lines of a file of any size, in batches; bytes beyond ASCII come as Latin-1. */
export async function* readLines(file: string): AsyncGenerator<Line[], void> {
  let number = 1
  let rest = ''
  let isOverlong = false
  const take = (text: string): Line => {
    const line = { number, text: isOverlong || text.length > maxLineBytes ? undefined : text }
    number += 1
    isOverlong = false
    return line
  }
  const small = readSmall(file, streamFrom)
  const chunks =
    small === undefined
      ? createReadStream(file, { encoding: 'latin1' })
      : [Buffer.from(small.buffer, small.byteOffset, small.length).toString('latin1')]
  for await (const chunk of chunks) {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    yield parts.map(take)
    if (rest.length > maxLineBytes) {
      isOverlong = true
      rest = ''
    }
  }
  if (rest !== '' || isOverlong) yield [take(rest)]
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

const isLinkToNothing = (path: string): boolean => {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

export const unreadable = (error: unknown): string => `It cannot be read: ${messageOf(error)}.`

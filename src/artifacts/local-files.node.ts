import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { codeOf, type DomainError } from '../kernel/errors.ts'
import { artifactPath } from './artifact-path.ts'
import { failureOf } from './blob-store.ts'
import { artifactError } from './errors.ts'
import { fileChunks } from './file-chunks.node.ts'
import type { LocalFile, LocalFilesOptions } from './local-file.ts'

/**
 * Finds one file of this machine, to be an artifact at `path`, or under its own name.
 *
 * @throws `ARTIFACT_NOT_FOUND`, `ARTIFACT_PATH_INVALID` for anything but a regular file,
 * `ARTIFACT_READ_FAILED`
 */
export const localFile = async (source: string, path = basename(source)): Promise<LocalFile> => {
  const absolute = resolve(source)
  const found = await looking(absolute, () => stat(absolute))
  if (found.isDirectory()) throw refused(absolute, 'is a folder, which logArtifacts takes')
  if (!found.isFile()) throw refused(absolute, 'is not a regular file')
  return fileAt(artifactPath(path), absolute, found.size)
}

/**
 * Finds the regular files of a folder and the folders in it, each folder in the order of its names.
 *
 * Symbolic links are followed within the folder and refused when they leave it or lead in a circle. All is
 * looked at before this resolves, so what is refused is refused before the first byte is stored. Stores,
 * folders called `.varve`, are left out.
 *
 * @throws `ARTIFACT_NOT_FOUND`, `ARTIFACT_PATH_INVALID` for links that leave, sockets, devices and names that
 * cannot be artifacts, `ARTIFACT_READ_FAILED`
 */
export const localFiles = async (
  folder: string,
  { prefix = '', exclude = [] }: LocalFilesOptions = {},
): Promise<readonly LocalFile[]> => {
  const absolute = resolve(folder)
  const root = await looking(absolute, () => realpath(absolute))
  const found = await looking(root, () => stat(root))
  if (!found.isDirectory()) throw refused(absolute, 'is not a folder; logFile takes a single file')
  const excluded = await Promise.all(
    exclude.map((other) => realpath(other).catch(() => resolve(other))),
  )
  const walk: Walk = { root, excluded: new Set(excluded), files: [] }
  await visit(walk, {
    path: prefix === '' ? '' : artifactPath(prefix),
    folder: root,
    trail: [root],
  })
  return walk.files
}

interface Walk {
  readonly root: string
  readonly excluded: ReadonlySet<string>
  readonly files: LocalFile[]
}

/** A folder on the way, and the real folders that it was reached through. */
interface Place {
  readonly path: string
  readonly folder: string
  readonly trail: readonly string[]
}

const visit = async (walk: Walk, place: Place): Promise<void> => {
  const entries = await looking(place.folder, () => readdir(place.folder, { withFileTypes: true }))
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = place.path === '' ? entry.name : `${place.path}/${entry.name}`
    const source = await sourceOf(walk, join(place.folder, entry.name), entry)
    const found = await looking(source, () => stat(source))
    if (found.isDirectory()) await enter(walk, { path, folder: source, trail: place.trail })
    else if (found.isFile()) walk.files.push(fileAt(artifactPath(path), source, found.size))
    else throw refused(source, 'is neither a file nor a folder')
  }
}

const enter = async (walk: Walk, { path, folder, trail }: Place): Promise<void> => {
  if (basename(folder) === '.varve' || walk.excluded.has(folder)) return
  if (trail.includes(folder)) throw refused(folder, 'holds a symbolic link that leads back to it')
  await visit(walk, { path, folder, trail: [...trail, folder] })
}

/** Where an entry really lies. */
const sourceOf = async (walk: Walk, path: string, entry: Dirent): Promise<string> => {
  if (!entry.isSymbolicLink()) return path
  const target = await looking(path, () => realpath(path))
  const inside = relative(walk.root, target)
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw refused(path, `is a symbolic link that leaves the folder, to ${target}`)
  }
  return target
}

const fileAt = (path: string, source: string, size: number): LocalFile => ({
  path,
  source,
  size,
  open: () => readLocal(source),
})

async function* readLocal(source: string): AsyncGenerator<Uint8Array, void> {
  const chunks = fileChunks(source)
  try {
    for (;;) {
      const next = await looking(source, () => chunks.next())
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await chunks.return()
  }
}

/** Runs a system call that reads; its failure becomes an error that names the file. */
const looking = async <T>(path: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call()
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

const unreadable = (path: string, cause: unknown): DomainError => {
  const { why, code } = failureOf(cause)
  const details = { data: { path, code }, cause }
  if (codeOf(cause) === 'ENOENT') {
    const message = `There is no file or folder at ${path}. Check the path, and where symbolic links lead.`
    return artifactError('ARTIFACT_NOT_FOUND', message, details)
  }
  const message = `The local file ${path} could not be read (${why}). See to its permissions, then log it again.`
  return artifactError('ARTIFACT_READ_FAILED', message, details)
}

const refused = (path: string, problem: string): DomainError =>
  artifactError(
    'ARTIFACT_PATH_INVALID',
    `${path} ${problem}; only regular files within the folder become artifacts. Take it out, or log the files one by one.`,
    { data: { path, problem } },
  )

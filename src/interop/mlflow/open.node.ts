import { realpathSync } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { interopError } from '../errors.ts'
import { type Folder, listFolder } from './files.node.ts'
import { describes } from './meta.node.ts'
import { holdsRun, MlrunsSource } from './mlruns.node.ts'
import { createProblems, messageOf, type Problems } from './problems.ts'
import type { MlflowSource, MlflowSourceOptions } from './source.ts'
import { openSqliteSource } from './sqlite-source.node.ts'

const expected =
  'Give an mlruns folder, a folder that holds one, or the SQLite file of a tracking server (mlflow.db).'

/**
 * Opens a published MLflow store for reading: an `mlruns` folder, a folder that holds `mlruns` or
 * `mlflow.db`, or an SQLite file. Nothing in the store, or beside it, is written.
 *
 * @throws `SOURCE_NOT_FOUND` when nothing is at the path, `SOURCE_NOT_RECOGNISED` when it is something
 * else, `SOURCE_UNREADABLE` when an SQLite file is damaged beyond reading or may not be read.
 */
export const openMlflowSource = async (
  path: string,
  options: MlflowSourceOptions = {},
): Promise<MlflowSource> => {
  const problems = createProblems()
  const real = await existing(path)
  const artifactRoots = await Promise.all((options.artifactRoots ?? []).map(existing))
  const place = (await stat(real)).isDirectory()
    ? await placeIn(real, problems)
    : await databaseAt(real)
  if (place === undefined) {
    const message = `There is no MLflow store at ${path}. ${expected}`
    throw interopError('SOURCE_NOT_RECOGNISED', message, { data: { path } })
  }
  return place.kind === 'mlruns'
    ? new MlrunsSource(place.path, problems, artifactRoots)
    : await openSqliteSource(place.path, problems, artifactRoots)
}

const existing = async (path: string): Promise<string> => {
  try {
    return await realpath(path)
  } catch (cause) {
    const message = `Nothing can be read at ${path}: ${messageOf(cause)}. ${expected}`
    throw interopError('SOURCE_NOT_FOUND', message, { cause, data: { path } })
  }
}

interface Place {
  readonly kind: 'mlruns' | 'sqlite'
  readonly path: string
}

/** Records win over an empty `mlruns`: with a database, MLflow keeps only artifacts there. */
const placeIn = async (real: string, problems: Problems): Promise<Place | undefined> => {
  const inner = join(real, 'mlruns')
  for (const path of [inner, real]) {
    if (!(await isFolder(path)) || !holdsRecords(path)) continue
    if (path === inner) await mentionDatabase(real, problems)
    return { kind: 'mlruns', path: await realpath(path) }
  }
  const database = await databaseAt(join(real, 'mlflow.db'))
  if (database !== undefined) return database
  const empty = basename(real) === 'mlruns' ? real : inner
  return (await isEmptyFolder(empty)) ? { kind: 'mlruns', path: await realpath(empty) } : undefined
}

const isFolder = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

const isEmptyFolder = async (path: string): Promise<boolean> =>
  (await isFolder(path)) && (await readdir(path)).length === 0

/** Whether a folder holds an experiment, or a registered model, as MLflow's file store writes them. */
const holdsRecords = (path: string): boolean => {
  // What is damaged is reported when it is read, not while its kind is found out.
  const folder: Folder = { root: realpathSync.native(path), problems: createProblems() }
  for (const { kind, name, path: child } of listFolder(folder, '')) {
    if (kind !== 'folder') continue
    if (isExperiment(folder, child)) return true
    if ((name === 'models' || name === '.trash') && holdsDescribed(folder, child)) return true
  }
  return false
}

const isExperiment = (folder: Folder, path: string): boolean =>
  describes(folder, path, 'artifact_location') || holdsRun(folder, path)

const holdsDescribed = (folder: Folder, path: string): boolean => {
  for (const child of listFolder(folder, path)) {
    if (describes(folder, child.path, 'name')) return true
  }
  return false
}

const mentionDatabase = async (folder: string, problems: Problems): Promise<void> => {
  if ((await databaseAt(join(folder, 'mlflow.db'))) === undefined) return
  const message =
    'There is a database beside the folder mlruns; it is another store and not read here.'
  problems.add({ file: '../mlflow.db', message })
}

/** Every SQLite file begins with these bytes. */
const magic = 'SQLite format 3\0'

const databaseAt = async (path: string): Promise<Place | undefined> => {
  if ((await stat(path).catch(() => undefined))?.isFile() !== true) return undefined
  try {
    await using handle = await open(await realpath(path))
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0)
    const isDatabase = buffer.toString('latin1', 0, bytesRead) === magic
    return isDatabase ? { kind: 'sqlite', path: await realpath(path) } : undefined
  } catch (cause) {
    const message = `The file ${path} cannot be read: ${messageOf(cause)}.`
    throw interopError('SOURCE_UNREADABLE', message, { cause, data: { path } })
  }
}

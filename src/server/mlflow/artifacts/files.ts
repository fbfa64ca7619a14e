import { artifactFileAt, artifactFilesBelow, type FoundArtifact } from '../../../artifacts/index.ts'
import type { Answer } from '../wire/json.ts'
import { folderOfRun, type Place } from './places.ts'
import type { ArtifactCall } from './raw-endpoint.ts'

/** The last position that a request sees. */
const positionOf = async ({ call, parts }: ArtifactCall): Promise<number> =>
  call.view === parts.present ? Number.POSITIVE_INFINITY : (await call.view.moment()).position

const isBelow = (path: string, folder: string): boolean =>
  folder === '' || path.startsWith(`${folder}/`)

/** The file at a place, with its path there. */
export const fileAt = async (
  given: ArtifactCall,
  place: Place,
): Promise<FoundArtifact | undefined> => {
  if (place.kind === 'folder') {
    return artifactFileAt(given.parts.folders(), place.path, await positionOf(given))
  }
  const files = await given.call.view.runs.artifacts(place.run)
  return files.find(({ path }) => path === place.path)
}

/** The files below a place, the file at it not among them. */
const filesBelow = async (given: ArtifactCall, place: Place): Promise<readonly FoundArtifact[]> => {
  const all =
    place.kind === 'run'
      ? await given.call.view.runs.artifacts(place.run)
      : artifactFilesBelow(given.parts.folders(), place.path, await positionOf(given))
  return all.filter(({ path }) => isBelow(path, place.path))
}

/** Runs whose artifacts lie below a folder, each with the folder of its artifacts: asked of every run that had any. */
export const runsBelow = async (
  { call, parts }: ArtifactCall,
  folder: string,
): Promise<readonly { readonly run: string; readonly folder: string }[]> => {
  const runs = parts.runs()
  const found: { run: string; folder: string }[] = []
  for (const [row, { artifacts }] of runs.extras) {
    if (artifacts === undefined) continue
    const run = runs.idOf(row)
    // In the past it may not have been there yet.
    const own = await folderOfRun(call, run).catch(() => undefined)
    if (own !== undefined && isBelow(own, folder)) found.push({ run, folder: own })
  }
  return found
}

/** An entry of a listing: a file with its size, or a folder. */
export type Entry = { readonly name: string; readonly size?: number }

const entriesOf = (paths: Iterable<{ readonly path: string; readonly size?: number }>): Entry[] => {
  const entries = new Map<string, Entry>()
  for (const { path, size } of paths) {
    const slash = path.indexOf('/')
    const name = slash < 0 ? path : path.slice(0, slash)
    // What is a folder now may have a file of its name beside it; the folder counts.
    if (slash >= 0 || size === undefined) entries.set(name, { name })
    else if (!entries.has(name)) entries.set(name, { name, size })
  }
  return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What lies directly in the folder at a place; nothing for a file, and for a folder that is not there. */
export const listed = async (given: ArtifactCall, place: Place): Promise<readonly Entry[]> => {
  const start = place.path === '' ? 0 : place.path.length + 1
  const files = (await filesBelow(given, place)).map(({ path, size }) => ({
    path: path.slice(start),
    size,
  }))
  if (place.kind === 'run') return entriesOf(files)
  const folders: { path: string }[] = []
  for (const { run, folder } of await runsBelow(given, place.path)) {
    const path = folder.slice(start)
    const isKnown = folders.some((other) => other.path.split('/', 1)[0] === path.split('/', 1)[0])
    if (isKnown || (await given.call.view.runs.artifacts(run)).length === 0) continue
    folders.push({ path })
  }
  return entriesOf([...files, ...folders])
}

/** Whether there is a folder at a place. */
export const isFolder = async (given: ArtifactCall, place: Place): Promise<boolean> =>
  place.path === '' || (await listed(given, place)).length > 0

/** Entries as MLflow lists them. @param prefix - What stands before each name. */
export const fileInfos = (entries: readonly Entry[], prefix = ''): readonly Answer[] | undefined =>
  entries.length === 0
    ? undefined
    : entries.map(({ name, size }) => ({
        path: `${prefix}${name}`,
        is_dir: size === undefined,
        ...(size === undefined ? {} : { file_size: size }),
      }))

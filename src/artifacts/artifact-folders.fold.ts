import type { Handlers } from '../kernel/events/define-events.ts'
import { Aggregates } from '../kernel/projections/parts.ts'
import { type ArtifactEventData, artifactRootOf, artifactStream } from './events.ts'

/** What a path held from a position on: a file, or nothing. */
export interface ArtifactState {
  readonly position: number
  readonly file?: { readonly digest: string; readonly size: number }
}

/** Paths of one stream, each with all that it ever held, oldest first. */
export type ArtifactFolder = Map<string, ArtifactState[]>

/** Files that belong to no run, with their history. */
export interface ArtifactFolders {
  readonly byStream: Aggregates<ArtifactFolder>
}

/** A file as it was found. */
export interface FoundArtifact {
  readonly path: string
  readonly digest: string
  readonly size: number
}

export const initialArtifactFolders = (): ArtifactFolders => ({ byStream: new Aggregates() })

const isWithin = (path: string, folder: string): boolean =>
  folder === '' || path === folder || path.startsWith(`${folder}/`)

const push = (folder: ArtifactFolder, path: string, state: ArtifactState): void => {
  const states = folder.get(path)
  if (states === undefined) folder.set(path, [state])
  else states.push(state)
}

/** By plain mutation: a folder may hold many files. */
export const artifactHandlers: Handlers<ArtifactFolders, ArtifactEventData> = {
  'artifact.stored': ({ byStream }, { stream, position, data: { path, digest, size } }) => {
    const folder = byStream.get(stream) ?? new Map()
    push(folder, path, { position, file: { digest, size } })
    byStream.set(stream, folder)
  },
  'artifact.deleted': ({ byStream }, { stream, position, data }) => {
    const folder = byStream.get(stream)
    if (folder === undefined) return
    for (const [path, states] of folder) {
      if (isWithin(path, data.path) && states.at(-1)?.file !== undefined) states.push({ position })
    }
    byStream.set(stream, folder)
  },
}

/** What a path held at a position. */
const heldAt = (
  states: readonly ArtifactState[] | undefined,
  position: number,
): ArtifactState['file'] => states?.findLast((state) => state.position <= position)?.file

/** The file at exactly a path, as of a position. */
export const artifactFileAt = (
  { byStream }: ArtifactFolders,
  path: string,
  position: number = Number.POSITIVE_INFINITY,
): FoundArtifact | undefined => {
  const states = byStream.get(artifactStream(artifactRootOf(path)))?.get(path)
  const file = heldAt(states, position)
  return file === undefined ? undefined : { path, ...file }
}

const foldersTouching = ({ byStream }: ArtifactFolders, path: string): ArtifactFolder[] => {
  const root = artifactRootOf(path)
  // Everything below a root lies in its stream; above it, there may be others.
  if (root.includes('/')) return [byStream.get(artifactStream(root)) ?? new Map()]
  const start = artifactStream('').length
  return [...byStream].flatMap(([stream, folder]) => {
    const other = stream.slice(start)
    return isWithin(other, path) || isWithin(path, other) ? [folder] : []
  })
}

/** The files at a path and below it, as of a position; of everything for an empty path. */
export const artifactFilesBelow = (
  folders: ArtifactFolders,
  path: string,
  position: number = Number.POSITIVE_INFINITY,
): FoundArtifact[] => {
  const found: FoundArtifact[] = []
  for (const folder of foldersTouching(folders, path)) {
    for (const [name, states] of folder) {
      const file = isWithin(name, path) ? heldAt(states, position) : undefined
      if (file !== undefined) found.push({ path: name, ...file })
    }
  }
  return found
}

/** Digests of every file that is there, or was. */
export const artifactFolderDigests = ({ byStream }: ArtifactFolders): Set<string> => {
  const digests = new Set<string>()
  for (const folder of byStream.values()) {
    for (const states of folder.values()) {
      for (const { file } of states) if (file !== undefined) digests.add(file.digest)
    }
  }
  return digests
}

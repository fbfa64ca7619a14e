import { aggregateParts } from '../kernel/projections/parts.ts'
import type { Projection } from '../kernel/projections/projection.ts'
import {
  type ArtifactFolders,
  type ArtifactState,
  artifactHandlers,
  initialArtifactFolders,
} from './artifact-folders.fold.ts'

interface SavedFolder {
  readonly stream: string
  readonly files: readonly (readonly [path: string, states: readonly ArtifactState[]])[]
}

const saveFolder = ({ byStream }: ArtifactFolders, stream: string): SavedFolder => ({
  stream,
  files: [...(byStream.get(stream) ?? [])].map(([path, states]) => [path, [...states]]),
})

const loadFolder = ({ byStream }: ArtifactFolders, { stream, files }: SavedFolder): void => {
  byStream.restore(stream, new Map(files.map(([path, states]) => [path, [...states]])))
}

/** Files that belong to no run, as a read model of the engine. */
export const artifactFoldersProjection: Projection<ArtifactFolders> = {
  name: 'artifact-folders',
  version: 1,
  initial: initialArtifactFolders,
  handlers: artifactHandlers,
  parts: aggregateParts({
    neighbours: ({ byStream }) => byStream.neighbours,
    save: saveFolder,
    load: loadFolder,
  }),
}

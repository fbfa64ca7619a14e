import { artifactFoldersProjection } from '../../../artifacts/index.ts'
import { internalsOf } from '../../../create-varve.ts'
import { runsProjection } from '../../../tracking/index.ts'
import type { Varve } from '../../../varve.ts'
import type { ArtifactDestination, ArtifactParts } from './parts.ts'

/** Plain files need Node, which is asked for where they are wanted alone. */
const lazyDestination = (folder: string): ArtifactDestination => {
  let opened: Promise<ArtifactDestination> | undefined
  const open = (): Promise<ArtifactDestination> => {
    opened ??= import('./destination.node.ts').then(({ openDestination }) =>
      openDestination(folder),
    )
    return opened
  }
  return {
    write: async (path, content) => await (await open()).write(path, content),
    remove: async (path) => await (await open()).remove(path),
  }
}

interface ArtifactOptions {
  readonly artifactLimit?: number | undefined
  readonly artifactsDestination?: string | undefined
}

/** What is served of a store's artifacts. */
export const artifactParts = (
  varve: Varve,
  { artifactLimit = Number.POSITIVE_INFINITY, artifactsDestination: folder }: ArtifactOptions,
): ArtifactParts => {
  const { engine, blobs } = internalsOf(varve)
  return {
    blobs,
    folders: () => engine.state(artifactFoldersProjection),
    runs: () => engine.state(runsProjection),
    present: varve,
    limit: artifactLimit,
    ...(folder === undefined ? {} : { destination: lazyDestination(folder) }),
  }
}

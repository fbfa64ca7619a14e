import type { ArtifactFolders, BlobStore } from '../../../artifacts/index.ts'
import type { TrackingState } from '../../../tracking/index.ts'
import type { VarveView } from '../../../varve.ts'

/** Plain files beside the store, at the paths of their URLs. */
export interface ArtifactDestination {
  /**
   * Writes a file whole, or not at all.
   *
   * @throws `ARTIFACT_WRITE_FAILED`
   */
  write(path: string, content: AsyncIterable<Uint8Array>): Promise<void>
  /** Removes a file, or a folder with all that is in it. @throws `ARTIFACT_WRITE_FAILED` */
  remove(path: string): Promise<void>
}

/** What is served of artifacts, and where they go. */
export interface ArtifactParts {
  readonly blobs: BlobStore
  readonly folders: () => ArtifactFolders
  readonly runs: () => TrackingState['runs']
  /** The view of the present: any other is of the past. */
  readonly present: VarveView
  /** Most bytes of one file. */
  readonly limit: number
  readonly destination?: ArtifactDestination
}

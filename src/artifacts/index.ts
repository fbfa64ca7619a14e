export {
  type ArtifactFolders,
  artifactFileAt,
  artifactFilesBelow,
  artifactFolderDigests,
  type FoundArtifact,
} from './artifact-folders.fold.ts'
export { artifactFoldersProjection } from './artifact-folders.ts'
export { artifactPath } from './artifact-path.ts'
export type { BlobStore, ByteRange, StoredBlob } from './blob-store.ts'
export { type ArtifactContent, gather } from './content.ts'
export { type ArtifactErrorCode, artifactError, artifactErrorCodes } from './errors.ts'
export {
  type ArtifactEventData,
  artifactEvents,
  artifactRootOf,
  artifactStream,
} from './events.ts'
export { memoryBlobStore } from './memory-blob-store.ts'
export { proxiedPath } from './proxied-path.ts'
export { type TreeFile, treeAt } from './tree-digest.ts'

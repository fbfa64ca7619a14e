import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../kernel/errors.ts'
import { atMost } from './at-most.ts'
import {
  type BlobDurability,
  type BlobFiles,
  blobFiles,
  fileSize,
  reading,
  removeLeftovers,
} from './blob-files.node.ts'
import {
  type BlobStore,
  blobCorrupt,
  blobNotFound,
  byteRange,
  digestHex,
  type StoredBlob,
} from './blob-store.ts'
import { putBlob, removeBlob } from './blob-writer.node.ts'
import { ownContent } from './content.ts'
import { type FileRange, fileChunks } from './file-chunks.node.ts'

export interface BlobStoreOptions {
  /** Default `'fsync'`. */
  readonly durability?: BlobDurability
  /** Writes nothing, also not to tidy up: the folder may be one that cannot be written. Default false. */
  readonly readOnly?: boolean
}

/** Open files of one store at a time, however many writes were left unawaited. */
const parallelPuts = 64

/**
 * Opens the blob store in the folder of a store: one read-only file a blob, `blobs/sha256/ab/cdef…`.
 *
 * A blob is hashed while it is written to `blobs/tmp`, and moved to its name when it is whole and, unless
 * `durability` is `'os'`, on the disk. Content that is there already is not written again. What processes
 * that ended left half written is removed here.
 */
export const openBlobStore = async (
  store: string,
  { durability = 'fsync', readOnly = false }: BlobStoreOptions = {},
): Promise<BlobStore> => {
  const files = blobFiles(store, durability)
  if (!readOnly) await removeLeftovers(files)
  const inTurn = atMost(parallelPuts)
  const pathOf = (digest: string): string => {
    const hex = digestHex(digest)
    if (hex === undefined) throw blobNotFound(digest)
    return files.pathOf(hex)
  }
  const size = async (digest: string): Promise<number | undefined> => {
    if (digestHex(digest) === undefined) return undefined
    const path = pathOf(digest)
    return reading(path, () => fileSize(path))
  }
  return {
    put: (content, options = {}) => {
      const own = ownContent(content)
      return inTurn(() => putBlob(files, own, options))
    },
    open: (digest, range) => {
      const bounds = byteRange(range)
      return readBlob(() => pathOf(digest), digest, bounds)
    },
    has: async (digest) => (await size(digest)) !== undefined,
    size,
    verify: async (digest) => {
      const found = await digestOf(readBlob(() => pathOf(digest), digest))
      if (found.digest !== digest) throw blobCorrupt(digest, found)
      return found
    },
    remove: async (digest) => {
      const hex = digestHex(digest)
      if (hex !== undefined) await removeBlob(files, hex)
    },
    list: () => listBlobs(files),
  }
}

/** Asks for the path at the first read, because that is when a blob that is not there is reported. */
async function* readBlob(
  pathOf: () => string,
  digest: string,
  range?: FileRange,
): AsyncGenerator<Uint8Array, void> {
  const path = pathOf()
  const chunks = fileChunks(path, range)
  try {
    for (;;) {
      const next = await reading(path, () => chunks.next()).catch((error: unknown) => {
        throw isMissing(error) ? blobNotFound(digest) : error
      })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await chunks.return()
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && codeOf(error.cause) === 'ENOENT'

const digestOf = async (chunks: AsyncIterable<Uint8Array>): Promise<StoredBlob> => {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of chunks) {
    hash.update(chunk)
    size += chunk.length
  }
  return { digest: `sha256:${hash.digest('hex')}`, size }
}

async function* listBlobs(files: BlobFiles): AsyncGenerator<StoredBlob, void> {
  const root = join(files.folder, 'sha256')
  for (const shard of await namesIn(root)) {
    for (const name of await namesIn(join(root, shard))) {
      const digest = `sha256:${shard}${name}`
      const path = join(root, shard, name)
      const size =
        digestHex(digest) === undefined ? undefined : await reading(path, () => fileSize(path))
      if (size !== undefined) yield { digest, size }
    }
  }
}

const namesIn = async (folder: string): Promise<string[]> => {
  const names = await reading(folder, () => readdir(folder)).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  return names.sort()
}

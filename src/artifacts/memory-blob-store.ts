import { sha256Hex } from '#platform'
import {
  type BlobStore,
  blobCorrupt,
  blobNotFound,
  byteRange,
  checkDigest,
  type StoredBlob,
} from './blob-store.ts'
import { gather, ownContent, piecesOf } from './content.ts'

/** Makes a blob store that keeps nothing beyond its own life, for stores in memory and for tests. */
export const memoryBlobStore = (): BlobStore => {
  const blobs = new Map<string, Uint8Array>()
  const bytesOf = (digest: string): Uint8Array => {
    const bytes = blobs.get(digest)
    if (bytes === undefined) throw blobNotFound(digest)
    return bytes
  }
  return {
    put: async (content, { signal, digest } = {}) => {
      const bytes = await gather(untilAborted(piecesOf(ownContent(content)), signal))
      const blob = describe(bytes)
      checkDigest(blob, digest)
      if (!blobs.has(blob.digest)) blobs.set(blob.digest, bytes)
      return blob
    },
    open: (digest, range) => {
      const { start, end } = byteRange(range)
      return slices(() => bytesOf(digest).subarray(start, Math.max(start, end)))
    },
    has: (digest) => Promise.resolve(blobs.has(digest)),
    size: (digest) => Promise.resolve(blobs.get(digest)?.length),
    verify: async (digest) => {
      const found = describe(bytesOf(digest))
      if (found.digest !== digest) throw blobCorrupt(digest, found)
      return found
    },
    remove: async (digest) => {
      blobs.delete(digest)
    },
    list: async function* () {
      for (const digest of [...blobs.keys()].sort()) {
        yield { digest, size: bytesOf(digest).length }
      }
    },
  }
}

const describe = (bytes: Uint8Array): StoredBlob => ({
  digest: `sha256:${sha256Hex(bytes)}`,
  size: bytes.length,
})

const sliceSize = 256 * 1024

/** Copies, so that what a reader does to its bytes never reaches the store. */
async function* slices(whole: () => Uint8Array): AsyncGenerator<Uint8Array, void> {
  const bytes = whole()
  for (let at = 0; at < bytes.length; at += sliceSize) yield bytes.slice(at, at + sliceSize)
}

/** Passes chunks on until the signal says stop. */
async function* untilAborted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  signal?.throwIfAborted()
  for await (const chunk of chunks) {
    signal?.throwIfAborted()
    yield chunk
  }
  signal?.throwIfAborted()
}

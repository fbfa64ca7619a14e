import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { answerOf, kept } from '../kernel/log/indexed-db.browser.ts'
import { atMost } from './at-most.ts'
import {
  type BlobRow,
  openBlobs,
  pieceSize,
  piecesOfId,
  reading,
  stores,
  writing,
} from './blob-database.browser.ts'
import {
  type BlobStore,
  blobCorrupt,
  blobNotFound,
  byteRange,
  checkDigest,
  digestHex,
  type PutOptions,
  type StoredBlob,
} from './blob-store.ts'
import { type ArtifactContent, ownContent, piecesOf } from './content.ts'
import { artifactError } from './errors.ts'

/** Contents that are read at a time, however many writes were left unawaited. */
const parallelPuts = 16

/** Blobs that are listed at a time. */
const listed = 1000

/**
 * Opens the blob store of a store in the browser: an IndexedDB database with the bytes in pieces.
 *
 * A blob is hashed while its pieces are written, and is there from the transaction that gives it its name.
 * Content that is there already is not kept twice. What a page that ended left half written is removed here.
 */
export const openBlobStore = async (store: string, _options?: unknown): Promise<BlobStore> => {
  const database = await writing(() => openBlobs(store))
  await removeLeftovers(database)
  const inTurn = atMost(parallelPuts)
  const rowOf = async (digest: string): Promise<BlobRow | undefined> => {
    const hex = digestHex(digest)
    if (hex === undefined) return undefined
    const blobs = () => database.transaction(stores.blobs).objectStore(stores.blobs)
    return await reading(async () => await answerOf<BlobRow | undefined>(blobs().get(hex)))
  }
  return {
    put: (content, options = {}) => {
      const own = ownContent(content)
      return inTurn(() => putBlob(database, own, options))
    },
    open: (digest, range) => {
      const bounds = byteRange(range)
      return readBlob({ database, digest, find: () => rowOf(digest) }, bounds)
    },
    has: async (digest) => (await rowOf(digest)) !== undefined,
    size: async (digest) => (await rowOf(digest))?.size,
    verify: async (digest) => {
      const whole = readBlob({ database, digest, find: () => rowOf(digest) }, byteRange())
      const found = await describe(whole)
      if (found.digest !== digest) throw blobCorrupt(digest, found)
      return found
    },
    remove: async (digest) => {
      const row = await rowOf(digest)
      if (row !== undefined) await removeBlob(database, digest, row)
    },
    list: () => listBlobs(database),
  }
}

/** Stores content under its digest. */
const putBlob = async (
  database: IDBDatabase,
  content: ArtifactContent,
  { signal, digest: stated }: PutOptions,
): Promise<StoredBlob> => {
  signal?.throwIfAborted()
  const id = crypto.randomUUID()
  const hash = sha256.create()
  let size = 0
  let pieces = 0
  try {
    for await (const piece of equalPieces(content)) {
      signal?.throwIfAborted()
      hash.update(piece)
      size += piece.length
      await writePiece(database, [id, pieces], piece)
      pieces += 1
    }
    signal?.throwIfAborted()
    const digest = `sha256:${bytesToHex(hash.digest())}`
    checkDigest({ digest, size }, stated)
    await settle(database, digest, { id, size })
    return { digest, size }
  } catch (error) {
    await discard(database, id).catch(() => undefined)
    throw error
  }
}

/** Content in pieces of one size, each a copy of its own. */
async function* equalPieces(content: ArtifactContent): AsyncGenerator<Uint8Array, void> {
  let piece = new Uint8Array(pieceSize)
  let used = 0
  for await (const part of piecesOf(content)) {
    for (let at = 0; at < part.length; ) {
      const taken = part.subarray(at, at + pieceSize - used)
      piece.set(taken, used)
      used += taken.length
      at += taken.length
      if (used < pieceSize) continue
      yield piece
      piece = new Uint8Array(pieceSize)
      used = 0
    }
  }
  if (used > 0) yield piece.slice(0, used)
}

type PieceKey = [id: string, at: number]

const writePiece = (database: IDBDatabase, key: PieceKey, bytes: Uint8Array): Promise<void> =>
  writing(async () => {
    const transaction = database.transaction([stores.pieces, stores.drafts], 'readwrite')
    const [id, at] = key
    if (at === 0) transaction.objectStore(stores.drafts).put(true, id)
    transaction.objectStore(stores.pieces).put(bytes, key)
    await kept(transaction)
  })

/** Gives what was written its name, or removes it when the same content is there already, whole. */
const settle = (database: IDBDatabase, digest: string, row: BlobRow): Promise<void> =>
  writing(async () => {
    const transaction = database.transaction(Object.values(stores), 'readwrite')
    const blobs = transaction.objectStore(stores.blobs)
    const pieces = transaction.objectStore(stores.pieces)
    const hex = digest.slice('sha256:'.length)
    const known = await answerOf<BlobRow | undefined>(blobs.get(hex))
    const isWhole =
      known !== undefined &&
      (await answerOf(pieces.count(piecesOfId(known.id)))) === Math.ceil(known.size / pieceSize)
    const removed = isWhole ? row : known
    if (removed !== undefined) pieces.delete(piecesOfId(removed.id))
    if (!isWhole) blobs.put(row, hex)
    transaction.objectStore(stores.drafts).delete(row.id)
    await kept(transaction)
  })

const removeBlob = (database: IDBDatabase, digest: string, row: BlobRow): Promise<void> =>
  writing(async () => {
    const transaction = database.transaction([stores.blobs, stores.pieces], 'readwrite')
    transaction.objectStore(stores.blobs).delete(digest.slice('sha256:'.length))
    transaction.objectStore(stores.pieces).delete(piecesOfId(row.id))
    await kept(transaction)
  })

const discard = async (database: IDBDatabase, id: string): Promise<void> => {
  const transaction = database.transaction([stores.pieces, stores.drafts], 'readwrite')
  transaction.objectStore(stores.pieces).delete(piecesOfId(id))
  transaction.objectStore(stores.drafts).delete(id)
  await kept(transaction)
}

/** The store is this page's alone: every draft that is there was left by a page that is gone. */
const removeLeftovers = (database: IDBDatabase): Promise<void> =>
  writing(async () => {
    const drafts = database.transaction(stores.drafts).objectStore(stores.drafts)
    for (const id of await answerOf(drafts.getAllKeys())) await discard(database, String(id))
  })

interface Wanted {
  readonly database: IDBDatabase
  readonly digest: string
  readonly find: () => Promise<BlobRow | undefined>
}

/** Looks for the blob at the first read, because that is when one that is not there is reported. */
async function* readBlob(
  { database, digest, find }: Wanted,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array, void> {
  const row = await find()
  if (row === undefined) throw blobNotFound(digest)
  const stop = Math.min(end, row.size)
  for (let at = start; at < stop; ) {
    const index = Math.floor(at / pieceSize)
    const from = index * pieceSize
    const piece = await pieceAt(database, [row.id, index])
    const bytes = piece?.subarray(at - from, stop - from)
    if (bytes === undefined || bytes.length === 0) throw pieceMissing(digest, at)
    yield bytes
    at += bytes.length
  }
}

const pieceAt = (database: IDBDatabase, key: PieceKey): Promise<Uint8Array | undefined> =>
  reading(async () => {
    const pieces = database.transaction(stores.pieces).objectStore(stores.pieces)
    return await answerOf<Uint8Array | undefined>(pieces.get(key))
  })

const pieceMissing = (digest: string, at: number): Error =>
  artifactError(
    'ARTIFACT_CORRUPT',
    `Of the artifact bytes stored as ${digest} those from ${at} on are gone. Log the artifact again.`,
    { data: { digest, at } },
  )

const describe = async (chunks: AsyncIterable<Uint8Array>): Promise<StoredBlob> => {
  const hash = sha256.create()
  let size = 0
  for await (const chunk of chunks) {
    hash.update(chunk)
    size += chunk.length
  }
  return { digest: `sha256:${bytesToHex(hash.digest())}`, size }
}

async function* listBlobs(database: IDBDatabase): AsyncGenerator<StoredBlob, void> {
  for (let after = ''; ; ) {
    const range = IDBKeyRange.lowerBound(after, true)
    const { keys, rows } = await reading(async () => {
      const blobs = database.transaction(stores.blobs).objectStore(stores.blobs)
      const [found, values] = await Promise.all([
        answerOf(blobs.getAllKeys(range, listed)),
        answerOf<BlobRow[]>(blobs.getAll(range, listed)),
      ])
      return { keys: found.map(String), rows: values }
    })
    for (const [at, { size }] of rows.entries()) yield { digest: `sha256:${keys[at]}`, size }
    const last = keys.at(-1)
    if (last === undefined) return
    after = last
  }
}

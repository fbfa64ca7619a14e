import { openIndexed } from '../kernel/log/indexed-db.browser.ts'
import { failureOf } from './blob-store.ts'
import { artifactError } from './errors.ts'

/** The stores of a database of blobs. */
export const stores = {
  /** A whole blob, by the 64 hex digits of its digest. */
  blobs: 'blobs',
  /** Bytes, by the id of what they are a piece of and their place in it. */
  pieces: 'pieces',
  /** What is being written, by its id: a page that dies leaves it to the next one. */
  drafts: 'drafts',
} as const

/** What is known of a whole blob. */
export interface BlobRow {
  readonly id: string
  readonly size: number
}

/** Every piece but the last of a blob has this size. */
export const pieceSize = 256 * 1024

/** Every piece of one blob. */
export const piecesOfId = (id: string): IDBKeyRange =>
  IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER])

/** Opens, or makes, the database. Who deletes it is not kept waiting by those who have it open. */
export const openBlobs = async (store: string): Promise<IDBDatabase> => {
  const database = await openIndexed(`${store}/blobs`, Object.values(stores))
  database.onversionchange = () => database.close()
  return database
}

/** Runs calls that write; their failure becomes `ARTIFACT_WRITE_FAILED`. */
export const writing = async <T>(calls: () => Promise<T>): Promise<T> => {
  try {
    return await calls()
  } catch (cause) {
    const { why } = failureOf(cause)
    const message = `Artifact bytes could not be written to the browser's storage (${why}), and nothing of them is kept. See to the space that this origin has, then log the artifact again.`
    throw artifactError('ARTIFACT_WRITE_FAILED', message, { data: { why }, cause })
  }
}

/** Runs calls that read; their failure becomes `ARTIFACT_READ_FAILED`. */
export const reading = async <T>(calls: () => Promise<T>): Promise<T> => {
  try {
    return await calls()
  } catch (cause) {
    const { why } = failureOf(cause)
    const message = `Artifact bytes could not be read from the browser's storage (${why}). Open the store again, then read again.`
    throw artifactError('ARTIFACT_READ_FAILED', message, { data: { why }, cause })
  }
}

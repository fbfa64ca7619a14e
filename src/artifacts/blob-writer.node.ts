import { createHash, hash } from 'node:crypto'
import { chmod, type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type BlobFiles, fileSize, syncFolder, writing } from './blob-files.node.ts'
import { checkDigest, type PutOptions, type StoredBlob } from './blob-store.ts'
import { type ArtifactContent, bytesInHand, piecesOf } from './content.ts'

/** Content in memory up to this size is hashed before anything is written. */
const hashFirst = 1024 * 1024

/** Stores content under its digest; what is there already is not written again. */
export const putBlob = async (
  files: BlobFiles,
  content: ArtifactContent,
  options: PutOptions,
): Promise<StoredBlob> => {
  options.signal?.throwIfAborted()
  const whole = bytesInHand(content)
  if (whole !== undefined && whole.length <= hashFirst) {
    const blob = { digest: `sha256:${hash('sha256', whole, 'hex')}`, size: whole.length }
    checkDigest(blob, options.digest)
    if (await writing(files, () => isStored(files, blob))) return blob
  }
  return writeBlob(files, whole ?? content, options)
}

/** Removes the file of a blob, if there is one. */
export const removeBlob = (files: BlobFiles, hex: string): Promise<void> =>
  writing(files, async () => {
    const path = files.pathOf(hex)
    if ((await fileSize(path)) === undefined) return
    // Windows does not remove a file that is read-only.
    await chmod(path, 0o600)
    await rm(path, { force: true })
    if (files.isDurable) await syncFolder(dirname(path))
  })

const writeBlob = async (
  files: BlobFiles,
  content: ArtifactContent,
  { signal, digest }: PutOptions,
): Promise<StoredBlob> => {
  const draft = await openDraft(files)
  try {
    const blob = await fill(draft, content, signal)
    checkDigest(blob, digest)
    await draft.disk(() => settle(files, draft.path, blob))
    return blob
  } finally {
    await rm(draft.path, { force: true }).catch(() => undefined)
  }
}

/** A file that is being written. */
interface Draft {
  readonly file: FileHandle
  readonly path: string
  readonly isDurable: boolean
  readonly disk: <T>(call: () => Promise<T>) => Promise<T>
}

const openDraft = async (files: BlobFiles): Promise<Draft> => {
  const path = files.temporary()
  const disk = <T>(call: () => Promise<T>): Promise<T> => writing(files, call)
  const file = await disk(async () => {
    await files.makeRoomFor(path)
    return open(path, 'wx', 0o600)
  })
  return { file, path, isDurable: files.isDurable, disk }
}

/** Writes and hashes piece by piece, then closes the file. */
const fill = async (
  { file, isDurable, disk }: Draft,
  content: ArtifactContent,
  signal: AbortSignal | undefined,
): Promise<StoredBlob> => {
  const digest = createHash('sha256')
  let size = 0
  try {
    for await (const piece of piecesOf(content)) {
      signal?.throwIfAborted()
      // A copy, so that digest and file agree even if the caller changes its buffer between the two.
      const own = piece.slice()
      const written = disk(() => writeAll(file, own))
      digest.update(own)
      size += own.length
      await written
    }
    signal?.throwIfAborted()
    await disk(() => file.chmod(0o444))
    if (isDurable) await disk(() => file.sync())
  } finally {
    await disk(() => file.close())
  }
  return { digest: `sha256:${digest.digest('hex')}`, size }
}

const writeAll = async (file: FileHandle, bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at)
    at += bytesWritten
  }
}

/** Moves a whole draft to its name, unless the blob is there already. */
const settle = async (files: BlobFiles, draft: string, blob: StoredBlob): Promise<void> => {
  if (await isStored(files, blob)) return
  const path = pathOf(files, blob)
  await files.makeRoomFor(path)
  try {
    await rename(draft, path)
  } catch (error) {
    // Windows refuses to replace a read-only file: another put of the same content was first.
    if ((await fileSize(path)) !== blob.size) throw error
  }
  if (files.isDurable) await syncFolder(dirname(path))
}

/**
 * Whether a blob is there, and its name as durable as the store promises: the put that moved it there may
 * still be waiting for the disk. A file of another size was damaged, and is replaced.
 */
const isStored = async (files: BlobFiles, blob: StoredBlob): Promise<boolean> => {
  const path = pathOf(files, blob)
  if ((await fileSize(path)) !== blob.size) return false
  await files.makeRoomFor(path)
  if (files.isDurable) await syncFolder(dirname(path))
  return true
}

const pathOf = (files: BlobFiles, { digest }: StoredBlob): string =>
  files.pathOf(digest.slice('sha256:'.length))

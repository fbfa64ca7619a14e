import { codeOf, type DomainError, kernelError } from '../kernel/errors.ts'
import type { ArtifactContent } from './content.ts'
import { artifactError } from './errors.ts'

/** What a blob is known by: its digest is its only name. */
export interface StoredBlob {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string
  /** Bytes. */
  readonly size: number
}

/** Part of a blob, as `slice` counts: from `start` up to but not including `end`, within what is there. */
export interface ByteRange {
  readonly start?: number
  readonly end?: number
}

export interface PutOptions {
  /** Aborts the put; nothing of it is kept. */
  readonly signal?: AbortSignal
  /** The digest that the content must have; of any other, nothing is kept. */
  readonly digest?: string
}

/** Bytes kept under their own digest: the same content, stored a thousand times, is there once. */
export interface BlobStore {
  /**
   * Stores content, taking one piece of it at a time. Content in memory of at most 1 MiB is taken as it is
   * at the call; larger buffers must not change until this resolves.
   *
   * Resolves when the blob is as durable as the store promises; until then it is not there at all. Content
   * that fails midway rejects with its own error and leaves nothing behind.
   *
   * @throws `INVALID_VALUE` for content of no known kind or of another digest than stated, `ARTIFACT_WRITE_FAILED` when the storage refuses.
   */
  put(content: ArtifactContent, options?: PutOptions): Promise<StoredBlob>
  /**
   * Reads a blob, or a range of it, piece by piece, never further than the consumer asks.
   *
   * Bytes are given as they are found; `verify` proves them.
   *
   * @throws `ARTIFACT_NOT_FOUND`, `ARTIFACT_READ_FAILED`, on the first read; `TypeError` at once for a range
   * that is not of whole numbers from 0.
   */
  open(digest: string, range?: ByteRange): AsyncIterable<Uint8Array>
  has(digest: string): Promise<boolean>
  /** Bytes, or `undefined` for a blob that is not there. */
  size(digest: string): Promise<number | undefined>
  /**
   * Reads the whole blob and compares its digest.
   *
   * @throws `ARTIFACT_CORRUPT`, `ARTIFACT_NOT_FOUND`, `ARTIFACT_READ_FAILED`
   */
  verify(digest: string): Promise<StoredBlob>
  /**
   * Removes a blob; one that is not there is passed over. Resolves when it is gone as durably as the store promises.
   *
   * @throws `ARTIFACT_WRITE_FAILED` when the storage refuses.
   */
  remove(digest: string): Promise<void>
  /** Every blob, in the order of digests. */
  list(): AsyncIterable<StoredBlob>
}

const digestPattern = /^sha256:[0-9a-f]{64}$/

/** Gives the 64 hex digits of a digest, or `undefined` for any other text. */
export const digestHex = (digest: string): string | undefined =>
  digestPattern.test(digest) ? digest.slice('sha256:'.length) : undefined

/** Gives the range in whole bytes, `end` infinite when open. */
export const byteRange = ({ start = 0, end }: ByteRange = {}): { start: number; end: number } => {
  for (const bound of [start, end ?? 0]) {
    if (!Number.isSafeInteger(bound) || bound < 0) {
      throw new TypeError(`A byte range counts in whole numbers from 0; ${bound} is none.`)
    }
  }
  return { start, end: end ?? Number.POSITIVE_INFINITY }
}

/** @throws `INVALID_VALUE` where content is not what it was said to be. */
export const checkDigest = (found: StoredBlob, stated: string | undefined): void => {
  if (stated === undefined || stated === found.digest) return
  throw kernelError(
    'INVALID_VALUE',
    `The content has the digest ${found.digest}, not ${stated} as was stated: it was changed on its way. Nothing was stored; send it again.`,
    { data: { path: 'content', digest: found.digest, stated } },
  )
}

export const blobNotFound = (digest: string): DomainError => {
  const hint =
    digestHex(digest) === undefined
      ? 'A digest is "sha256:" and 64 hex digits in lower case.'
      : 'Its file was removed, or it was stored elsewhere; copy it back from a backup.'
  const message = `No artifact bytes with the digest ${digest} are in this store. ${hint}`
  return artifactError('ARTIFACT_NOT_FOUND', message, { data: { digest } })
}

export const blobCorrupt = (expected: string, found: StoredBlob): DomainError =>
  artifactError(
    'ARTIFACT_CORRUPT',
    `The artifact bytes stored as ${expected} have the digest ${found.digest}: they were changed. Copy them back from a backup, or log the artifact again.`,
    { data: { digest: expected, found: found.digest, size: found.size } },
  )

/** The words and facts of a failed system call, for messages. */
export const failureOf = (cause: unknown): { why: string; code: string | undefined } => ({
  why: cause instanceof Error ? cause.message : String(cause),
  code: codeOf(cause),
})

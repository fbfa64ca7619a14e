import { sha256 } from '#platform'
import { type DomainError, kernelError } from '../kernel/errors.ts'
import { emptyHead, type Head } from '../kernel/log/commit.ts'
import { joined } from './bytes.ts'
import { encodeBlob, encodeEnd, encodeFrame, frameKind, magic } from './frames.ts'
import { collectDigests, commitsOf, type KeepingOptions, type LogSource } from './log-source.ts'

export interface ArchiveOptions extends KeepingOptions {
  /** `false` leaves the artifacts' bytes out. */
  readonly artifacts?: boolean
}

/** Frames are given out in chunks of about this many bytes. */
const chunkBytes = 256 * 1024

const utf8 = new TextEncoder()

/**
 * A store as one stream of bytes: its settings, each commit exactly as it stands in the log, the artifacts that
 * they refer to, and an end that says what there was.
 *
 * @throws `LOG_CORRUPT` with the position, `LOG_CLOSED`, `ARTIFACT_NOT_FOUND`, `ARTIFACT_CORRUPT`
 */
export async function* archiveOf(
  source: LogSource,
  { artifacts = true, ...options }: ArchiveOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const { format, id, durability, createdAt } = source.settings
  const settings = utf8.encode(JSON.stringify({ format, id, durability, createdAt }))
  yield joined([magic, encodeFrame({ kind: frameKind.settings, content: settings })])
  const digests = new Set<string>()
  let head = emptyHead
  let waiting: Uint8Array[] = []
  let bytes = 0
  for await (const { stored, after } of commitsOf(source, options)) {
    if (artifacts) collectDigests(stored, digests)
    head = after
    waiting.push(encodeFrame({ kind: frameKind.commit, content: stored.bytes }))
    bytes += stored.bytes.length
    if (bytes < chunkBytes) continue
    yield joined(waiting)
    waiting = []
    bytes = 0
  }
  if (waiting.length > 0) yield joined(waiting)
  for (const digest of digests) yield* blobOf(source, digest, options)
  yield endOf(head, digests.size, settings)
}

async function* blobOf(
  { blobs, check }: LogSource,
  digest: string,
  { signal }: KeepingOptions,
): AsyncGenerator<Uint8Array, void> {
  check()
  const { size } = await blobs.verify(digest)
  yield encodeFrame({ kind: frameKind.blob, content: encodeBlob({ digest, size }) })
  for await (const chunk of blobs.open(digest)) {
    check()
    signal?.throwIfAborted()
    yield chunk
  }
}

const endOf = ({ next, commits, hash }: Head, blobs: number, settings: Uint8Array): Uint8Array =>
  encodeFrame({
    kind: frameKind.end,
    content: encodeEnd({ events: next, commits, blobs, head: hash, settings: sha256(settings) }),
  })

/** What is wrong with an archive, or an export, and where. */
export const damaged = (position: number, why: string, cause?: unknown): DomainError =>
  kernelError(
    'LOG_CORRUPT',
    `What is imported is damaged at position ${position}: ${why}. Nothing of it is kept; make or fetch it again.`,
    { data: { position, why }, ...(cause === undefined ? {} : { cause }) },
  )

import { artifactError, type BlobStore, type FoundArtifact } from '../../../artifacts/index.ts'
import { rangeOf } from './byte-range.ts'
import { contentTypeOf, dispositionOf } from './content-type.ts'

/** Gives bytes only as fast as they are taken. */
const streamOf = (chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> => {
  const reading = chunks[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await reading.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => {
        await reading.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** A page of somebody's is saved, not shown; where a browser shows it after all, it may run nothing. */
const headersOf = ({ path, digest }: FoundArtifact): Record<string, string> => ({
  'content-type': contentTypeOf(nameOf(path)),
  'content-disposition': dispositionOf(nameOf(path)),
  'content-security-policy': 'sandbox',
  'x-content-type-options': 'nosniff',
  'accept-ranges': 'bytes',
  'cache-control': 'no-cache',
  etag: `"${digest}"`,
})

/** @throws `ARTIFACT_READ_FAILED` where the bytes are not there any more: then no answer has begun. */
const checkStored = async (blobs: BlobStore, { digest, size }: FoundArtifact): Promise<void> => {
  const stored = await blobs.size(digest)
  if (stored === size) return
  throw artifactError(
    'ARTIFACT_READ_FAILED',
    `The bytes of ${digest} are ${stored === undefined ? 'not in the store' : `${stored}, not ${size}`}. Copy them back from a backup.`,
    { data: { digest, size, stored: stored ?? null } },
  )
}

const isKnown = (header: string | null, etag: string): boolean =>
  header?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*') ??
  false

/** Answers with a file, or the part of it that is asked for. @throws `ARTIFACT_READ_FAILED` */
export const download = async (
  blobs: BlobStore,
  request: Request,
  file: FoundArtifact,
): Promise<Response> => {
  const headers = headersOf(file)
  const etag = `"${file.digest}"`
  if (isKnown(request.headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers: { etag, 'cache-control': 'no-cache' } })
  }
  await checkStored(blobs, file)
  const condition = request.headers.get('if-range')
  const asked = condition === null || condition === etag ? request.headers.get('range') : null
  const range = rangeOf(asked, file.size)
  if (range === 'none') {
    const none = { ...headers, 'content-range': `bytes */${file.size}` }
    return new Response(null, { status: 416, headers: none })
  }
  const { start, end } = range === 'whole' ? { start: 0, end: file.size } : range
  const partial =
    range === 'whole' ? {} : { 'content-range': `bytes ${start}-${end - 1}/${file.size}` }
  const body = request.method === 'HEAD' ? null : streamOf(blobs.open(file.digest, { start, end }))
  return new Response(body, {
    status: range === 'whole' ? 200 : 206,
    headers: { ...headers, ...partial, 'content-length': String(end - start) },
  })
}

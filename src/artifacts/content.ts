import { kernelError } from '../kernel/errors.ts'

/**
 * What may be stored as an artifact. Text is stored as UTF-8 (half a surrogate pair becomes U+FFFD), any
 * view of a buffer as its bytes. Streams are read once, one piece at a time; Node's readable streams and
 * the body of a fetch response are among them.
 */
export type ArtifactContent =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>

/** Small chunks of a stream are gathered up to the one size, great ones cut to the other. */
const gatherSize = 64 * 1024
const greatestPiece = 1024 * 1024

const kinds = 'a string, bytes, a Blob, a ReadableStream or an async iterable of bytes'

/** Gives content that is in memory already as bytes, without a copy; `undefined` for streams. */
export const bytesInHand = (content: ArtifactContent): Uint8Array | undefined => {
  if (typeof content === 'string') return new TextEncoder().encode(content)
  if (content instanceof Uint8Array) return content
  if (ArrayBuffer.isView(content)) {
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
  }
  return content instanceof ArrayBuffer ? new Uint8Array(content) : undefined
}

/**
 * Gives small content in memory as a copy: a caller that does not wait may use its buffer again. Anything
 * else is given as it is.
 */
export const ownContent = (content: ArtifactContent): ArtifactContent => {
  const bytes = typeof content === 'string' ? undefined : bytesInHand(content)
  return bytes !== undefined && bytes.length <= greatestPiece ? bytes.slice() : content
}

/**
 * Gives content in pieces of bounded size: large ones are cut without a copy, small ones gathered. A piece
 * is the consumer's only until it asks for the next.
 *
 * @throws `INVALID_VALUE` for content, or a chunk of it, of no known kind.
 */
export async function* piecesOf(content: ArtifactContent): AsyncGenerator<Uint8Array, void> {
  const whole = bytesInHand(content)
  if (whole !== undefined) {
    yield* cut(whole)
    return
  }
  const gathered = new Uint8Array(gatherSize)
  let used = 0
  for await (const chunk of chunksOf(content)) {
    if (used > 0 && used + chunk.length > gatherSize) {
      yield gathered.subarray(0, used)
      used = 0
    }
    if (chunk.length >= gatherSize) yield* cut(chunk)
    else {
      gathered.set(chunk, used)
      used += chunk.length
    }
  }
  if (used > 0) yield gathered.subarray(0, used)
}

function* cut(chunk: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < chunk.length; at += greatestPiece) {
    yield chunk.subarray(at, at + greatestPiece)
  }
}

async function* chunksOf(content: ArtifactContent): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of streamOf(content)) {
    const bytes =
      typeof chunk === 'string' || ArrayBuffer.isView(chunk) ? bytesInHand(chunk) : undefined
    if (bytes === undefined) throw invalidContent(`a chunk that is ${typeof chunk}`)
    yield bytes
  }
}

const streamOf = (content: unknown): AsyncIterable<unknown> => {
  if (content instanceof Blob) return streamChunks(content.stream())
  if (isAsyncIterable(content)) return content
  if (content instanceof ReadableStream) return streamChunks(content)
  throw invalidContent(content === null ? 'null' : `of type ${typeof content}`)
}

const invalidContent = (found: string): Error =>
  kernelError(
    'INVALID_VALUE',
    `The content of an artifact is ${found}; it must be ${kinds}. Nothing was stored.`,
    { data: { path: 'content', found } },
  )

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  Symbol.asyncIterator in value &&
  typeof value[Symbol.asyncIterator] === 'function'

/** Not every browser lets `for await` read a stream. Stopping early cancels it. */
async function* streamChunks(stream: ReadableStream<unknown>): AsyncGenerator<unknown, void> {
  const reader = stream.getReader()
  let isDone = false
  try {
    while (!isDone) {
      const { done, value } = await reader.read()
      isDone = done
      if (!done) yield value
    }
  } finally {
    if (!isDone) await reader.cancel().catch(() => undefined)
    reader.releaseLock()
  }
}

/** Gathers a read into one piece of memory: for content known to be small. */
export const gather = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    parts.push(chunk.slice())
    size += chunk.length
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

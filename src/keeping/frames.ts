import { bytesOfHex, hexOf, joined } from './bytes.ts'

/** Begins every archive. A transfer that changes line ends or the eighth bit changes it. */
export const magic = Uint8Array.of(0x89, 0x56, 0x52, 0x56, 0x45, 0x0d, 0x0a, 0x1a, 0x0a, 0x01)

/** What stands in a frame; its last is always `end`. */
export const frameKind = { settings: 1, commit: 2, blob: 3, end: 4 } as const

/** One frame: a byte for its kind, its length (u32, big-endian), its content. */
export interface Frame {
  readonly kind: number
  readonly content: Uint8Array
}

const frameHead = 5

export const encodeFrame = ({ kind, content }: Frame): Uint8Array => {
  const bytes = new Uint8Array(frameHead + content.length)
  bytes[0] = kind
  new DataView(bytes.buffer).setUint32(1, content.length)
  bytes.set(content, frameHead)
  return bytes
}

/** More than any frame has: a length beyond it is damage, and not worth the memory. */
const greatestFrame = 256 * 1024 * 1024

/** Reads frames, and the bytes between them, from chunks of any size. */
export class FrameReader {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)

  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#chunks =
      Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  }

  /** Exactly so many bytes, memory of their own; `undefined` when the source ends before. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = []
    for await (const part of this.pieces(length)) parts.push(part)
    const bytes = joined(parts)
    return bytes.length === length ? bytes : undefined
  }

  /** At most so many bytes, piece by piece: fewer when the source ends before. */
  async *pieces(length: number): AsyncGenerator<Uint8Array, void> {
    let left = length
    while (left > 0 && (await this.#fill())) {
      const part = this.#rest.slice(0, left)
      this.#rest = this.#rest.subarray(part.length)
      left -= part.length
      yield part
    }
  }

  /** The next frame; `undefined` when it is cut short or cannot be one. */
  async frame(): Promise<Frame | undefined> {
    const head = await this.take(frameHead)
    if (head === undefined) return undefined
    const length = new DataView(head.buffer, head.byteOffset).getUint32(1)
    if (length > greatestFrame) return undefined
    const content = await this.take(length)
    return content === undefined ? undefined : { kind: head[0] ?? 0, content }
  }

  /** Whether nothing follows. */
  async ended(): Promise<boolean> {
    return !(await this.#fill())
  }

  /** Lets the source go. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next()
      if (next.done === true) return false
      this.#rest = next.value
    }
    return true
  }
}

const digestBytes = 32

/** What is said of a blob before its bytes. */
export interface BlobFrame {
  readonly digest: string
  readonly size: number
}

const digestPrefix = 'sha256:'

/** Content of a blob's frame: its digest and its size (u64, big-endian); the bytes follow the frame. */
export const encodeBlob = ({ digest, size }: BlobFrame): Uint8Array => {
  const bytes = new Uint8Array(digestBytes + 8)
  bytes.set(bytesOfHex(digest.slice(digestPrefix.length)))
  new DataView(bytes.buffer).setBigUint64(digestBytes, BigInt(size))
  return bytes
}

export const decodeBlob = (content: Uint8Array): BlobFrame | undefined => {
  if (content.length !== digestBytes + 8) return undefined
  const size = new DataView(content.buffer, content.byteOffset).getBigUint64(digestBytes)
  return {
    digest: digestPrefix + hexOf(content.subarray(0, digestBytes)),
    size: Number(size),
  }
}

/** Closes an archive: what it must have held. */
export interface EndFrame {
  readonly events: number
  readonly commits: number
  readonly blobs: number
  /** Hash of the newest commit. */
  readonly head: Uint8Array
  /** SHA-256 of the settings' frame, which no commit covers. */
  readonly settings: Uint8Array
}

/** Content of the last frame: three counts (u64, big-endian), two hashes. Nothing may follow. */
export const encodeEnd = ({ events, commits, blobs, head, settings }: EndFrame): Uint8Array => {
  const bytes = new Uint8Array(24 + 2 * digestBytes)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(events))
  view.setBigUint64(8, BigInt(commits))
  view.setBigUint64(16, BigInt(blobs))
  bytes.set(head, 24)
  bytes.set(settings, 24 + digestBytes)
  return bytes
}

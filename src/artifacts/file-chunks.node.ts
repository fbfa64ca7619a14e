import { type FileHandle, open } from 'node:fs/promises'

const chunkSize = 256 * 1024

/** A part of a file: up to but not including `end`, which may be infinite. */
export interface FileRange {
  readonly start: number
  readonly end: number
}

const wholeFile: FileRange = { start: 0, end: Number.POSITIVE_INFINITY }

/**
 * Reads a file chunk by chunk, as far as the consumer asks. The file is open from the first read until the
 * last, or until the consumer stops. Each chunk is memory of its own.
 */
export async function* fileChunks(
  path: string,
  { start, end }: FileRange = wholeFile,
): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, 'r')
  try {
    let at = start
    while (at < end) {
      const chunk = await readAt(file, at, Math.min(chunkSize, end - at))
      if (chunk.length === 0) return
      at += chunk.length
      yield chunk
    }
  } finally {
    await file.close()
  }
}

const readAt = async (file: FileHandle, at: number, length: number): Promise<Uint8Array> => {
  const buffer = new Uint8Array(length)
  const { bytesRead } = await file.read(buffer, 0, length, at)
  return buffer.subarray(0, bytesRead)
}

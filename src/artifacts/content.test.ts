import { describe, expect, it } from 'vitest'
import { type ArtifactContent, gather, piecesOf } from './content.ts'

const sizesOf = async (content: ArtifactContent): Promise<number[]> => {
  const sizes: number[] = []
  for await (const piece of piecesOf(content)) sizes.push(piece.length)
  return sizes
}

async function* chunks(...sizes: number[]): AsyncGenerator<Uint8Array, void> {
  for (const size of sizes) yield new Uint8Array(size)
}

const kib = 1024

describe('the pieces of content', () => {
  it('are cut from large chunks', async () => {
    expect(await sizesOf(new Uint8Array(2500 * kib))).toEqual([1024 * kib, 1024 * kib, 452 * kib])
    expect(await sizesOf(chunks(1500 * kib))).toEqual([1024 * kib, 476 * kib])
  })

  it('are gathered from small chunks, in order with large ones', async () => {
    expect(await sizesOf(chunks(...Array.from({ length: 200 }, () => kib)))).toEqual([
      64 * kib,
      64 * kib,
      64 * kib,
      8 * kib,
    ])
    expect(await sizesOf(chunks(10, 100 * kib, 0, 5))).toEqual([10, 100 * kib, 5])
    expect(await sizesOf(chunks(0, 0))).toEqual([])
  })

  it('cancel a stream that is not read to its end', async () => {
    let reason: unknown = 'none'
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(100 * kib)),
      cancel: (why) => {
        reason = why
      },
    })
    for await (const piece of piecesOf(stream)) {
      expect(piece.length).toBe(100 * kib)
      break
    }
    expect(reason).toBeUndefined()
  })

  it('pass on the error of a stream', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error('the network broke')),
    })
    await expect(gather(piecesOf(stream))).rejects.toThrow('the network broke')
  })
})

/** The body of a request was larger than the server takes. */
export class BodyTooLarge extends Error {
  readonly limit: number

  constructor(limit: number) {
    super(`The body of the request is larger than ${limit} bytes.`)
    this.name = 'BodyTooLarge'
    this.limit = limit
  }
}

const joined = (chunks: readonly Uint8Array[], size: number): Uint8Array => {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/**
 * The whole body of a request, never more of it in memory than the limit.
 *
 * @throws BodyTooLarge
 */
export const readBody = async (request: Request, limit: number): Promise<Uint8Array> => {
  const stated = Number(request.headers.get('content-length') ?? 0)
  if (stated > limit) throw new BodyTooLarge(limit)
  if (request.body === null) return new Uint8Array(0)
  // A stated length holds: a server refuses a body of another.
  if (stated > 0) return new Uint8Array(await request.arrayBuffer())
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return joined(chunks, size)
    size += value.length
    if (size > limit) {
      await reader.cancel()
      throw new BodyTooLarge(limit)
    }
    chunks.push(value)
  }
}

/** An unsigned 32-bit number, little-endian; what is beyond the end counts as zeros. */
export const u32At = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)) >>>
  0

/** Reads numbers and pieces out of bytes that may be damaged: what is not there is `undefined`. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  get at(): number {
    return this.#at
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number | undefined {
    return this.#bytes[this.#at++]
  }

  /** Seven bits a byte, the low ones first. Numbers above 2^53 are damage. */
  varint(): number | undefined {
    let value = 0
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.byte()
      if (byte === undefined) return undefined
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    return undefined
  }

  /** The next bytes, sharing memory. */
  take(length: number): Uint8Array | undefined {
    const end = this.#at + length
    if (end > this.#bytes.length) return undefined
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  /** A length, and as many bytes. */
  piece(): Uint8Array | undefined {
    const length = this.varint()
    return length === undefined ? undefined : this.take(length)
  }
}

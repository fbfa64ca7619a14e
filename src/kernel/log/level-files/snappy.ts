import { ByteReader } from './bytes.ts'

/** No block of a table is as large as this. */
const greatest = 64 * 1024 * 1024

/** Where the text was that comes again, and how much of it. */
interface Copy {
  readonly offset: number
  readonly length: number
}

const littleEndian = (bytes: Uint8Array): number =>
  bytes.reduceRight((sum, byte) => sum * 256 + byte, 0)

const lengthOfLiteral = (tag: number, reader: ByteReader): number | undefined => {
  const short = tag >>> 2
  if (short < 60) return short + 1
  const bytes = reader.take(short - 59)
  return bytes === undefined ? undefined : littleEndian(bytes) + 1
}

const copyOf = (tag: number, reader: ByteReader): Copy | undefined => {
  const kind = tag & 3
  const bytes = reader.take(kind === 3 ? 4 : kind)
  if (bytes === undefined) return undefined
  const number = littleEndian(bytes)
  if (kind === 1) return { length: 4 + ((tag >>> 2) & 7), offset: ((tag >>> 5) << 8) | number }
  return { length: 1 + (tag >>> 2), offset: number }
}

/** What was decompressed so far, and the place for the rest. */
class Output {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(length: number) {
    this.#bytes = new Uint8Array(length)
  }

  get full(): boolean {
    return this.#at === this.#bytes.length
  }

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  /** False for a literal that is cut short or does not fit. */
  literal(bytes: Uint8Array | undefined): boolean {
    if (bytes === undefined || bytes.length > this.#bytes.length - this.#at) return false
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
    return true
  }

  repeat(copy: Copy | undefined): boolean {
    if (copy === undefined || copy.offset === 0 || copy.offset > this.#at) return false
    const end = Math.min(this.#bytes.length, this.#at + copy.length)
    // One by one, because a copy may read what it has just written.
    for (; this.#at < end; this.#at++) {
      this.#bytes[this.#at] = this.#bytes[this.#at - copy.offset] ?? 0
    }
    return true
  }
}

/** What Snappy compressed, as far as it can be read: what follows damage is left out. */
export const unsnappy = (bytes: Uint8Array): Uint8Array => {
  const reader = new ByteReader(bytes)
  const length = reader.varint() ?? 0
  const output = new Output(length > greatest ? 0 : length)
  while (!output.full) {
    const tag = reader.byte()
    if (tag === undefined) break
    const written =
      (tag & 3) === 0
        ? output.literal(reader.take(lengthOfLiteral(tag, reader) ?? Number.POSITIVE_INFINITY))
        : output.repeat(copyOf(tag, reader))
    if (!written) break
  }
  return output.written
}

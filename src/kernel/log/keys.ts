/** One-byte prefixes of the one database; everything but the log and the settings is derived from the log. */
export const prefix = {
  log: 0x01,
  setting: 0x02,
  idempotency: 0x03,
  streamIndex: 0x04,
  projection: 0x05,
  subscription: 0x06,
  /** Metric points in blocks; the position of each lies in the log. */
  series: 0x07,
} as const

const encoder = new TextEncoder()

/** A prefix byte and then a text. */
export const textKey = (head: number, text: string): Uint8Array => {
  const tail = encoder.encode(text)
  const key = new Uint8Array(1 + tail.length)
  key[0] = head
  key.set(tail, 1)
  return key
}

/** A prefix byte, bytes, and then a number (u64, big-endian), so that keys sort by the number. */
export const numberKey = (head: number, middle: Uint8Array, number: number): Uint8Array => {
  const key = new Uint8Array(1 + middle.length + 8)
  key[0] = head
  key.set(middle, 1)
  // By hand: asking so small an array for its buffer costs more than the whole key.
  let rest = number
  for (let at = key.length - 1; at > middle.length; at--) {
    key[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return key
}

const nothing = new Uint8Array(0)

/** The key of the commit whose first event has the position. */
export const logKey = (first: number): Uint8Array => numberKey(prefix.log, nothing, first)

/** The position in a log key. */
export const positionOf = (key: Uint8Array): number =>
  Number(new DataView(key.buffer, key.byteOffset, key.byteLength).getBigUint64(1))

/** The first key after every key that starts with the prefix. */
export const keyAfter = (start: Uint8Array): Uint8Array => {
  const end = start.slice()
  for (let at = end.length - 1; at >= 0; at--) {
    const byte = end[at] ?? 0
    if (byte < 0xff) {
      end[at] = byte + 1
      return end.subarray(0, at + 1)
    }
  }
  throw new RangeError('Every prefix starts with a byte below 0xff.')
}

import { base64Of, bytesOfBase64 } from './bytes.ts'

/**
 * Event data as JSON that gives back every bit. What JSON has no word for is an object with one key, which
 * begins with `$`:
 *
 * - `{ "$num": "NaN" }`, `"Infinity"`, `"-Infinity"`, `"-0"`; `{ "$int": "9007199254740993" }` for bigints
 * - `{ "$f64": [0.5, 1] }`, `{ "$u32": [1, 2] }`: columns. Doubles that JSON cannot write are base64, little-endian
 * - `{ "$bytes": "AAEC" }`: base64
 *
 * An object of the user's own with one key that begins with `$` has one `$` more.
 */
export const jsonOf = (value: unknown): unknown => {
  if (typeof value === 'number') return isPlain(value) ? value : { $num: nameOf(value) }
  if (typeof value === 'bigint') return { $int: String(value) }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(jsonOf)
  if (value instanceof Float64Array) return { $f64: doublesOf(value) }
  if (value instanceof Uint32Array) return { $u32: Array.from(value) }
  if (value instanceof Uint8Array) return { $bytes: base64Of(value) }
  return jsonOfObject(value)
}

const jsonOfObject = (value: object): unknown => {
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  const tagged = entries.length === 1 && entries[0]?.[0].startsWith('$') === true
  return Object.fromEntries(
    entries.map(([key, inner]) => [tagged ? `$${key}` : key, jsonOf(inner)]),
  )
}

const isPlain = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0)

const nameOf = (value: number): string => (value === 0 ? '-0' : String(value))

const doublesOf = (values: Float64Array): string | number[] => {
  if (values.every(isPlain)) return Array.from(values)
  const bytes = new Uint8Array(values.length * 8)
  const from = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  bytes.set(from)
  return base64Of(littleEndian(bytes))
}

const isLittleEndianHost = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Between this machine's order of bytes and little-endian, in place. */
const littleEndian = (bytes: Uint8Array): Uint8Array => {
  if (isLittleEndianHost) return bytes
  for (let at = 0; at < bytes.length; at += 8) bytes.subarray(at, at + 8).reverse()
  return bytes
}

/** Deeper than event data ever is. */
const maxDepth = 64

/** The data that `jsonOf` was given. @throws `TypeError` for what it does not give */
export const dataOfJson = (value: unknown, depth = 0): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) throw new TypeError('its data is nested too deep')
  if (Array.isArray(value)) return value.map((item) => dataOfJson(item, depth + 1))
  const entries = Object.entries(value)
  const [key, inner] = entries[0] ?? []
  if (entries.length === 1 && key?.startsWith('$') === true) {
    if (key.startsWith('$$'))
      return Object.fromEntries([[key.slice(1), dataOfJson(inner, depth + 1)]])
    return untagged(key, inner)
  }
  return Object.fromEntries(entries.map(([name, item]) => [name, dataOfJson(item, depth + 1)]))
}

const numbers = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])

const readers = new Map<string, (inner: unknown) => unknown>([
  ['$num', (inner) => (typeof inner === 'string' ? numbers.get(inner) : undefined)],
  [
    '$int',
    (inner) =>
      typeof inner === 'string' && /^-?\d{1,20}$/.test(inner) ? BigInt(inner) : undefined,
  ],
  ['$bytes', (inner) => (typeof inner === 'string' ? bytesOfBase64(inner) : undefined)],
  ['$u32', (inner) => (isNumbers(inner) ? Uint32Array.from(inner) : undefined)],
  ['$f64', (inner) => doublesOfJson(inner)],
])

const untagged = (tag: string, inner: unknown): unknown => {
  const value = readers.get(tag)?.(inner)
  if (value === undefined)
    throw new TypeError(`its data has ${tag} with what does not belong there`)
  return value
}

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number')

const doublesOfJson = (value: unknown): Float64Array | undefined => {
  if (isNumbers(value)) return Float64Array.from(value)
  if (typeof value !== 'string') return undefined
  const bytes = littleEndian(bytesOfBase64(value))
  return bytes.length % 8 === 0 ? new Float64Array(bytes.buffer, 0, bytes.length / 8) : undefined
}

import { shown } from '../check.ts'
import { type DomainError, kernelError } from '../errors.ts'
import { columnKind, type EncodedColumn, encodeColumn } from './columns.ts'

/** Where in an event's data a column was taken out, and the column. */
export type Extract = readonly [path: readonly (string | number)[], ...column: EncodedColumn]

/** Event data as plain msgpack keeps it, and what plain msgpack would lose, beside it. */
export interface Storable {
  readonly plain: unknown
  readonly extracts: readonly Extract[]
  /** About how many bytes it takes. */
  readonly bytes: number
}

const maxDepth = 32
/** 1 MiB of strings and columns. */
const maxBytes = 1024 * 1024
const loneSurrogate = /\p{Surrogate}/u

interface Walk {
  readonly what: string
  readonly path: (string | number)[]
  extracts: Extract[] | undefined
  bytes: number
}

const none: readonly Extract[] = []

const refuse = (walk: Walk, value: unknown, why: string): DomainError => {
  const path = walk.path.map(String).join('.')
  return kernelError(
    'INVALID_VALUE',
    `${walk.what}: "${path}" is ${shown(value)}. ${why}. Nothing was written.`,
    { data: { what: walk.what, path, value, expected: why } },
  )
}

const count = (walk: Walk, bytes: number): void => {
  walk.bytes += bytes
  if (walk.bytes > maxBytes) {
    throw refuse(walk, `${walk.bytes} bytes`, 'One event holds at most 1 MiB; split it')
  }
}

const extract = (walk: Walk, column: EncodedColumn): null => {
  count(walk, column[2] instanceof Uint8Array ? column[2].length : column[2].length * 9)
  walk.extracts ??= []
  walk.extracts.push([walk.path.slice(), ...column])
  return null
}

/** Nearly every string has no surrogate at all, which a look at each unit tells sooner than a pattern does. */
const isWellFormed = (value: string): boolean => {
  for (let at = 0; at < value.length; at++) {
    if ((value.charCodeAt(at) & 0xf800) === 0xd800) return !loneSurrogate.test(value)
  }
  return true
}

const text = (walk: Walk, value: string): string => {
  count(walk, value.length)
  if (!isWellFormed(value)) {
    throw refuse(walk, value, 'A string must be well-formed Unicode (no half of a surrogate pair)')
  }
  return value
}

/** A string as it is. @throws `INVALID_VALUE` when it is none, or one that would not come back. */
export const wellFormed = (value: string, what: string, path: string): string => {
  if (typeof value === 'string' && isWellFormed(value)) return value
  const walk = { what, path: [path], extracts: undefined, bytes: 0 }
  throw refuse(walk, value, 'Expected a string of well-formed Unicode')
}

const walkNumber = (walk: Walk, value: number): number | null =>
  Object.is(value, -0) ? extract(walk, [columnKind.negativeZero, 0, new Uint8Array(0)]) : value

const walkBigint = (walk: Walk, value: bigint): bigint => {
  const safe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
  if (safe) throw refuse(walk, value, 'An integer that a number holds exactly is a number')
  if (BigInt.asIntN(64, value) !== value) throw refuse(walk, value, 'A bigint has at most 64 bits')
  return value
}

/** The array itself; a copy only when something had to be taken out of it. */
const walkArray = (walk: Walk, values: readonly unknown[]): readonly unknown[] => {
  count(walk, values.length)
  let copy: unknown[] | undefined
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    // Most are numbers, of which nothing is to be said.
    if (typeof value === 'number' && !Object.is(value, -0)) continue
    walk.path.push(i)
    if (value === undefined) throw refuse(walk, value, 'An array has no undefined; use null')
    const plain = walkValue(walk, value)
    if (!Object.is(plain, value)) {
      copy ??= values.slice()
      copy[i] = plain
    }
    walk.path.pop()
  }
  return copy ?? values
}

/** The object itself; a copy only when something had to be taken out of it. */
const walkObject = (walk: Walk, value: object): object => {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw refuse(walk, value, 'Only plain objects, arrays and typed columns can be stored')
  }
  let copy: Record<string, unknown> | undefined
  // `as`: a plain object's own fields, of any kind.
  const fields = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(fields)) {
    const plain = walkField(walk, key, fields[key])
    if (Object.is(plain, fields[key])) continue
    copy ??= { ...fields }
    if (plain === left) delete copy[key]
    else copy[key] = plain
  }
  return copy ?? value
}

/** Fields that were looked at before: events of one type have the same ones. */
const usual = new Set<string>()

const checkKey = (walk: Walk, key: string, inner: unknown): void => {
  if (key === '__proto__') {
    throw refuse(walk, inner, 'The key "__proto__" cannot be stored in an object; use pairs')
  }
  text(walk, key)
  if (usual.size < 1000) usual.add(key)
}

/** In place of a field without a value, which is left out. */
const left = Symbol('left out')

const walkField = (walk: Walk, key: string, inner: unknown): unknown => {
  if (inner === undefined) return left
  walk.path.push(key)
  if (usual.has(key)) count(walk, key.length)
  else checkKey(walk, key, inner)
  const plain = walkValue(walk, inner)
  walk.path.pop()
  return plain
}

const walkReference = (walk: Walk, value: object): unknown => {
  if (walk.path.length > maxDepth) throw refuse(walk, value, `Data is at most ${maxDepth} deep`)
  if (Array.isArray(value)) return walkArray(walk, value)
  if (
    value instanceof Float64Array ||
    value instanceof Uint32Array ||
    value instanceof Uint8Array
  ) {
    return extract(walk, encodeColumn(value))
  }
  return walkObject(walk, value)
}

const walkValue = (walk: Walk, value: unknown): unknown => {
  if (typeof value === 'string') return text(walk, value)
  if (typeof value === 'number') return walkNumber(walk, value)
  if (typeof value === 'object') return value === null ? null : walkReference(walk, value)
  if (typeof value === 'boolean') return value
  if (typeof value === 'bigint') return walkBigint(walk, value)
  throw refuse(
    walk,
    value,
    'Only null, booleans, numbers, strings, bytes, arrays and plain objects can be stored',
  )
}

/**
 * Checks that data can be stored and comes back bit for bit, and takes out what plain msgpack would lose:
 * typed columns, bytes and -0. What is plain already is not copied: pack it before anybody can change it.
 *
 * @throws `INVALID_VALUE` with the path and the value.
 */
export const storable = (data: unknown, what: string): Storable => {
  const walk: Walk = { what, path: [], extracts: undefined, bytes: 0 }
  const plain = walkValue(walk, data)
  return { plain, extracts: walk.extracts ?? none, bytes: walk.bytes }
}

import { addExtension } from 'msgpackr'
import { packDerived, unpackDerived } from '../events/codec.ts'

/** What plain msgpack would take for something else, on its way into a checkpoint. */
class Kept {
  readonly parts: readonly unknown[]
  constructor(...parts: readonly unknown[]) {
    this.parts = parts
  }
}

const readers = {
  map: (entries: Iterable<readonly [unknown, unknown]>) => new Map(entries),
  bare: (entries: Iterable<readonly [string, unknown]>) => {
    const bare: Record<string, unknown> = Object.create(null)
    for (const [key, value] of entries) bare[key] = value
    return bare
  },
  negativeZero: () => -0,
}

// Registered for the class above, so that it touches no other value that is packed.
addExtension({
  Class: Kept,
  type: 0x6b,
  write: ({ parts }: Kept) => parts,
  // `as`: the parts are written below alone.
  read: ([kind, entries]: [keyof typeof readers, never]) => readers[kind](entries),
})

const keepEntries = (entries: Iterable<readonly [unknown, unknown]>): unknown[] =>
  Array.from(entries, ([key, value]) => [kept(key), kept(value)])

const keptObject = (value: object): unknown => {
  if (Array.isArray(value)) return value.map(kept)
  if (value instanceof Map) return new Kept('map', keepEntries(value))
  if (value instanceof Set) return new Set(Array.from(value, kept))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null) return new Kept('bare', keepEntries(Object.entries(value)))
  if (prototype !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, kept(inner)]))
}

const kept = (value: unknown): unknown => {
  if (typeof value === 'object' && value !== null) return keptObject(value)
  return Object.is(value, -0) ? new Kept('negativeZero', null) : value
}

/** Packs the state of a user's projection: whatever it is made of comes back as it was. */
export const packState = (state: unknown): Uint8Array => packDerived(kept(state))

/** Unpacks what `packState` gave. */
export const unpackState = (bytes: Uint8Array): unknown => unpackDerived(bytes)

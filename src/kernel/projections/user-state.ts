import { packDerived, unpackDerived } from '../events/codec.ts'

type Path = readonly (string | number)[]
type Entry = readonly [unknown, unknown]
/** How to make again what plain msgpack would give back as something else. */
const makers = {
  map: (plain: unknown) => new Map(plain as Entry[]),
  set: (plain: unknown) => new Set(plain as unknown[]),
  bare: (plain: unknown) => {
    const bare: Record<string, unknown> = Object.create(null)
    for (const [key, value] of plain as [string, unknown][]) bare[key] = value
    return bare
  },
  negativeZero: () => -0,
}
type Lost = readonly [kind: keyof typeof makers, path: Path]

/** Takes a state apart; what lies inside of something lost comes before it in the list. */
class Walk {
  readonly lost: Lost[] = []

  plain(value: unknown, path: Path): unknown {
    if (typeof value === 'object' && value !== null) return this.#object(value, path)
    if (!Object.is(value, -0)) return value
    this.lost.push(['negativeZero', path])
    return 0
  }

  #object(value: object, path: Path): unknown {
    if (Array.isArray(value)) return this.#list(value, path)
    if (value instanceof Map) return this.#instead('map', this.#list(value, path), path)
    if (value instanceof Set) return this.#instead('set', this.#list(value, path), path)
    const prototype: unknown = Object.getPrototypeOf(value)
    const entries = Object.entries(value)
    if (prototype === null) return this.#instead('bare', this.#list(entries, path), path)
    if (prototype !== Object.prototype) return value
    return Object.fromEntries(
      entries.map(([key, inner]) => [key, this.plain(inner, [...path, key])]),
    )
  }

  #list(values: Iterable<unknown>, path: Path): unknown[] {
    return Array.from(values, (value, at) => this.plain(value, [...path, at]))
  }

  #instead(kind: Lost[0], plain: unknown, path: Path): unknown {
    this.lost.push([kind, path])
    return plain
  }
}

/** Packs the state of a user's projection: maps, sets, bare objects and -0 come back as they were. */
export const packState = (state: unknown): Uint8Array => {
  const walk = new Walk()
  const plain = walk.plain(state, [])
  return packDerived([[plain], walk.lost])
}

/** Unpacks what `packState` gave. */
export const unpackState = (bytes: Uint8Array): unknown => {
  // `as`: the bytes were written by packState, and each path leads through arrays and objects of its own.
  const [root, lost] = unpackDerived(bytes) as [unknown[], Lost[]]
  for (const [kind, path] of lost) {
    const way: Path = [0, ...path]
    const holder = way.slice(0, -1).reduce<object>((inner, key) => Reflect.get(inner, key), root)
    const last = way.at(-1) ?? 0
    Reflect.set(holder, last, makers[kind](Reflect.get(holder, last)))
  }
  return root[0]
}

import { u32At } from './bytes.ts'
import { crc32c, masked } from './crc32c.ts'

/** LevelDB writes its log and its list of tables in blocks; each holds records, none goes over its end. */
const blockBytes = 32 * 1024
/** Checksum, length (u16), kind. */
const headBytes = 7

/** A record that is whole, or the first, a middle or the last part of one. */
const kinds = { full: 1, first: 2, middle: 3, last: 4 } as const

interface Fragment {
  readonly kind: number
  readonly data: Uint8Array
  readonly end: number
}

/** The fragment at a place, if its checksum holds. */
const fragmentAt = (bytes: Uint8Array, at: number): Fragment | undefined => {
  const kind = bytes[at + 6] ?? 0
  if (kind < kinds.full || kind > kinds.last) return undefined
  const end = at + headBytes + (bytes[at + 4] ?? 0) + ((bytes[at + 5] ?? 0) << 8)
  const blockEnd = at - (at % blockBytes) + blockBytes
  if (end > bytes.length || end > blockEnd) return undefined
  if (masked(crc32c(bytes.subarray(at + 6, end))) !== u32At(bytes, at)) return undefined
  return { kind, data: bytes.subarray(at + headBytes, end), end }
}

/** Where the next fragment begins that holds, or the end. */
const nextFragment = (bytes: Uint8Array, from: number): number => {
  for (let at = from; at + headBytes <= bytes.length; at++) {
    if (fragmentAt(bytes, at) !== undefined) return at
  }
  return bytes.length
}

/** What stands in a journal: records that are whole, and stretches of which nothing can be made. */
export type JournalItem =
  | { readonly record: Uint8Array; readonly at: number }
  | { readonly gap: Gap }

/** Bytes that are no record, or are part of one whose other parts are gone. */
export interface Gap {
  readonly from: number
  /** Up to, not including. */
  readonly to: number
}

/** Puts the fragments of records together, and keeps account of what belongs to none. */
class Assembly {
  #parts: Uint8Array[] = []
  #from: number | undefined
  #lost: number | undefined

  /** Bytes that hold no fragment: the record that they are in the middle of is lost with them. */
  lose(at: number): void {
    this.#lost ??= this.#from ?? at
    this.#parts = []
    this.#from = undefined
  }

  /** Adds a fragment: gives what it ends. */
  *add(fragment: Fragment, at: number): Generator<JournalItem> {
    const { kind, data } = fragment
    if (kind === kinds.full || kind === kinds.first) {
      yield* this.end(at)
      this.#from = at
    } else if (this.#from === undefined) this.lose(at)
    if (this.#from === undefined) return
    this.#parts.push(data)
    if (kind !== kinds.full && kind !== kinds.last) return
    yield { record: joined(this.#parts), at: this.#from }
    this.#parts = []
    this.#from = undefined
  }

  /** Gives what was lost up to here; a record that is not whole is, too. */
  *end(at: number): Generator<JournalItem> {
    const from = this.#lost ?? this.#from
    if (from !== undefined) yield { gap: { from, to: at } }
    this.#parts = []
    this.#from = undefined
    this.#lost = undefined
  }
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Bytes at the end of a block that are too few for a record are none. */
const skipTrailer = (at: number): number => {
  const left = blockBytes - (at % blockBytes)
  return left < headBytes ? at + left : at
}

/**
 * Reads what LevelDB wrote into one of its logs (the newest writes, `*.log`, or the list of tables, `MANIFEST-*`),
 * in order. After damage it goes on with the next record whose checksum holds; LevelDB itself gives up the block.
 */
export function* journalItems(bytes: Uint8Array): Generator<JournalItem> {
  const assembly = new Assembly()
  for (let at = skipTrailer(0); at < bytes.length; at = skipTrailer(at)) {
    const fragment = fragmentAt(bytes, at)
    if (fragment === undefined) {
      assembly.lose(at)
      at = nextFragment(bytes, at + 1)
    } else {
      yield* assembly.add(fragment, at)
      at = fragment.end
    }
  }
  yield* assembly.end(bytes.length)
}

/**
 * The first stretch of a journal that was damaged after it was written; `undefined` for one that is whole, or is
 * torn at its end: that is what a crash leaves of a write that never finished.
 *
 * @param last - Nothing was written after this journal. The end of any other was complete.
 */
export const journalDamage = (bytes: Uint8Array, last: boolean): Gap | undefined => {
  let open: Gap | undefined
  for (const item of journalItems(bytes)) {
    if (open !== undefined) return open
    if ('gap' in item) open = item.gap
  }
  return last ? undefined : open
}

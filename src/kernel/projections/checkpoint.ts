import { decodeColumn, type EncodedColumn, encodeColumn } from '../events/columns.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { numberKey, prefix } from '../log/keys.ts'
import { sealed, unsealed } from '../log/sealed.ts'
import { Pace } from '../pace.ts'

const encoder = new TextEncoder()

/** What a checkpoint is of; one of another version counts for nothing. */
export interface CheckpointName {
  readonly name: string
  readonly version: number
}

/**
 * Lies before the parts, under the number 0. The position at which each part was saved tells a part that is
 * older than the manifest, should the database have lost the write of a newer one.
 */
interface Manifest {
  readonly version: number
  readonly position: number
  readonly savedAt: EncodedColumn
}

type StoredPart = readonly [savedAt: number, value: unknown]

/** The length before the name keeps names from overlapping. */
const nameBytes = (name: string): Uint8Array => {
  const bytes = encoder.encode(name)
  const framed = new Uint8Array(2 + bytes.length)
  framed[0] = bytes.length >>> 8
  framed[1] = bytes.length & 0xff
  framed.set(bytes, 2)
  return framed
}

/** What is to be saved. */
export interface ChangedState {
  /** The last position that is folded in; -1 for none. */
  readonly position: number
  /** How many parts there are now. */
  readonly count: number
  /** Those that changed since the last save, or load. */
  readonly changed: Iterable<number>
  readonly part: (number: number) => unknown
}

/** The checkpoint of one projection: a manifest, and numbered parts of which a save writes the changed ones. */
export class Checkpoint {
  readonly #name: Uint8Array
  readonly #version: number
  /** By part. */
  #savedAt: number[] = []

  constructor({ name, version }: CheckpointName) {
    this.#name = nameBytes(name)
    this.#version = version
  }

  /** The entries that bring it up to a position; write them in one batch with everything that belongs to it. */
  async save({ position, count, changed, part }: ChangedState): Promise<Entry[]> {
    const pace = new Pace()
    const entries: Entry[] = []
    for (const number of changed) {
      entries.push(sealed(this.#key(number + 1), [position, part(number)] satisfies StoredPart))
      this.#savedAt[number] = position
      await pace.turn()
    }
    for (let gone = count; gone < this.#savedAt.length; gone++) {
      entries.push({ key: this.#key(gone + 1) })
    }
    this.#savedAt.length = count
    const savedAt = encodeColumn(Float64Array.from(this.#savedAt))
    const manifest: Manifest = { version: this.#version, position, savedAt }
    entries.push(sealed(this.#key(0), manifest))
    return entries
  }

  /** The position that it stands at; `undefined` when there is none of this version. */
  async position(entries: Entries): Promise<number | undefined> {
    return (await this.#manifest(entries))?.position
  }

  /** Gives every part, in order; false when not all of them are whole. */
  async load(entries: Entries, take: (value: unknown, parts: number) => void): Promise<boolean> {
    const manifest = await this.#manifest(entries)
    // Without it, it was written when checkpoints had another form.
    if (manifest?.savedAt === undefined) return false
    const savedAt = decodeColumn(manifest.savedAt)
    if (!(savedAt instanceof Float64Array)) return false
    const pace = new Pace()
    let next = 0
    for await (const { key, value } of entries.scan(this.#prefix)) {
      if (numberOf(key) === 0) continue
      if (next >= savedAt.length) break
      // `as`: entries of this prefix are written by `save` alone.
      const stored = unsealed(key, value) as StoredPart | undefined
      if (stored === undefined || numberOf(key) !== next + 1) return false
      if (stored[0] !== savedAt[next]) return false
      take(stored[1], savedAt.length)
      next++
      await pace.turn()
    }
    this.#savedAt = [...savedAt]
    return next === savedAt.length
  }

  /** The entries that remove it. */
  async remove(entries: Entries): Promise<Entry[]> {
    const doomed: Entry[] = []
    for await (const { key } of entries.scan(this.#prefix)) doomed.push({ key })
    this.#savedAt = []
    return doomed
  }

  get #prefix(): Uint8Array {
    return Uint8Array.of(prefix.projection, ...this.#name)
  }

  #key(number: number): Uint8Array {
    return numberKey(prefix.projection, this.#name, number)
  }

  async #manifest(entries: Entries): Promise<Manifest | undefined> {
    const key = this.#key(0)
    const stored = await entries.get(key)
    // `as`: entries of this prefix are written by `save` alone.
    const manifest =
      stored === undefined ? undefined : (unsealed(key, stored) as Manifest | undefined)
    return manifest?.version === this.#version ? manifest : undefined
  }
}

const numberOf = (key: Uint8Array): number => {
  const view = new DataView(key.buffer, key.byteOffset + key.byteLength - 8, 8)
  return Number(view.getBigUint64(0))
}

const chunkBytes = 1024 * 1024

/** A state of any kind as bytes, cut into parts. */
export const bytesInParts = (bytes: Uint8Array): readonly Uint8Array[] => {
  const parts: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    parts.push(bytes.subarray(start, start + chunkBytes))
  }
  return parts
}

/** The bytes that were cut into parts. */
export const joinedParts = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

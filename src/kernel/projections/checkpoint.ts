import { packDerived, unpackDerived } from '../events/codec.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { numberKey, prefix } from '../log/keys.ts'
import { sealed, sealedBytes, unsealed, unsealedBytes } from '../log/sealed.ts'

const chunkBytes = 1024 * 1024
const encoder = new TextEncoder()

interface Manifest {
  readonly version: number
  readonly position: number
  readonly chunks: number
}

/** A saved state and the position up to which the log is folded into it. */
export interface Checkpoint {
  readonly name: string
  readonly version: number
  /** The last position that is folded in; -1 for none. */
  readonly position: number
  readonly saved: unknown
}

/** The manifest lies at chunk 0, the state's bytes follow. The length byte keeps names from overlapping. */
const chunkKey = (name: string, chunk: number): Uint8Array => {
  const bytes = encoder.encode(name)
  const middle = new Uint8Array(2 + bytes.length)
  middle[0] = bytes.length >>> 8
  middle[1] = bytes.length & 0xff
  middle.set(bytes, 2)
  return numberKey(prefix.projection, middle, chunk)
}

const manifestOf = async (entries: Entries, name: string): Promise<Manifest | undefined> => {
  const key = chunkKey(name, 0)
  const stored = await entries.get(key)
  // `as`: the entries of this prefix are written by checkpointEntries alone.
  return stored === undefined ? undefined : (unsealed(key, stored) as Manifest | undefined)
}

/** The entries that keep a checkpoint in place of the one before; write them in one batch. */
export const checkpointEntries = async (
  entries: Entries,
  checkpoint: Checkpoint,
): Promise<Entry[]> => {
  const { name, version, position, saved } = checkpoint
  const bytes = packDerived(saved)
  const chunks = Math.ceil(bytes.length / chunkBytes)
  const before = (await manifestOf(entries, name))?.chunks ?? 0
  const writes: Entry[] = [
    sealed(chunkKey(name, 0), { version, position, chunks } satisfies Manifest),
  ]
  for (let chunk = 0; chunk < Math.max(chunks, before); chunk++) {
    const key = chunkKey(name, chunk + 1)
    const start = chunk * chunkBytes
    const isOver = chunk >= chunks
    writes.push(isOver ? { key } : sealedBytes(key, bytes.subarray(start, start + chunkBytes)))
  }
  return writes
}

/** The checkpoint of a projection in this version; `undefined` when there is none that is whole. */
export const loadCheckpoint = async (
  entries: Entries,
  name: string,
  version: number,
): Promise<Checkpoint | undefined> => {
  const manifest = await manifestOf(entries, name)
  if (manifest === undefined || manifest.version !== version) return undefined
  const parts: Uint8Array[] = []
  for (let chunk = 1; chunk <= manifest.chunks; chunk++) {
    const key = chunkKey(name, chunk)
    const stored = await entries.get(key)
    const part = stored === undefined ? undefined : unsealedBytes(key, stored)
    if (part === undefined) return undefined
    parts.push(part)
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return { name, version, position: manifest.position, saved: unpackDerived(bytes) }
}

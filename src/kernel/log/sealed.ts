import { sha256 } from '#platform'
import { packDerived, unpackDerived } from '../events/codec.ts'
import type { Entry } from './event-log.ts'

/**
 * LevelDB reads its tables without looking at their checksums, so what lies beside the log would change
 * unnoticed. The log's own commits need no seal: the chain covers them.
 */
const sealBytes = 8

const sealOf = (key: Uint8Array, bytes: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(key.length + bytes.length)
  whole.set(key)
  whole.set(bytes, key.length)
  return sha256(whole).subarray(0, sealBytes)
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

/** The entry that keeps some bytes so that `unsealed` notices any change of them or of their key. */
export const sealedBytes = (
  key: Uint8Array,
  bytes: Uint8Array,
): Entry & { readonly value: Uint8Array } => {
  const value = new Uint8Array(sealBytes + bytes.length)
  value.set(sealOf(key, bytes))
  value.set(bytes, sealBytes)
  return { key, value }
}

/** The bytes of an entry; `undefined` when they are not those that were sealed under this key. */
export const unsealedBytes = (key: Uint8Array, stored: Uint8Array): Uint8Array | undefined => {
  if (stored.length < sealBytes) return undefined
  const bytes = stored.subarray(sealBytes)
  return sealOf(key, bytes).every((byte, at) => byte === stored[at]) ? bytes : undefined
}

/** The entry that keeps a value of the engine's own. */
export const sealed = (key: Uint8Array, value: unknown): Entry & { readonly value: Uint8Array } =>
  sealedBytes(key, packDerived(value))

/** The value of an entry; `undefined` when it is not the one that was sealed under this key. */
export const unsealed = (key: Uint8Array, stored: Uint8Array): unknown => {
  const bytes = unsealedBytes(key, stored)
  return bytes === undefined ? undefined : unpackDerived(bytes)
}

import { sha256 } from '#platform'
import { kernelError } from '../errors.ts'
import { decodePayload, encodePayload, type PreparedEvent, pack, unpack } from '../events/codec.ts'
import type { RecordedEvent } from '../events/event.ts'
import { erasedType } from '../events/payload-events.ts'
import type { Erasures } from './erasures.ts'
import type { StoredCommit } from './event-log.ts'

/** Version of the commit's bytes. */
export const commitFormat = 1

/** The header of a commit, in the order in which it is written. Its SHA-256 is the commit's identity. */
export interface CommitHeader {
  /** Position of the first event. */
  readonly first: number
  /** Number of events. */
  readonly count: number
  /** Gapless number of the commit, from 0. */
  readonly commit: number
  /** When the last event was recorded, ms since the epoch. */
  readonly recordedAt: number
  /** Which ownership of the store wrote it; grows with each opening for writing. */
  readonly epoch: number
  /** Hash of the header before; 32 zero bytes for the first. */
  readonly previous: Uint8Array
  /** SHA-256 of the payload, through which the payload can be erased while the chain stays whole. */
  readonly payload: Uint8Array
}

/** The newest commit, as the next one needs it. */
export interface Head {
  /** Position that the next event gets. */
  readonly next: number
  /** Number that the next commit gets. */
  readonly commits: number
  readonly recordedAt: number
  readonly epoch: number
  readonly hash: Uint8Array
}

/** The head of an empty log. */
export const emptyHead: Head = {
  next: 0,
  commits: 0,
  recordedAt: 0,
  epoch: 0,
  hash: new Uint8Array(32),
}

type HeaderTuple = [
  format: number,
  first: number,
  count: number,
  commit: number,
  recordedAt: number,
  epoch: number,
  previous: Uint8Array,
  payload: Uint8Array,
]

export interface EncodedCommit {
  readonly stored: StoredCommit
  readonly head: Head
}

/** Length of the header (u16, big-endian), and the first bytes of its SHA-256. */
const checkBytes = 4
const frameBytes = 2 + checkBytes

/**
 * Bytes: length of the header, start of its hash, header, payload. The next commit holds the whole hash; the
 * start of it finds a changed byte in the header of the newest.
 */
export const encodeCommit = (
  events: readonly PreparedEvent[],
  head: Head,
  epoch: number,
): EncodedCommit => {
  const recordedAt = events.at(-1)?.event.recordedAt ?? head.recordedAt
  const payload = encodePayload(events, recordedAt)
  const header = pack([
    commitFormat,
    head.next,
    events.length,
    head.commits,
    recordedAt,
    epoch,
    head.hash,
    sha256(payload),
  ] satisfies HeaderTuple)
  const hash = sha256(header)
  const bytes = new Uint8Array(frameBytes + header.length + payload.length)
  bytes[0] = header.length >>> 8
  bytes[1] = header.length & 0xff
  bytes.set(hash.subarray(0, checkBytes), 2)
  bytes.set(header, frameBytes)
  bytes.set(payload, frameBytes + header.length)
  return {
    stored: { first: head.next, bytes },
    head: {
      next: head.next + events.length,
      commits: head.commits + 1,
      recordedAt,
      epoch,
      hash,
    },
  }
}

const corrupt = (first: number, why: string): Error =>
  kernelError(
    'LOG_CORRUPT',
    `The log is damaged at position ${first}: ${why}. Everything before it is intact; copy the folder before anything else, and restore a backup.`,
    { data: { position: first, why } },
  )

/** For whoever looks for the commit that holds a position, and finds another. */
export const commitMissing = (position: number): Error =>
  corrupt(position, 'the commit that holds it is missing')

interface Parts {
  readonly check: Uint8Array
  readonly header: Uint8Array
  readonly payload: Uint8Array
}

const split = (stored: StoredCommit): Parts => {
  const { bytes } = stored
  const length = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)
  const end = frameBytes + length
  if (length === 0 || bytes.length < end) throw corrupt(stored.first, 'a commit is cut short')
  return {
    check: bytes.subarray(2, frameBytes),
    header: bytes.subarray(frameBytes, end),
    payload: bytes.subarray(end),
  }
}

const isHeader = (value: unknown): value is HeaderTuple =>
  Array.isArray(value) &&
  value.length === 8 &&
  value.slice(0, 6).every((part) => typeof part === 'number') &&
  value.slice(6).every((part) => part instanceof Uint8Array && part.length === 32)

const parseHeader = (bytes: Uint8Array, first: number): CommitHeader => {
  let value: unknown
  try {
    value = unpack(bytes)
  } catch {
    throw corrupt(first, 'a header cannot be read')
  }
  if (!isHeader(value)) throw corrupt(first, 'a header is not one')
  const [format, position, count, commit, recordedAt, epoch, previous, payload] = value
  if (format !== commitFormat) {
    throw kernelError(
      'LOG_FORMAT',
      `The commit at position ${first} has format ${format}; this varve reads format ${commitFormat}. Use the version that wrote it, or a newer one.`,
      { data: { position: first, format } },
    )
  }
  return { first: position, count, commit, recordedAt, epoch, previous, payload }
}

/** The header of a commit, without its payload. @throws `LOG_CORRUPT`, `LOG_FORMAT` */
export const decodeHeader = (stored: StoredCommit): CommitHeader =>
  parseHeader(split(stored).header, stored.first)

/** The events of a commit that was verified before. @throws `LOG_CORRUPT` */
export const decodeEvents = (stored: StoredCommit): RecordedEvent[] => {
  const { header, payload } = split(stored)
  try {
    return decodePayload(payload, parseHeader(header, stored.first))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'LOG_FORMAT') throw cause
    throw corrupt(stored.first, 'a payload cannot be read')
  }
}

const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

/** The other payload of a commit whose data was erased: header and hash stay as they are. */
export const withPayload = (
  stored: StoredCommit,
  events: readonly PreparedEvent[],
): { readonly stored: StoredCommit; readonly payload: string } => {
  const { bytes, first } = stored
  const { payload: old, header } = split(stored)
  const payload = encodePayload(events, parseHeader(header, first).recordedAt)
  const other = new Uint8Array(bytes.length - old.length + payload.length)
  other.set(bytes.subarray(0, bytes.length - old.length))
  other.set(payload, bytes.length - old.length)
  return { stored: { first, bytes: other }, payload: hexOf(sha256(payload)) }
}

const hexOf = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

/** An erasure is alone in its commit, whose payload begins with two arrays' and a string's length, and its type. */
const erasureStart = 3
const erasureType = new TextEncoder().encode(erasedType)

const isErasure = (count: number, payload: Uint8Array): boolean =>
  count === 1 && erasureType.every((byte, at) => payload[erasureStart + at] === byte)

/** Learns from a commit if it records an erasure. @throws `LOG_CORRUPT` */
export const learnErasure = (stored: StoredCommit, erasures: Erasures): void => {
  const { header, payload } = split(stored)
  const { count } = parseHeader(header, stored.first)
  if (isErasure(count, payload)) erasures.learn(decodeEvents(stored))
}

/**
 * The head after a commit, trusting nothing but the head before.
 *
 * @param erasures - Takes note of a payload that is not that of the header, instead of refusing it at once.
 * @throws `LOG_CORRUPT`, `LOG_FORMAT`
 */
export const verifyCommit = (stored: StoredCommit, before: Head, erasures?: Erasures): Head => {
  const { check, header, payload } = split(stored)
  const hash = sha256(header)
  if (!equal(check, hash.subarray(0, checkBytes))) throw corrupt(before.next, 'a header is changed')
  const parsed = parseHeader(header, stored.first)
  if (stored.first !== before.next || parsed.first !== before.next) {
    throw corrupt(before.next, `the next commit starts at ${stored.first}, so events are missing`)
  }
  if (parsed.commit !== before.commits) throw corrupt(before.next, 'a commit number is missing')
  if (!equal(parsed.previous, before.hash)) {
    throw corrupt(before.next, 'the commit does not link to the one before it')
  }
  const digest = sha256(payload)
  if (!equal(digest, parsed.payload)) {
    if (erasures === undefined) {
      throw corrupt(before.next, 'the payload does not have the digest that its header states')
    }
    erasures.note(before.next, hexOf(digest))
  }
  if (parsed.recordedAt < before.recordedAt) throw corrupt(before.next, 'time goes backward')
  if (parsed.epoch < before.epoch) throw corrupt(before.next, 'an older owner wrote it')
  if (erasures !== undefined && isErasure(parsed.count, payload)) {
    erasures.learn(decodeEvents(stored))
  }
  return {
    next: before.next + parsed.count,
    commits: before.commits + 1,
    recordedAt: parsed.recordedAt,
    epoch: parsed.epoch,
    hash,
  }
}

/** The head that the newest commit leaves, as its header states it. @throws `LOG_CORRUPT`, `LOG_FORMAT` */
export const headAfter = (stored: StoredCommit | undefined): Head => {
  if (stored === undefined) return emptyHead
  const { header } = split(stored)
  const { first, count, commit, recordedAt, epoch } = parseHeader(header, stored.first)
  return { next: first + count, commits: commit + 1, recordedAt, epoch, hash: sha256(header) }
}

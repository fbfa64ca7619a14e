import { sha256 } from '#platform'
import type { Command, WriteOptions } from '../engine.ts'
import { codeOf } from '../errors.ts'
import { pack } from '../events/codec.ts'
import type { RecordedEvent } from '../events/event.ts'
import { storable } from '../events/storable.ts'
import type { Entries, Entry } from './event-log.ts'
import { prefix } from './keys.ts'
import { sealed, unsealed } from './sealed.ts'

/** Where the events are that answered a request. */
export interface Answered {
  /** SHA-256 of the request, hex. */
  readonly digest: string
  readonly first: number
  readonly count: number
}

const encoder = new TextEncoder()

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** Names are hashed: they are the caller's, of any length. */
const keyOf = (key: string): Uint8Array => {
  const digest = sha256(encoder.encode(key))
  const bytes = new Uint8Array(1 + digest.length)
  bytes[0] = prefix.idempotency
  bytes.set(digest, 1)
  return bytes
}

/** Digest of what was asked for; `undefined` when the command carries no idempotency key. */
export const requestDigest = <State>(command: Command<State>): string | undefined => {
  if (command.options?.idempotencyKey === undefined) return undefined
  const { plain, extracts } = storable(command.request ?? null, 'request')
  return hex(sha256(pack([plain, extracts])))
}

/** The entry that remembers an answer; written in the same batch as its events. */
export const answeredEntry = (key: string, { digest, first, count }: Answered) =>
  sealed(keyOf(key), [digest, first, count])

/** Stands for an answer that was given and can no longer be read. */
export const damagedAnswer: Answered = { digest: '', first: -1, count: 0 }

/** The answers that were given to requests with an idempotency key. */
export class IdempotencyKeys {
  readonly #entries: Entries

  constructor(entries: Entries) {
    this.#entries = entries
  }

  /** The answers already given to some of the requests, by key. */
  async find(requests: readonly (WriteOptions | undefined)[]): Promise<Map<string, Answered>> {
    const found = new Map<string, Answered>()
    for (const options of requests) {
      const key = options?.idempotencyKey
      if (key === undefined || found.has(key)) continue
      const answered = await this.#answered(keyOf(key))
      if (answered !== undefined) found.set(key, answered)
    }
    return found
  }

  async #answered(key: Uint8Array): Promise<Answered | undefined> {
    let stored: Uint8Array | undefined
    try {
      stored = await this.#entries.get(key)
    } catch (error) {
      if (codeOf(error) === 'LOG_CORRUPT') return damagedAnswer
      throw error
    }
    if (stored === undefined) return undefined
    // `as`: the entries of this prefix are written by answeredEntry alone.
    const answer = unsealed(key, stored) as [string, number, number] | undefined
    if (answer === undefined) return damagedAnswer
    const [digest, first, count] = answer
    return { digest, first, count }
  }
}

/** The entries that a replay writes again for events that carry an idempotency key. */
export const answersIn = (
  events: readonly RecordedEvent[],
): (Entry & { readonly value: Uint8Array })[] => {
  const answers = new Map<string, Answered>()
  for (const { meta, position } of events) {
    if (meta?.idempotencyKey === undefined) continue
    const known = answers.get(meta.idempotencyKey)
    answers.set(meta.idempotencyKey, {
      digest: meta.request ?? '',
      first: known?.first ?? position,
      count: (known?.count ?? 0) + 1,
    })
  }
  return [...answers].map(([key, answered]) => answeredEntry(key, answered))
}

import { sha256Hex } from '#platform'
import { trackingError } from './errors.ts'

/** Where the next page begins: an offset into the answer as it was at a position, so it never moves. */
export interface PageStart {
  readonly position: number
  readonly offset: number
}

const encoder = new TextEncoder()

/** A short digest of the query, so that a token is not used with another one. */
const queryDigest = (query: unknown): string =>
  sha256Hex(encoder.encode(JSON.stringify(query))).slice(0, 16)

/** Opaque to callers. */
export const pageToken = ({ position, offset }: PageStart, query: unknown): string =>
  btoa(JSON.stringify([1, position, offset, queryDigest(query)]))

const parse = (token: string): unknown => {
  try {
    return JSON.parse(atob(token))
  } catch {
    return undefined
  }
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

/**
 * Where a page begins that a token names.
 *
 * @throws `PAGE_TOKEN_INVALID`, also for a token of a moment that the view with the `last` position does not
 * have: one of another store, or of a later moment.
 */
export const readPageToken = (
  token: string,
  { query, last }: { readonly query: unknown; readonly last: number },
): PageStart => {
  const value = parse(token)
  if (Array.isArray(value) && value.length === 4 && value[0] === 1) {
    const [, position, offset, digest]: unknown[] = value
    const fits = isCount(position) && isCount(offset) && digest === queryDigest(query)
    if (fits && position <= last) {
      return { position, offset }
    }
  }
  throw trackingError(
    'PAGE_TOKEN_INVALID',
    'The page token is damaged, or belongs to another query. Use nextPageToken as the page before gave it, with the same experiments, filter, order and lifecycle; or leave it out to begin again.',
    { data: { pageToken: token } },
  )
}

import { invalid } from './errors.ts'
import { isObject, type Json, NumberText, parseExactJson } from './wire/json.ts'
import { pythonBytes, pythonFloat, pythonRepr } from './wire/python.ts'

/** Leaves out what is no sign of base64, as Python does. */
const decoded = (token: string): Uint8Array => {
  const signs = token.replace(/[^A-Za-z0-9+/=]/g, '')
  try {
    // What lacks its padding is an error to Python, but not to JavaScript.
    if (signs.length % 4 !== 0) throw new SyntaxError('The padding is missing.')
    return Uint8Array.from(atob(signs), (sign) => sign.charCodeAt(0))
  } catch {
    throw invalid('Invalid page token, could not base64-decode')
  }
}

const parsed = (bytes: Uint8Array): Json => {
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw invalid(`Invalid page token, decoded value=${pythonBytes(bytes)}`)
  }
}

/** A value as Python's `repr` writes it. */
export const shown = (value: Json): string => {
  if (value instanceof NumberText) return value.text
  if (typeof value === 'number') return pythonFloat(value)
  if (typeof value === 'string') return pythonRepr(value)
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  if (!isObject(value)) return ''
  const fields = Object.entries(value).map(([key, field]) => `${pythonRepr(key)}: ${shown(field)}`)
  return `{${fields.join(', ')}}`
}

/** What a token holds. @throws `INVALID_PARAMETER_VALUE` */
export const readObject = (token: string): { readonly [key: string]: Json } => {
  const value = parsed(decoded(token))
  if (isObject(value)) return value
  throw invalid(`Invalid page token, parsed value=${shown(value)}`)
}

const isNothing = (offset: Json | undefined): boolean =>
  offset === undefined ||
  offset === null ||
  offset === '' ||
  (offset instanceof NumberText && Number(offset.text) === 0)

/** Where the page begins that a token of MLflow's form names. @throws `INVALID_PARAMETER_VALUE` */
export const readOffset = (token: string | undefined): number => {
  if (token === undefined || token === '') return 0
  const value = readObject(token)
  const offset = Object.hasOwn(value, 'offset') ? value['offset'] : undefined
  if (isNothing(offset)) throw invalid(`Invalid page token, parsed value=${shown(value)}`)
  const number = offset instanceof NumberText ? Number(offset.text) : Number.NaN
  if (Number.isSafeInteger(number)) return Math.max(0, number)
  throw invalid(
    `Invalid page token, not stringable ${String(typeof offset === 'string' ? offset : shown(offset ?? null))}`,
  )
}

/** A token of MLflow's own form: an offset. */
export const offsetToken = (offset: number): string => btoa(`{"offset": ${offset}}`)

/** One page of what is at hand. */
export const pageOf = <T>(
  items: readonly T[],
  { offset, limit }: { readonly offset: number; readonly limit: number },
): { readonly page: readonly T[]; readonly next?: string } => {
  const end = offset + limit
  const page = items.slice(offset, end)
  return end < items.length ? { page, next: offsetToken(end) } : { page }
}

/**
 * A token of the search of runs holds, beside the offset, the token of the moment that the pages show, so
 * that what is logged meanwhile moves nothing.
 */
export const momentToken = (offset: number, token: string): string =>
  btoa(JSON.stringify({ offset, moment: token }))

/** @throws `INVALID_PARAMETER_VALUE` */
export const readMomentToken = (token: string | undefined): string | undefined => {
  if (token === undefined || token === '') return undefined
  readOffset(token)
  const { moment } = readObject(token)
  if (typeof moment === 'string') return moment
  throw invalid(
    'Invalid page token: it is of another server. Leave it out to begin with the first page.',
  )
}

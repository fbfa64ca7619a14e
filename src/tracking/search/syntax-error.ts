import type { DomainError } from '../../kernel/errors.ts'
import { trackingError } from '../errors.ts'
import type { Token } from './tokens.ts'

/** A text being read: which, and the code of the errors about it. */
export interface Source {
  readonly text: string
  readonly code: 'FILTER_SYNTAX' | 'ORDER_SYNTAX'
}

/** What was wrong at a place. `found` is the token there unless stated. */
export interface Complaint {
  readonly expected: string
  readonly found?: string
  /** What to do about it: a sentence. */
  readonly hint?: string | undefined
}

const WINDOW = 60

/** An error that names the place, what was expected there and what was found, and points at it. */
export const syntaxError = (
  { text, code }: Source,
  token: Pick<Token, 'kind' | 'start' | 'end'>,
  { expected, found = foundOf(text, token), hint }: Complaint,
): DomainError => {
  const what = code === 'FILTER_SYNTAX' ? 'filter' : 'order'
  const at = token.start
  const advice = hint === undefined ? '' : ` ${hint}`
  const message = `The ${what} cannot be read at ${placeOf(text, at)}: expected ${expected}, found ${found}.${advice}\n${pointAt(text, at)}`
  return trackingError(code, message, { data: { [what]: text, at, expected, found } })
}

/** ` Did you mean "x"?` for the nearest of some names, if one is near. */
export const suggestion = (name: string, known: readonly string[]): string | undefined => {
  const limit = Math.max(1, Math.min(3, Math.floor(name.length / 3)))
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const each of known) {
    if (Math.abs(each.length - name.length) > limit) continue
    const distance = editDistance(name.toLowerCase(), each.toLowerCase())
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) {
      best = { name: each, distance }
    }
  }
  return best === undefined ? undefined : `Did you mean "${best.name}"?`
}

/** `"a", "b" or "c"`. */
export const oneOf = (names: readonly string[]): string => {
  const quoted = names.map((name) => `"${name}"`)
  const last = quoted.pop() ?? ''
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`
}

const foundOf = (text: string, token: Pick<Token, 'kind' | 'start' | 'end'>): string => {
  if (token.kind === 'end') return 'the end'
  const raw = text.slice(token.start, token.end)
  return raw.length > 40 ? `${raw.slice(0, 40)}…` : raw
}

const placeOf = (text: string, at: number): string => {
  const before = text.slice(0, at).split('\n')
  if (!text.includes('\n')) return `position ${at}`
  return `position ${at} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`
}

/** The line around a place, and a caret under it. */
const pointAt = (text: string, at: number): string => {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1
  const lineEnd = text.indexOf('\n', at)
  const from = Math.max(lineStart, at - WINDOW)
  const to = Math.min(lineEnd < 0 ? text.length : lineEnd, at + WINDOW)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what would break the picture.
  const shown = text.slice(from, to).replace(/[\u0000-\u001f\u007f]/g, ' ')
  return `  ${shown}\n  ${' '.repeat(at - from)}^`
}

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1])
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

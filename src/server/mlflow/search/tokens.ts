/** A piece of a filter, as MLflow's parser groups them. */
export interface Token {
  readonly kind: 'name' | 'quoted' | 'number' | 'operation' | 'comparator' | 'list' | 'other'
  /** As it stands in the filter. */
  readonly raw: string
}

const SPACE = /\s+/y
const COMMENT = /--[^\n]*/y
const NUMBER = /-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_.])/uy
/** A name, parts of which may be quoted, as in ``metrics.`a b` ``. */
const NAME_PART = String.raw`(?:[\p{L}\p{N}_$@]+|\x60[^\x60]*\x60|"[^"]*")`
const NAME = new RegExp(`${NAME_PART}(?:\\.(?:${NAME_PART}|'[^']*'))*`, 'uy')
const OPERATION = new RegExp(`${NAME.source}(?:[-/*+%]${NAME.source})+`, 'uy')
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"/y
const COMPARATOR = /<>|==|!=|<=|>=|[=<>]/y

const PATTERNS = [
  ['other', COMMENT],
  ['number', NUMBER],
  ['quoted', QUOTED],
  ['operation', OPERATION],
  ['name', NAME],
  ['comparator', COMPARATOR],
] as const

const match = (pattern: RegExp, text: string, at: number): string => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/** What a parenthesis holds, itself included; the rest of the text where it is never closed. */
const parenthesis = (text: string, start: number): string => {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const quoted = match(QUOTED, text, at)
    if (quoted !== '') at += quoted.length - 1
    else if (text[at] === '(') depth += 1
    else if (text[at] === ')') depth -= 1
    if (depth === 0) return text.slice(start, at + 1)
  }
  return text.slice(start)
}

const tokenAt = (text: string, at: number): Token => {
  if (text[at] === '(') return { kind: 'list', raw: parenthesis(text, at) }
  for (const [kind, pattern] of PATTERNS) {
    const raw = match(pattern, text, at)
    if (raw !== '') return { kind, raw }
  }
  return { kind: 'other', raw: String.fromCodePoint(text.codePointAt(at) ?? 0) }
}

/** Cuts a filter into tokens; never throws. */
export const tokenize = (text: string): readonly Token[] => {
  const tokens: Token[] = []
  let at = match(SPACE, text, 0).length
  while (at < text.length) {
    const token = tokenAt(text, at)
    tokens.push(token)
    at += token.raw.length
    at += match(SPACE, text, at).length
  }
  return tokens
}

/** Whether a token is a word of the grammar, in any case. */
export const isWord = (token: Token | undefined, word: string): boolean =>
  token?.kind === 'name' && token.raw.toUpperCase() === word

/** A piece of a filter. `value` is what it means: the inside of quotes, a word as it stands. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'number' | 'symbol' | 'unknown' | 'open' | 'end'
  readonly value: string
  readonly start: number
  readonly end: number
  /** Of a quoted token. */
  readonly quote?: string
}

const SPACE = /\s+/y
/** Letters of any script; `.` and `@` are taken apart by the parser. */
const WORD = /(?:[\w.@$]|[^\p{ASCII}\s])+/uy
const NUMBER = /-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.@$]|[^\p{ASCII}\s])/uy
const SYMBOL = /<>|==|!=|<=|>=|[=<>(),]/y

const PATTERNS = [
  ['number', NUMBER],
  ['word', WORD],
  ['symbol', SYMBOL],
] as const

/** Cuts a filter into tokens, the last of kind `end`. Never throws: what it does not know is `unknown`. */
export const tokenize = (text: string): readonly Token[] => {
  const tokens: Token[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const token = tokenAt(text, at)
    tokens.push(token)
    at = skipSpace(text, token.end)
  }
  tokens.push({ kind: 'end', value: '', start: text.length, end: text.length })
  return tokens
}

const skipSpace = (text: string, at: number): number => at + match(SPACE, text, at).length

const tokenAt = (text: string, start: number): Token => {
  const first = text[start] ?? ''
  if (first === "'" || first === '"' || first === '`') return quotedAt(text, start, first)
  for (const [kind, pattern] of PATTERNS) {
    const value = match(pattern, text, start)
    if (value !== '') return { kind, value, start, end: start + value.length }
  }
  return { kind: 'unknown', value: first, start, end: start + 1 }
}

/** As in MLflow a doubled quote does not end the string, and stays doubled; there is no other escape. */
const quotedAt = (text: string, start: number, quote: string): Token => {
  let end = text.indexOf(quote, start + 1)
  while (end >= 0 && quote !== '`' && text[end + 1] === quote) end = text.indexOf(quote, end + 2)
  if (end < 0) {
    return { kind: 'open', value: text.slice(start + 1), start, end: text.length, quote }
  }
  return { kind: 'quoted', value: text.slice(start + 1, end), start, end: end + 1, quote }
}

const match = (pattern: RegExp, text: string, at: number): string => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

import { type Complaint, type Source, syntaxError } from './syntax-error.ts'
import { type Token, tokenize } from './tokens.ts'
import { runVocabulary, type Vocabulary } from './vocabulary.ts'

/** A place in a text that is being read. */
export interface Cursor {
  readonly source: Source
  readonly tokens: readonly Token[]
  readonly vocabulary: Vocabulary
  next: number
  /** How many parentheses and `not`s are open. */
  depth: number
}

export const cursorOver = (source: Source, vocabulary: Vocabulary = runVocabulary): Cursor => ({
  source,
  vocabulary,
  tokens: tokenize(source.text),
  next: 0,
  depth: 0,
})

/** The token to be read next. */
export const peek = (cursor: Cursor, ahead = 0): Token =>
  cursor.tokens[cursor.next + ahead] ?? { kind: 'end', value: '', ...endOf(cursor) }

/** Reads the next token. */
export const take = (cursor: Cursor): Token => {
  const token = peek(cursor)
  cursor.next++
  return token
}

/** End of the token that was read last. */
export const readTo = (cursor: Cursor): number => cursor.tokens[cursor.next - 1]?.end ?? 0

export const isKeyword = (token: Token, word: string): boolean =>
  token.kind === 'word' && token.value.toLowerCase() === word

export const isSymbol = (token: Token, symbol: string): boolean =>
  token.kind === 'symbol' && token.value === symbol

/** Reads a keyword, in any case, if it is next. */
export const takeKeyword = (cursor: Cursor, word: string): boolean => {
  if (!isKeyword(peek(cursor), word)) return false
  cursor.next++
  return true
}

/** Reads a symbol if it is next. */
export const takeSymbol = (cursor: Cursor, symbol: string): boolean => {
  if (!isSymbol(peek(cursor), symbol)) return false
  cursor.next++
  return true
}

/** Throws about the next token. */
export const fail = (cursor: Cursor, complaint: Complaint): never =>
  failAt(cursor, peek(cursor), complaint)

/** Throws about a token; one whose quote is never closed is always told so. */
export const failAt = (cursor: Cursor, token: Token, complaint: Complaint): never => {
  throw syntaxError(
    cursor.source,
    token,
    token.kind === 'open'
      ? { expected: `a closing ${token.quote}`, found: 'the end', hint: 'Close the quote.' }
      : complaint,
  )
}

const endOf = ({ source }: Cursor) => ({ start: source.text.length, end: source.text.length })

import {
  type Cursor,
  cursorOver,
  fail,
  failAt,
  isKeyword,
  isSymbol,
  peek,
  readTo,
  take,
  takeKeyword,
  takeSymbol,
} from './cursor.ts'
import {
  type AnyComparison,
  type AnyField,
  type AnyFilter,
  type AnyNumberField,
  type AnyTextField,
  type DatasetField,
  type Filter,
  numberOperators,
  textOperators,
} from './filter.ts'
import { parseField } from './parse-field.ts'
import { fieldText } from './print.ts'
import type { Token } from './tokens.ts'
import { runVocabulary, type Vocabulary } from './vocabulary.ts'

/** Parentheses and `not`s may stand this deep in each other: what reads a filter later is recursive too. */
const MAX_DEPTH = 100

/**
 * Reads a filter: MLflow's grammar with `or`, `not`, parentheses and aggregates (`metrics.auc@max`).
 *
 * The empty text is the filter that every run meets.
 *
 * @throws `FILTER_SYNTAX` with the place, what was expected there and what was found.
 */
export const parseFilter = (text: string): Filter => parseFilterOf(text, runVocabulary)

/** Reads a filter about things that have other fields than runs. @throws `FILTER_SYNTAX` */
export const parseFilterOf = <Text extends string, Numeric extends string>(
  text: string,
  vocabulary: Vocabulary<Text, Numeric>,
): Filter<Text, Numeric> =>
  // `as`: attributes are read with the vocabulary, which has no others.
  readFilter(cursorOver({ text, code: 'FILTER_SYNTAX' }, vocabulary)) as Filter<Text, Numeric>

const readFilter = (cursor: Cursor): AnyFilter => {
  if (cursor.source.text === '') return { kind: 'and', terms: [], span: { start: 0, end: 0 } }
  const filter = parseOr(cursor)
  const rest = peek(cursor)
  if (rest.kind !== 'end') fail(cursor, { expected: 'and, or, or the end', hint: hintAfter(rest) })
  return filter
}

const hintAfter = (token: Token): string | undefined => {
  if (token.value === ';') return 'A filter is one condition; join conditions with and.'
  return isSymbol(token, ')') ? 'This parenthesis was never opened.' : undefined
}

const parseOr = (cursor: Cursor): AnyFilter => {
  const { start } = peek(cursor)
  const terms = [parseAnd(cursor)]
  while (takeKeyword(cursor, 'or')) terms.push(parseAnd(cursor))
  return joined('or', terms, start)
}

/** Stray `and`s before, between and after the terms are let pass, as MLflow does. */
const parseAnd = (cursor: Cursor): AnyFilter => {
  skipAnds(cursor)
  const { start } = peek(cursor)
  const terms = [parseTerm(cursor)]
  while (skipAnds(cursor) && !endsList(peek(cursor))) terms.push(parseTerm(cursor))
  return joined('and', terms, start)
}

const skipAnds = (cursor: Cursor): boolean => {
  const from = cursor.next
  while (takeKeyword(cursor, 'and'));
  return cursor.next > from
}

const endsList = (token: Token): boolean =>
  token.kind === 'end' || isSymbol(token, ')') || isKeyword(token, 'or')

const joined = (kind: 'and' | 'or', terms: readonly AnyFilter[], start: number): AnyFilter => {
  const [only] = terms
  if (only !== undefined && terms.length === 1) return only
  return { kind, terms, span: { start, end: terms.at(-1)?.span.end ?? start } }
}

const parseTerm = (cursor: Cursor): AnyFilter => {
  const { start } = peek(cursor)
  if (takeKeyword(cursor, 'not')) {
    const term = deeper(cursor, parseTerm)
    return { kind: 'not', term, span: { start, end: readTo(cursor) } }
  }
  if (!takeSymbol(cursor, '(')) return parseComparison(cursor)
  const inner = deeper(cursor, parseOr)
  if (!takeSymbol(cursor, ')')) fail(cursor, { expected: 'and, or, or a closing parenthesis' })
  return inner
}

const deeper = (cursor: Cursor, parse: (cursor: Cursor) => AnyFilter): AnyFilter => {
  cursor.depth++
  if (cursor.depth > MAX_DEPTH) {
    fail(cursor, {
      expected: `at most ${MAX_DEPTH} levels of parentheses and not`,
      found: 'one more',
      hint: 'Write the filter flatter.',
    })
  }
  const filter = parse(cursor)
  cursor.depth--
  return filter
}

const parseComparison = (cursor: Cursor): AnyComparison => {
  const { start } = peek(cursor)
  const field = parseField(cursor)
  if (takeKeyword(cursor, 'is')) return parseNull(cursor, field, start)
  if (field.kind === 'metric' || field.kind === 'number-attribute') {
    return parseNumber(cursor, field, start)
  }
  return parseText(cursor, field, start)
}

const parseNull = (cursor: Cursor, field: AnyField, start: number): AnyComparison => {
  if (field.kind === 'dataset') {
    return failAt(cursor, cursor.tokens[cursor.next - 1] ?? peek(cursor), {
      expected: 'a comparison: = != like ilike in',
      hint: 'Only metrics, params, tags and attributes can be null.',
    })
  }
  const negated = takeKeyword(cursor, 'not')
  if (!takeKeyword(cursor, 'null'))
    fail(cursor, { expected: negated ? 'null' : 'null or not null' })
  return { kind: 'null', field, negated, span: { start, end: readTo(cursor) } }
}

const parseNumber = (cursor: Cursor, field: AnyNumberField, start: number): AnyComparison => {
  const token = peek(cursor)
  const operator = numberOperators.find((each) => takeSymbol(cursor, each))
  if (operator === undefined) {
    return fail(cursor, {
      expected: `one of ${numberOperators.join(' ')} or is null`,
      hint: operatorHint(cursor, token) ?? hintForNumbers(token),
    })
  }
  const value = peek(cursor)
  if (!isNumber(cursor, value))
    fail(cursor, { expected: 'a number', hint: numberHint(field, value) })
  take(cursor)
  const span = { start, end: value.end }
  return { kind: 'number', field, operator, value: Number(value.value), span }
}

const isNumber = ({ vocabulary }: Cursor, { kind, value }: Token): boolean =>
  kind === 'number' ||
  (kind === 'quoted' && vocabulary.quotedNumbers === true && /^-?\d+$/.test(value))

const hintForNumbers = (token: Token): string | undefined =>
  token.kind === 'word' ? 'Numbers are not matched by like or in.' : undefined

const numberHint = (field: AnyNumberField, value: Token): string | undefined =>
  value.kind === 'quoted'
    ? `Write the number without quotes: ${fieldText(field)} holds numbers.`
    : undefined

const parseText = (
  cursor: Cursor,
  field: AnyTextField | DatasetField,
  start: number,
): AnyComparison => {
  const token = peek(cursor)
  const negated = takeKeyword(cursor, 'not')
  if (takeKeyword(cursor, 'in')) {
    return {
      kind: 'in',
      field,
      negated,
      values: parseList(cursor),
      span: { start, end: readTo(cursor) },
    }
  }
  if (negated) {
    return fail(cursor, { expected: 'in', hint: 'To negate a like, write not (…) around it.' })
  }
  const operator = textOperators.find(
    (each) => takeSymbol(cursor, each) || takeKeyword(cursor, each),
  )
  if (operator === undefined) {
    const expected = `one of ${textOperators.join(' ')} in${field.kind === 'dataset' ? '' : ' or is null'}`
    return fail(cursor, {
      expected,
      hint: operatorHint(cursor, token) ?? hintForTexts(field, token),
    })
  }
  const value = parseString(cursor)
  return { kind: 'text', field, operator, value, span: { start, end: readTo(cursor) } }
}

const hintForTexts = (field: AnyField, token: Token): string | undefined =>
  token.kind === 'symbol' && /^[<>]/.test(token.value)
    ? `${fieldText(field)} holds text, which has no greater or less.`
    : undefined

/** A hint where the sign after a key looks like a part of the key, or like an operator elsewhere. */
const operatorHint = (cursor: Cursor, token: Token): string | undefined => {
  if (token.value === '==') return 'Equality is one =.'
  if (token.value === '<>') return 'Inequality is !=.'
  const isGlued = token.start === readTo(cursor) && token.kind !== 'end' && token.kind !== 'symbol'
  return isGlued ? 'A key with such a sign is quoted: metrics.`a-b`.' : undefined
}

const parseString = (cursor: Cursor): string => {
  const token = peek(cursor)
  if (token.kind === 'quoted' && token.quote !== '`') return take(cursor).value
  const isBare = token.kind === 'word' || token.kind === 'number' || token.quote === '`'
  return fail(cursor, {
    expected: 'a text in quotes',
    hint: isBare ? `Write '${token.value}'.` : undefined,
  })
}

const parseList = (cursor: Cursor): readonly string[] => {
  if (!takeSymbol(cursor, '(')) fail(cursor, { expected: "a list such as ('a', 'b')" })
  const values: string[] = []
  do {
    if (values.length > 0 && isSymbol(peek(cursor), ')')) break
    values.push(parseString(cursor))
  } while (takeSymbol(cursor, ','))
  if (!takeSymbol(cursor, ')')) fail(cursor, { expected: 'a comma or a closing parenthesis' })
  return values
}

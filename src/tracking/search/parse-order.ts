import { trackingError } from '../errors.ts'
import { type Cursor, cursorOver, fail, failAt, peek, takeKeyword } from './cursor.ts'
import type { AnyField, OrderBy } from './filter.ts'
import { parseField } from './parse-field.ts'
import { fieldText } from './print.ts'
import { runVocabulary, type Vocabulary } from './vocabulary.ts'

/**
 * Reads the elements of an order, each a field and perhaps `asc` (the default) or `desc`.
 *
 * @throws `ORDER_SYNTAX` with the place, what was expected there and what was found; and for a field
 * that comes twice.
 */
export const parseOrder = (texts: readonly string[]): readonly OrderBy[] =>
  parseOrderOf(texts, runVocabulary)

/** Reads an order of things that have other fields than runs. @throws `ORDER_SYNTAX` */
export const parseOrderOf = <Text extends string, Numeric extends string>(
  texts: readonly string[],
  vocabulary: Vocabulary<Text, Numeric>,
): readonly OrderBy<Text, Numeric>[] => {
  const seen = new Set<string>()
  return texts.map((text) => {
    const order = parseElement(cursorOver({ text, code: 'ORDER_SYNTAX' }, vocabulary))
    const field = fieldText(order.field)
    if (seen.has(field)) {
      const message = `The order names ${field} twice. Keep the element that comes first.`
      throw trackingError('ORDER_SYNTAX', message, { data: { order: texts, field } })
    }
    seen.add(field)
    // `as`: attributes are read with the vocabulary, which has no others.
    return order as OrderBy<Text, Numeric>
  })
}

const parseElement = (cursor: Cursor): OrderBy<string, string> => {
  const [first] = cursor.tokens
  const field: AnyField = parseField(cursor)
  if (field.kind === 'dataset') {
    return failAt(cursor, first ?? peek(cursor), {
      expected: 'a metric, a param, a tag or an attribute',
      hint: 'A run may have several datasets: runs cannot be ordered by them.',
    })
  }
  const descending = takeKeyword(cursor, 'desc')
  if (!descending) takeKeyword(cursor, 'asc')
  if (peek(cursor).kind !== 'end') {
    fail(cursor, { expected: descending ? 'the end' : 'asc, desc or the end' })
  }
  return { field, descending }
}

import { invalid } from '../errors.ts'
import { type Token, tokenize } from './tokens.ts'

/** What a field of a filter or an order names. */
export interface Identifier<Entity extends string> {
  readonly entity: Entity
  readonly key: string
}

const isIn = (text: string, quote: string): boolean =>
  text.length >= 2 && text.startsWith(quote) && text.endsWith(quote)

/** The inside of quotes of a kind, if the text is in them. */
const inside = (text: string, quotes: readonly string[]): string =>
  quotes.some((quote) => isIn(text, quote)) ? text.slice(1, -1) : text

/** A field, without looking whether there is one of that name. */
export const splitField = (raw: string): { readonly entity?: string; readonly key: string } => {
  const dot = raw.indexOf('.')
  const key = inside(inside(dot < 0 ? raw : raw.slice(dot + 1), ["'", '"']), ['`'])
  return dot < 0 ? { key } : { entity: raw.slice(0, dot), key }
}

/** @throws `INVALID_PARAMETER_VALUE` for what cannot be a field. */
export const checkField = ({ kind, raw }: Token): void => {
  if (kind === 'name' || (kind === 'quoted' && raw.startsWith('"'))) return
  throw invalid(`Invalid comparison clause. Expected 'Identifier' found '${raw}'`)
}

/** A set as Python writes it; the order of one is by chance. */
export const pythonSet = (items: readonly string[]): string =>
  `{${items.map((item) => `'${item}'`).join(', ')}}`

/**
 * @param end - What the message ends with: some of MLflow's lack the last quote.
 * @throws `INVALID_PARAMETER_VALUE`
 */
export const checkComparator = (
  comparator: string,
  allowed: readonly string[],
  end: "'" | '' = "'",
): void => {
  if (!allowed.includes(comparator))
    throw invalid(`Invalid comparator '${comparator}' not one of '${pythonSet(allowed)}${end}`)
}

/** A number that stands for itself. @param refusal - Up to what was found. */
export const numberOf = ({ kind, raw }: Token, refusal: string): number => {
  if (kind === 'number') return Number(raw)
  throw invalid(`${refusal} ${raw}`)
}

/** A text in quotes. @param refusal - For what is none, up to what was got. */
export const textOf = ({ kind, raw }: Token, refusal: string): string => {
  if (kind === 'quoted') return raw.slice(1, -1)
  if (kind === 'name' || kind === 'operation')
    throw invalid(
      `Parameter value is either not quoted or unidentified quote types used for string value ${raw}. Use either single or double quotes.`,
    )
  throw invalid(`${refusal} ${raw}`)
}

/** The texts of a list. @throws `INVALID_PARAMETER_VALUE` */
export const textsOf = ({ raw }: Token): readonly string[] => {
  const items = tokenize(raw.slice(1, -1)).filter((token) => token.raw !== ',')
  if (items.length === 0)
    throw invalid(
      'While parsing a list in the query, expected a non-empty list of string values, but got empty list',
    )
  if (items.some(({ kind }) => kind !== 'quoted'))
    throw invalid(
      `While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: (${items.map((item) => item.raw).join(', ')})`,
    )
  return items.map((item) => item.raw.slice(1, -1))
}

/** One element of an order. */
export interface OrderElement {
  readonly raw: string
  readonly descending: boolean
}

/** @throws `INVALID_PARAMETER_VALUE` */
export const parseOrderElement = (text: string): OrderElement => {
  const tokens = tokenize(text)
  const [field, direction, ...others] = tokens
  const isField = field?.kind === 'name' || field?.kind === 'quoted'
  if (!isField || others.length > 0 || (direction !== undefined && direction.kind !== 'name'))
    throw invalid(`Invalid order_by clause '${text}'. Could not be parsed.`)
  const word = direction?.raw.toUpperCase() ?? 'ASC'
  if (word !== 'ASC' && word !== 'DESC')
    throw invalid(`Invalid ordering key in order_by clause '${text}'.`)
  return { raw: field.raw, descending: word === 'DESC' }
}

import { type Filter, like } from '../../../tracking/index.ts'
import { invalid, noSuchField } from '../errors.ts'
import { pythonRepr } from '../wire/python.ts'
import { type Clause, type Grammar, parseClauses } from './clauses.ts'
import { allOf, metricText, span, textOperators } from './own-filter.ts'
import { textsOf } from './parts.ts'
import { type Token, tokenize } from './tokens.ts'

const texts = [
  'name',
  'model_id',
  'model_type',
  'status',
  'source_run_id',
  'experiment_id',
  'lifecycle_stage',
] as const
type Text = (typeof texts)[number]

const numbers: ReadonlyMap<string, Numeric> = new Map([
  ['creation_timestamp', 'creation_timestamp'],
  ['creation_timestamp_ms', 'creation_timestamp'],
  ['creation_time', 'creation_timestamp'],
  ['last_updated_timestamp', 'last_updated_timestamp'],
  ['last_updated_timestamp_ms', 'last_updated_timestamp'],
  ['last_updated_time', 'last_updated_timestamp'],
])
type Numeric = 'creation_timestamp' | 'last_updated_timestamp'

type Term = Filter<Text, Numeric>
type NumberField = Extract<Term, { readonly kind: 'number' }>['field']
type TextField = Extract<Term, { readonly kind: 'text' }>['field']

const entities = ['attributes', 'metrics', 'params', 'tags'] as const

const textComparators = ['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN']
const numberComparators = ['=', '!=', '<', '<=', '>', '>='] as const

const grammar: Grammar = { anyCase: true, listed: () => '' }

const clausesOf = (filter: string): readonly Clause[] => {
  if (filter === '') return []
  const shown = `Invalid filter string: ${pythonRepr(filter)}.`
  const end = tokenize(filter).findIndex(({ raw }) => raw === ';')
  if (filter.trim() === '' || (end >= 0 && end < tokenize(filter).length - 1))
    throw invalid(`${shown} Expected a single SQL expression.`)
  try {
    return parseClauses(filter, grammar)
  } catch {
    throw invalid(
      `${shown} Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').`,
    )
  }
}

/** Without backticks: double quotes are a part of the key. */
const plain = (key: string): string => (/^`.+`$/.test(key) ? key.slice(1, -1) : key)

interface Identifier {
  readonly entity: (typeof entities)[number]
  readonly key: string
}

const identifierOf = (raw: string): Identifier => {
  const dot = raw.indexOf('.')
  if (dot < 0) return { entity: 'attributes', key: plain(raw) }
  const name = raw.slice(0, dot)
  const entity = entities.find((each) => each === name)
  if (entity !== undefined) return { entity, key: plain(raw.slice(dot + 1)) }
  throw invalid(
    `Invalid entity type: '${name}'. Expected one of [${entities.map((each) => `'${each}'`).join(', ')}].`,
  )
}

const wrongOperator = (
  { entity, key }: Identifier,
  comparator: string,
  allowed: readonly string[],
): Error =>
  invalid(
    `Invalid comparison operator for ${entity}.${key}: '${comparator}'. Expected one of (${allowed.map((each) => `'${each}'`).join(', ')}).`,
  )

const numberTerm = (
  identifier: Identifier,
  field: NumberField,
  { comparator, value }: Required<Clause>,
): Term => {
  const operator = numberComparators.find((each) => each === comparator)
  if (operator === undefined) throw wrongOperator(identifier, comparator, numberComparators)
  if (value.kind === 'number')
    return { kind: 'number', field, operator, value: Number(value.raw), span }
  throw invalid(
    `Expected a number to compare ${identifier.entity}.${identifier.key} with. Found ${value.raw}`,
  )
}

/** A value in single quotes, or bare; in double quotes it is compared with them, as MLflow does. */
const textIn = ({ raw }: Token): string => (raw.startsWith("'") ? raw.slice(1, -1) : raw)

/** MLflow's names of states, as varve calls them. */
const statusOf = (value: string): string => value.replace(/^LOGGED_MODEL_/, '')

const textTerm = (
  identifier: Identifier,
  field: TextField,
  { comparator, value }: Required<Clause>,
): Term => {
  const { entity, key } = identifier
  const own = (text: string) =>
    entity === 'attributes' && key === 'status' ? statusOf(text) : text
  const operator = textOperators.get(comparator)
  if (operator !== undefined)
    return { kind: 'text', field, operator, value: own(textIn(value)), span }
  if (!textComparators.includes(comparator))
    throw wrongOperator(identifier, comparator, textComparators)
  if (value.kind !== 'list')
    throw invalid(`Expected a list of texts to compare ${entity}.${key} with. Found ${value.raw}`)
  return {
    kind: 'in',
    field,
    negated: comparator === 'NOT IN',
    values: textsOf(value).map(own),
    span,
  }
}

const attributeTerm = (identifier: Identifier, clause: Required<Clause>): Term => {
  const { key } = identifier
  const number = numbers.get(key)
  if (number !== undefined)
    return numberTerm(identifier, { kind: 'number-attribute', name: number }, clause)
  const name = texts.find((each) => each === key)
  if (name === undefined) throw invalid(`Invalid attribute key '${key}' specified.`)
  return textTerm(identifier, { kind: 'text-attribute', name }, clause)
}

const termOf = ({ field, comparator, value }: Clause): Term => {
  const identifier = identifierOf(field.raw)
  const { entity, key } = identifier
  if (value === undefined) throw wrongOperator(identifier, comparator, textComparators)
  const clause = { field, comparator, value }
  switch (entity) {
    case 'attributes':
      return attributeTerm(identifier, clause)
    case 'metrics':
      return numberTerm(identifier, { kind: 'metric', key, aggregate: 'last' }, clause)
    case 'params':
      return textTerm(identifier, { kind: 'param', key }, clause)
    case 'tags':
      return textTerm(identifier, { kind: 'tag', key }, clause)
  }
}

const isOfLifecycle = (term: Term): boolean =>
  (term.kind === 'text' || term.kind === 'in') &&
  term.field.kind === 'text-attribute' &&
  term.field.name === 'lifecycle_stage'

/** Only active models are searched, so a condition on that holds for all of them or for none. */
const holdsForActive = (term: Term): boolean => {
  if (term.kind === 'in') return term.values.includes('active') !== term.negated
  if (term.kind !== 'text') return true
  if (term.operator === 'like' || term.operator === 'ilike')
    return like(term.value, term.operator === 'ilike')('active')
  return (term.value === 'active') === (term.operator === '=')
}

/**
 * A filter of MLflow's about logged models, in varve's own grammar; `undefined` where nothing can meet it.
 *
 * @throws `INVALID_PARAMETER_VALUE` with MLflow's words.
 */
export const loggedModelFilter = (filter: string): string | undefined => {
  const terms = clausesOf(filter).map(termOf)
  if (!terms.filter(isOfLifecycle).every(holdsForActive)) return undefined
  return allOf(terms.filter((term) => !isOfLifecycle(term)))
}

/** A field to order logged models by; `undefined` where it orders none. @throws `INVALID_PARAMETER_VALUE` */
export const loggedModelOrder = (field: string): string | undefined => {
  if (field.startsWith('metrics.')) return metricText(plain(field.slice('metrics.'.length)))
  if (field.includes('.'))
    throw invalid(`Invalid order by field name: ${field}. Only metrics are supported.`)
  const number = numbers.get(field)
  if (number !== undefined) return number
  // All that are found are in one stage.
  if (field === 'lifecycle_stage') return undefined
  if (texts.some((each) => each === field)) return field
  throw noSuchField(`Invalid order by field name: ${field}`)
}

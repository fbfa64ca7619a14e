import { type Filter, like } from '../../../tracking/index.ts'
import { invalid } from '../errors.ts'
import { pythonRepr } from '../wire/python.ts'
import { type Clause, type Grammar, parseClauses } from './clauses.ts'
import { allOf, span, textOperators } from './own-filter.ts'
import {
  checkField,
  type Identifier,
  parseOrderElement,
  pythonSet,
  splitField,
  textOf,
  textsOf,
} from './parts.ts'
import type { Token } from './tokens.ts'

type Text = 'name' | 'source_path' | 'run_id'
type Term = Filter<Text, 'version_number'>
type Entity = 'attribute' | 'tag'

/** What can be asked of models, or of versions. */
interface Kind {
  readonly texts: readonly Text[]
  /** Those that may be compared with a list. */
  readonly listed: readonly Text[]
  readonly number?: 'version_number'
}

const models: Kind = { texts: ['name'], listed: ['name'] }
const versions: Kind = {
  texts: ['name', 'run_id', 'source_path'],
  listed: ['name', 'run_id'],
  number: 'version_number',
}

const keysOf = ({ texts, number }: Kind): readonly string[] =>
  number === undefined ? texts : [...texts, number]

const entities: ReadonlyMap<string, Entity> = new Map([
  ['attribute', 'attribute'],
  ['tag', 'tag'],
  ['tags', 'tag'],
])

/** MLflow keeps prompts among the models, marked by this tag. */
export const PROMPT_TAG = 'mlflow.prompt.is_prompt'

const grammar: Grammar = { anyCase: true, listed: (clauses) => clauses.join(', ') }

const entityOf = (name: string): Entity => {
  const entity = entities.get(name)
  if (entity !== undefined) return entity
  throw invalid(
    `Invalid entity type '${name}'. Valid entity types are ('attribute', 'tag', 'tags')`,
  )
}

const identifierOf = (raw: string, keys: readonly string[]): Identifier<Entity> => {
  const { entity: name = 'attribute', key } = splitField(raw)
  const entity = entityOf(name)
  if (entity === 'tag') return { entity, key }
  // Attributes are not asked for in quotes.
  const asked = raw.slice(raw.indexOf('.') + 1)
  if (keys.includes(asked)) return { entity, key: asked }
  throw invalid(`Invalid attribute key '${asked}' specified. Valid keys are '${pythonSet(keys)}'`)
}

type TextField = Extract<Term, { readonly kind: 'text' }>['field']

const wrongComparator = (what: string, comparator: string): Error =>
  invalid(`Invalid comparator for ${what}: ${comparator}`)

const textTerm = (field: TextField, comparator: string, value: string): Term => {
  const operator = textOperators.get(comparator)
  if (operator !== undefined) return { kind: 'text', field, operator, value, span }
  throw wrongComparator(field.kind === 'tag' ? 'tag' : 'attribute', comparator)
}

const listTerm = (name: Text, comparator: string, value: Token): Term => {
  if (comparator !== 'IN' && comparator !== 'NOT IN') throw wrongComparator('attribute', comparator)
  const values = textsOf(value)
  const field = { kind: 'text-attribute', name } as const
  return { kind: 'in', field, negated: comparator === 'NOT IN', values, span }
}

/** Whether the empty text meets a condition. */
const takesEmpty = (term: Term): boolean => {
  if (term.kind === 'in') return term.values.includes('') !== term.negated
  if (term.kind !== 'text') return false
  if (term.operator === '=') return term.value === ''
  if (term.operator === '!=') return term.value !== ''
  return like(term.value, term.operator === 'ilike')('')
}

/** To MLflow, a version that no run made is of the run with the empty id. */
const ofAnyRun = (name: Text, term: Term): Term => {
  if (name !== 'run_id' || !takesEmpty(term)) return term
  const field = { kind: 'text-attribute', name } as const
  return { kind: 'or', terms: [term, { kind: 'null', field, negated: false, span }], span }
}

const numbers = ['=', '!=', '<', '<=', '>', '>='] as const

const numberTerm = (name: 'version_number', { comparator, value }: Required<Clause>): Term => {
  const digits = value.kind === 'quoted' ? value.raw.slice(1, -1) : value.raw
  if (!/^\s*[+-]?\d+\s*$/.test(digits))
    throw invalid(`Invalid value for numeric attribute '${name}': ${value.raw}`)
  const operator = numbers.find((each) => each === comparator)
  if (operator === undefined) throw wrongComparator(`attribute ${name}`, comparator)
  const field = { kind: 'number-attribute', name } as const
  return { kind: 'number', field, operator, value: Number(digits), span }
}

const isPrompt: Term = {
  kind: 'text',
  field: { kind: 'tag', key: PROMPT_TAG },
  operator: '=',
  value: 'true',
  span,
}
const isNoPrompt: Term = { kind: 'not', term: isPrompt, span }

/** What a filter says of prompts; nothing where it is not about them. */
const promptTerm = ({ entity, key }: Identifier<Entity>, term: Term): Term | undefined => {
  if (entity !== 'tag' || key !== PROMPT_TAG || term.kind !== 'text') return undefined
  const isWord = term.value === 'true' || term.value === 'false'
  if (!isWord || (term.operator !== '=' && term.operator !== '!=')) return undefined
  return (term.value === 'true') === (term.operator === '=') ? isPrompt : isNoPrompt
}

const attributeTerm = (kind: Kind, key: string, clause: Required<Clause>): Term => {
  const { comparator, value } = clause
  if (kind.number === key) return numberTerm(kind.number, clause)
  const name = kind.texts.find((each) => each === key) ?? 'name'
  if (value.kind === 'list') {
    if (kind.listed.includes(name)) return ofAnyRun(name, listTerm(name, comparator, value))
    throw wrongComparator('attribute', comparator)
  }
  const found = textOf(value, 'Expected a quoted string value for attributes. Got value')
  return ofAnyRun(name, textTerm({ kind: 'text-attribute', name }, comparator, found))
}

const termOf = (kind: Kind, { field, comparator, value }: Clause): Term => {
  checkField(field)
  const identifier = identifierOf(field.raw, keysOf(kind))
  const { entity, key } = identifier
  if (value === undefined)
    throw invalid(`IS NULL / IS NOT NULL is not supported for ${entity} '${key}'`)
  if (entity === 'attribute') return attributeTerm(kind, key, { field, comparator, value })
  const found = textOf(value, "Expected a quoted string value for tag (e.g. 'my-value'). Got value")
  const term = textTerm({ kind: 'tag', key }, comparator, found)
  return promptTerm(identifier, term) ?? term
}

const filterOf = (kind: Kind, filter: string): string => {
  const terms = parseClauses(filter, grammar).map((clause) => termOf(kind, clause))
  const isAsked = terms.includes(isPrompt) || terms.includes(isNoPrompt)
  return allOf(isAsked ? terms : [...terms, isNoPrompt])
}

/** A filter of MLflow's about models, in varve's own grammar. @throws `INVALID_PARAMETER_VALUE` */
export const modelFilter = (filter: string): string => filterOf(models, filter)

/** A filter of MLflow's about versions, in varve's own grammar. @throws `INVALID_PARAMETER_VALUE` */
export const versionFilter = (filter: string): string => filterOf(versions, filter)

const orderOf = (
  orderBy: readonly string[],
  fieldOf: (raw: string) => string,
): readonly string[] => {
  const elements = orderBy.map(parseOrderElement)
  const fields = elements.map(({ raw }) => fieldOf(raw))
  if (new Set(fields).size < fields.length)
    throw invalid(`\`order_by\` contains duplicate fields: [${orderBy.map(pythonRepr).join(', ')}]`)
  return elements.map(({ descending }, at) => `${fields[at] ?? ''} ${descending ? 'desc' : 'asc'}`)
}

const modelFields: ReadonlyMap<string, string> = new Map([
  ['name', 'name'],
  ['timestamp', 'last_updated_timestamp'],
  ['last_updated_timestamp', 'last_updated_timestamp'],
])

/** An order of MLflow's over models, in varve's own grammar. @throws `INVALID_PARAMETER_VALUE` */
export const modelOrder = (orderBy: readonly string[]): readonly string[] =>
  orderOf(orderBy, (raw) => {
    const field = modelFields.get(raw)
    if (field !== undefined) return field
    throw invalid(
      `Invalid order by key '${raw}' specified. Valid keys are '${pythonSet(['name', 'timestamp'])}'`,
    )
  })

const versionFields = ['name', 'last_updated_timestamp', 'version_number', 'creation_timestamp']

/** An order of MLflow's over versions, in varve's own grammar. @throws `INVALID_PARAMETER_VALUE` */
export const versionOrder = (orderBy: readonly string[]): readonly string[] =>
  orderOf(orderBy, (raw) => {
    const { entity, key } = identifierOf(raw, versionFields)
    if (entity === 'attribute') return key
    throw invalid(
      `Invalid order by key '${key}' specified. Valid keys are ${pythonSet(versionFields)}`,
    )
  })

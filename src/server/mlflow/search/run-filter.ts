import {
  type Comparison,
  type Field,
  type Filter,
  fieldText,
  filterText,
  type OrderBy,
} from '../../../tracking/index.ts'
import { invalid } from '../errors.ts'
import { pythonRepr } from '../wire/python.ts'
import { type Clause, type Grammar, parseClauses } from './clauses.ts'
import {
  checkComparator,
  checkField,
  type Identifier,
  numberOf,
  parseOrderElement,
  pythonSet,
  splitField,
  textOf,
  textsOf,
} from './parts.ts'
import type { Token } from './tokens.ts'

type Entity = 'metric' | 'parameter' | 'tag' | 'attribute' | 'dataset'

const entities: ReadonlyMap<string, Entity> = new Map([
  ['metric', 'metric'],
  ['metrics', 'metric'],
  ['parameter', 'parameter'],
  ['parameters', 'parameter'],
  ['param', 'parameter'],
  ['params', 'parameter'],
  ['tag', 'tag'],
  ['tags', 'tag'],
  ['attribute', 'attribute'],
  ['attributes', 'attribute'],
  ['attr', 'attribute'],
  ['run', 'attribute'],
  ['dataset', 'dataset'],
  ['datasets', 'dataset'],
])

const texts = ['run_id', 'run_name', 'user_id', 'status', 'artifact_uri'] as const
const numbers = ['start_time', 'end_time'] as const
const created: ReadonlyMap<string, string> = new Map([
  ['created', 'start_time'],
  ['Created', 'start_time'],
])
const runNames: ReadonlyMap<string, string> = new Map([
  ['run name', 'run_name'],
  ['Run name', 'run_name'],
  ['Run Name', 'run_name'],
])
const orderKeys = [...texts, ...numbers, ...created.keys()]
const filterKeys = [...orderKeys, ...runNames.keys()]
const datasetKeys = ['name', 'digest', 'context'] as const

const numberComparators = ['>', '>=', '!=', '=', '<', '<='] as const
const nullComparators = ['IS NULL', 'IS NOT NULL'] as const
const pairComparators = ['=', '!=', 'LIKE', 'ILIKE', ...nullComparators] as const
const listComparators = ['IN', 'NOT IN'] as const
const textComparators = ['=', '!=', 'LIKE', 'ILIKE', ...listComparators] as const

const grammar: Grammar = {
  anyCase: true,
  listed: (clauses) => clauses.map((clause) => `'${clause}'`).join(', '),
}

const identifierOf = (raw: string, attributes: readonly string[]): Identifier<Entity> => {
  const { entity: name = 'attribute', key } = splitField(raw)
  const entity = entities.get(name)
  if (entity === undefined)
    throw invalid(
      `Invalid entity type '${name}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']`,
    )
  if (entity === 'attribute' && !attributes.includes(key))
    throw invalid(
      `Invalid attribute key '${key}' specified. Valid keys are '${pythonSet(attributes)}'`,
    )
  if (entity === 'dataset' && !datasetKeys.some((each) => each === key))
    throw invalid(
      `Invalid dataset key '${key}' specified. Valid keys are '${pythonSet(datasetKeys)}'`,
    )
  return { entity, key }
}

/** The field of varve that an identifier names. */
const fieldOf = ({ entity, key }: Identifier<Entity>): Field => {
  switch (entity) {
    case 'metric':
      return { kind: 'metric', key, aggregate: 'last' }
    case 'parameter':
      return { kind: 'param', key }
    case 'tag':
      return { kind: 'tag', key }
    case 'dataset':
      return { kind: 'dataset', key: datasetKeys.find((each) => each === key) ?? 'name' }
    case 'attribute': {
      const name = created.get(key) ?? runNames.get(key) ?? key
      const number = numbers.find((each) => each === name)
      if (number !== undefined) return { kind: 'number-attribute', name: number }
      return { kind: 'text-attribute', name: texts.find((each) => each === name) ?? 'run_id' }
    }
  }
}

const span = { start: 0, end: 0 } as const

const refusals: Readonly<Record<Exclude<Entity, 'metric'>, string>> = {
  parameter: "Expected a quoted string value for parameter (e.g. 'my-value'). Got value",
  tag: "Expected a quoted string value for tag (e.g. 'my-value'). Got value",
  attribute: 'Expected a quoted string value for attributes. Got value',
  dataset: 'Expected a quoted string value for dataset attributes. Got value',
}

const checkNullable = ({ entity, key }: Identifier<Entity>): void => {
  if (entity === 'tag' || entity === 'parameter') return
  throw invalid(
    `IS NULL / IS NOT NULL is only supported for tags and params, not for '${entity}' '${key}'`,
  )
}

interface Part {
  readonly identifier: Identifier<Entity>
  readonly comparator: string
  /** Checks the comparator, which MLflow does when it has read every clause. */
  readonly comparison: () => Comparison
}

/** MLflow lists the comparators of texts for attributes, numbers though they are. */
const checkNumberComparator = ({ entity }: Identifier<Entity>, comparator: string): void => {
  if (numberComparators.some((each) => each === comparator)) return
  checkComparator(comparator, entity === 'metric' ? numberComparators : textComparators, '')
}

const numberPart = (part: Omit<Part, 'comparison'>, field: Field, value: Token): Part => {
  const { identifier, comparator } = part
  const number = numberOf(
    value,
    identifier.entity === 'metric'
      ? 'Expected numeric value type for metric. Found'
      : `Expected numeric value type for numeric attribute: ${identifier.key}. Found`,
  )
  const comparison = (): Comparison => {
    checkNumberComparator(identifier, comparator)
    const operator = numberComparators.find((each) => each === comparator) ?? '='
    // `as`: only fields that hold numbers come here.
    return {
      kind: 'number',
      field: field as Extract<Comparison, { kind: 'number' }>['field'],
      operator,
      value: number,
      span,
    }
  }
  return { ...part, comparison }
}

type TextComparison = Extract<Comparison, { kind: 'text' | 'in' }>

const listPart = (part: Omit<Part, 'comparison'>, field: Field, value: Token): Part => {
  const { entity, key } = part.identifier
  if (entity === 'attribute' && key !== 'run_id')
    throw invalid(
      "Only ['run_id'] attributes support comparison with a list of quoted string values.",
    )
  const list = textsOf(value)
  const comparison = (): Comparison => {
    checkComparator(part.comparator, listComparators)
    const negated = part.comparator === 'NOT IN'
    // `as`: only fields that hold texts come here.
    return { kind: 'in', field: field as TextComparison['field'], negated, values: list, span }
  }
  return { ...part, comparison }
}

const operators: ReadonlyMap<string, '=' | '!=' | 'like' | 'ilike'> = new Map([
  ['=', '='],
  ['!=', '!='],
  ['LIKE', 'like'],
  ['ILIKE', 'ilike'],
])

const textPart = (part: Omit<Part, 'comparison'>, field: Field, value: Token): Part => {
  const { entity } = part.identifier
  const isPair = entity === 'parameter' || entity === 'tag'
  if (value.kind === 'list' && !isPair) return listPart(part, field, value)
  const found = textOf(value, refusals[entity === 'metric' ? 'attribute' : entity])
  const comparison = (): Comparison => {
    const end = entity === 'tag' || entity === 'dataset' ? '' : "'"
    checkComparator(part.comparator, isPair ? pairComparators : textComparators, end)
    const operator = operators.get(part.comparator)
    // `as`: only fields that hold texts come here.
    const textField = field as TextComparison['field']
    if (operator !== undefined)
      return { kind: 'text', field: textField, operator, value: found, span }
    const negated = part.comparator === 'NOT IN'
    return { kind: 'in', field: textField, negated, values: [found], span }
  }
  return { ...part, comparison }
}

const partOf = ({ field: token, comparator, value }: Clause): Part => {
  checkField(token)
  const identifier = identifierOf(token.raw, filterKeys)
  const field = fieldOf(identifier)
  const part = { identifier, comparator }
  if (value === undefined) {
    checkNullable(identifier)
    const negated = comparator === 'IS NOT NULL'
    // `as`: what may be null is a tag or a param.
    const nullable = field as Extract<Comparison, { kind: 'null' }>['field']
    return { ...part, comparison: () => ({ kind: 'null', field: nullable, negated, span }) }
  }
  return field.kind === 'metric' || field.kind === 'number-attribute'
    ? numberPart(part, field, value)
    : textPart(part, field, value)
}

/**
 * A filter of MLflow's about runs, in varve's own grammar.
 *
 * @throws `INVALID_PARAMETER_VALUE` with MLflow's words.
 */
export const runFilter = (filter: string): string => {
  const parts = parseClauses(filter, grammar).map(partOf)
  const terms: readonly Filter[] = parts.map(({ comparison }) => comparison())
  return filterText({ kind: 'and', terms, span })
}

const orderOf = (text: string): OrderBy => {
  const { raw, descending } = parseOrderElement(text)
  const identifier = identifierOf(raw, orderKeys)
  const field = fieldOf(identifier)
  if (field.kind === 'dataset') throw invalid("Invalid identifier type 'dataset'")
  return { field, descending }
}

/** An order of MLflow's over runs, in varve's own grammar. @throws `INVALID_PARAMETER_VALUE` */
export const runOrder = (orderBy: readonly string[]): readonly string[] => {
  const fields = orderBy.map(orderOf)
  const names = fields.map(({ field }) => fieldText(field))
  if (new Set(names).size < names.length)
    throw invalid(`\`order_by\` contains duplicate fields: [${orderBy.map(pythonRepr).join(', ')}]`)
  return fields.map(({ descending }, at) => `${names[at] ?? ''} ${descending ? 'desc' : 'asc'}`)
}

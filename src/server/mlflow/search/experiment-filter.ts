import { type Experiment, like } from '../../../tracking/index.ts'
import { invalid } from '../errors.ts'
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

type Entity = 'attribute' | 'tag'

/** Whether an experiment meets a filter. */
export type ExperimentTest = (experiment: Experiment) => boolean

const entities: ReadonlyMap<string, Entity> = new Map([
  ['attribute', 'attribute'],
  ['tag', 'tag'],
  ['tags', 'tag'],
])

const texts: ReadonlyMap<string, (experiment: Experiment) => string> = new Map([
  ['name', ({ name }) => name],
  ['experiment_id', ({ id }) => id],
])
const numbers: ReadonlyMap<string, (experiment: Experiment) => number> = new Map([
  ['creation_time', ({ creationTime }) => creationTime],
  ['last_update_time', ({ updateTime }) => updateTime],
])
const attributes = ['name', 'experiment_id', 'creation_time', 'last_update_time']

const listComparators = ['IN', 'NOT IN'] as const
const textComparators = ['=', '!=', 'LIKE', 'ILIKE', ...listComparators] as const
const tagComparators: ReadonlySet<string> = new Set(['=', '!=', 'LIKE', 'ILIKE'])

const grammar: Grammar = { anyCase: false, listed: (clauses) => clauses.join(', ') }

const identifierOf = (raw: string): Identifier<Entity> => {
  const { entity: name = 'attribute', key } = splitField(raw)
  const entity = entities.get(name)
  if (entity === undefined)
    throw invalid(
      `Invalid entity type '${name}'. Valid entity types are ('attribute', 'tag', 'tags')`,
    )
  if (entity === 'attribute' && !attributes.includes(key))
    throw invalid(
      `Invalid attribute key '${key}' specified. Valid keys are '${pythonSet(attributes)}'`,
    )
  return { entity, key }
}

const numberTests: ReadonlyMap<string, (left: number, right: number) => boolean> = new Map([
  ['>', (left, right) => left > right],
  ['>=', (left, right) => left >= right],
  ['!=', (left, right) => left !== right],
  ['=', (left, right) => left === right],
  ['<', (left, right) => left < right],
  ['<=', (left, right) => left <= right],
])

const textTest = (comparator: string, wanted: string): ((value: string) => boolean) => {
  if (comparator === 'LIKE' || comparator === 'ILIKE') return like(wanted, comparator === 'ILIKE')
  const isEqual = comparator === '=' || comparator === 'IN'
  return (value) => (value === wanted) === isEqual
}

const numberTestOf = (
  { key }: Identifier<Entity>,
  read: (experiment: Experiment) => number,
  { comparator, value }: Required<Clause>,
): ExperimentTest => {
  const wanted = numberOf(value, `Expected numeric value type for numeric attribute: ${key}. Found`)
  checkComparator(comparator, [...numberTests.keys()])
  const test = numberTests.get(comparator)
  return (experiment) => test?.(read(experiment), wanted) === true
}

const listTestOf = (
  { key }: Identifier<Entity>,
  read: (experiment: Experiment) => string,
  { comparator, value }: Required<Clause>,
): ExperimentTest => {
  if (key !== 'experiment_id')
    throw invalid(
      "Only ['experiment_id'] attributes support comparison with a list of quoted string values.",
    )
  const wanted = new Set(textsOf(value))
  checkComparator(comparator, listComparators)
  return (experiment) => wanted.has(read(experiment)) === (comparator === 'IN')
}

const attributeTest = (
  identifier: Identifier<Entity>,
  { field, comparator, value }: Clause,
): ExperimentTest => {
  const { key } = identifier
  if (value === undefined)
    throw invalid(`IS NULL / IS NOT NULL is only supported for tags, not for attribute '${key}'`)
  const clause = { field, comparator, value }
  const readNumber = numbers.get(key)
  if (readNumber !== undefined) return numberTestOf(identifier, readNumber, clause)
  const readText = texts.get(key) ?? (({ name }: Experiment) => name)
  if (value.kind === 'list') return listTestOf(identifier, readText, clause)
  const wanted = textOf(value, 'Expected a quoted string value for attributes. Got value')
  checkComparator(comparator, textComparators)
  const test = textTest(comparator, wanted)
  return (experiment) => test(readText(experiment))
}

const tagTest = (key: string, { comparator, value }: Clause): ExperimentTest => {
  const read = ({ tags }: Experiment): string | undefined => tags[key]
  if (value === undefined) {
    const isNull = comparator === 'IS NULL'
    return (experiment) => (read(experiment) === undefined) === isNull
  }
  const wanted = textOf(
    value,
    "Expected a quoted string value for tag (e.g. 'my-value'). Got value",
  )
  if (!tagComparators.has(comparator)) throw invalid(`Invalid comparator for tag: ${comparator}`)
  const test = textTest(comparator, wanted)
  return (experiment) => {
    const found = read(experiment)
    return found !== undefined && test(found)
  }
}

const testOf = (clause: Clause): ExperimentTest => {
  checkField(clause.field)
  const identifier = identifierOf(clause.field.raw)
  return identifier.entity === 'tag'
    ? tagTest(identifier.key, clause)
    : attributeTest(identifier, clause)
}

/** The test of a filter of MLflow's about experiments. @throws `INVALID_PARAMETER_VALUE` */
export const experimentFilter = (filter: string): ExperimentTest => {
  const tests = parseClauses(filter, grammar).map(testOf)
  return (experiment) => tests.every((test) => test(experiment))
}

export type ExperimentOrder = (a: Experiment, b: Experiment) => number

const encoder = new TextEncoder()

/** By UTF-8 bytes, as SQLite does. */
const compareText = (a: string, b: string): number => {
  const [left, right] = [encoder.encode(a), encoder.encode(b)]
  const at = left.findIndex((byte, index) => byte !== right[index])
  return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1)
}

const byId: ExperimentOrder = (a, b) => Number(a.id) - Number(b.id) || compareText(a.id, b.id)

const orderOf = (text: string): ExperimentOrder => {
  const { raw, descending } = parseOrderElement(text)
  const { entity, key } = identifierOf(raw)
  if (entity !== 'attribute') throw invalid(`Invalid order_by entity: ${entity}`)
  const sign = descending ? -1 : 1
  const read = numbers.get(key)
  if (read !== undefined) return (a, b) => sign * (read(a) - read(b))
  return key === 'name' ? (a, b) => sign * compareText(a.name, b.name) : (a, b) => sign * byId(a, b)
}

const newestFirst: readonly ExperimentOrder[] = [(a, b) => b.creationTime - a.creationTime, byId]

/** An order of MLflow's over experiments. @throws `INVALID_PARAMETER_VALUE` */
export const experimentOrder = (orderBy: readonly string[]): ExperimentOrder => {
  const orders: readonly ExperimentOrder[] =
    orderBy.length === 0 ? newestFirst : [...orderBy.map(orderOf), (a, b) => byId(b, a)]
  return (a, b) => orders.reduce((order, next) => order || next(a, b), 0)
}

import { missingParameter, wrongType } from '../errors.ts'
import { isObject, type Json, type JsonObject, NumberText } from './json.ts'
import { pythonJson, pythonType } from './python.ts'

/** Where the parameters of a request come from: its body, or its query, never both. */
export type Source =
  | { readonly kind: 'body'; readonly body: JsonObject }
  | { readonly kind: 'query'; readonly query: URLSearchParams }

/** How one kind of value is read. */
export interface Kind<T> {
  /** @param name - As messages name the parameter: `metrics[0].timestamp`. */
  readonly read: (value: Json, name: string) => T
  /** The value that the texts of a query parameter stand for. */
  readonly ofQuery: (texts: readonly string[]) => Json | undefined
}

/** How one parameter is read. */
export interface Field<T> {
  readonly read: (value: Json | undefined, name: string) => T
  readonly ofQuery: Kind<unknown>['ofQuery']
  /** Another name that it may come under. */
  readonly alias?: string
}

const refuse = (value: Json, name: string): Error =>
  wrongType(name, { json: pythonJson(value), type: pythonType(value) })

const first = (texts: readonly string[]): string | undefined => texts[0]

const simple = <T>(read: Kind<T>['read']): Kind<T> => ({ read, ofQuery: first })

/** A text. */
export const text: Kind<string> = simple((value, name) => {
  if (typeof value === 'string') return value
  throw refuse(value, name)
})

/** `true` or `false`, in a body. */
export const boolean: Kind<boolean> = simple((value, name) => {
  if (typeof value === 'boolean') return value
  throw refuse(value, name)
})

/** A text that older clients send as a number. */
export const idText: Kind<string> = simple((value, name) => {
  if (typeof value === 'string') return value
  if (value instanceof NumberText) return value.text
  if (typeof value === 'number') return String(value)
  throw refuse(value, name)
})

const INTEGER = /^-?\d+$/
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

const numberIn = (value: Json): number | undefined => {
  if (typeof value === 'number') return value
  const written = value instanceof NumberText ? value.text : value
  if (typeof written !== 'string') return undefined
  return INTEGER.test(written) || FLOAT.test(written) ? Number(written) : undefined
}

/** An integer as a number or as text; one that a double cannot hold is refused, never rounded. */
export const integer: Kind<number> = simple((value, name) => {
  const number = numberIn(value)
  if (number !== undefined && Number.isSafeInteger(number)) return number + 0
  throw refuse(value, name)
})

const DOUBLE_WORDS: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
])

/** A double as a number or as text; `true` is 1, as in Python. */
export const double: Kind<number> = simple((value, name) => {
  if (typeof value === 'boolean') return Number(value)
  const written = value instanceof NumberText ? value.text : value
  const word = typeof written === 'string' ? DOUBLE_WORDS.get(written) : undefined
  const number = word ?? numberIn(typeof value === 'string' ? value.trim() : value)
  if (number === undefined) throw refuse(value, name)
  return number
})

/**
 * A name out of a list, or its number. A text that is neither is taken for absent, as MLflow does, and so is
 * a number where nothing is said to be `checked`.
 */
export const enumOf = <Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  { checked = false }: { readonly checked?: boolean } = {},
): Kind<Name | undefined> =>
  simple((value, name) => {
    // `as`: keys of a record are its names.
    const names = Object.keys(numbers) as Name[]
    const number = numberIn(value)
    if (number !== undefined) {
      const found = names.find((each) => numbers[each] === number)
      if (found === undefined && checked && typeof value !== 'string') throw refuse(value, name)
      return found
    }
    if (typeof value !== 'string') throw refuse(value, name)
    return names.find((each) => each === value)
  })

/** An integer, or nothing for what is none or needs more than 32 bits: MLflow does not look at it then. */
export const lenientInteger: Kind<number | undefined> = simple((value) => {
  const number = numberIn(value)
  return number !== undefined && (number | 0) === number ? number : undefined
})

/** Any list; a query parameter that comes once is a list of one. */
export const listOf = <T>(item: Kind<T>): Kind<readonly T[]> => ({
  read: (value, name) => {
    if (!Array.isArray(value)) throw refuse(value, name)
    return value.map((each, at) => item.read(each, `${name}[${at}]`))
  },
  ofQuery: (texts) => texts,
})

/** Parameters by name, in the order in which they are looked at: the first that does not fit is told. */
export type Fields<T> = { readonly [Name in keyof T]: Field<T[Name]> }

/** An object inside a request. */
export const message = <T>(fields: Fields<T>): Kind<T> =>
  simple((value, name) => {
    if (!isObject(value)) throw refuse(value, name)
    return readAll(fields, value, `${name}.`)
  })

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

const own = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

/** A field, and the names that it may come under. */
interface Named {
  readonly name: string
  readonly field: Field<unknown>
  readonly other: string | undefined
}

const prepared = new WeakMap<object, readonly Named[]>()

/** protobuf's JSON knows fields by a camelCase name too, but MLflow looks for required ones by their own. */
const namedOf = (fields: Readonly<Record<string, Field<unknown>>>): readonly Named[] => {
  const known = prepared.get(fields)
  if (known !== undefined) return known
  const named = Object.entries(fields).map(([name, field]) => {
    const camel = isRequired(field) || !name.includes('_') ? undefined : camelCase(name)
    return { name, field, other: field.alias ?? camel }
  })
  prepared.set(fields, named)
  return named
}

const readAll = <T>(fields: Fields<T>, object: JsonObject, prefix: string): T => {
  const read: Record<string, unknown> = {}
  for (const { name, field, other } of namedOf(fields)) {
    const value = own(object, name) ?? (other === undefined ? undefined : own(object, other))
    read[name] = field.read(value, `${prefix}${name}`)
  }
  // `as`: every field was read.
  return read as T
}

/** The parameters of a request. @throws `INVALID_PARAMETER_VALUE` */
export const readFields = <T>(fields: Fields<T>, source: Source): T => {
  if (source.kind === 'body') return readAll(fields, source.body, '')
  const { query } = source
  const object: Record<string, Json> = Object.create(null)
  for (const { name, field } of namedOf(fields)) {
    const { ofQuery, alias = name } = field
    const texts = query.getAll(query.has(name) ? name : alias)
    const value = texts.length === 0 ? undefined : ofQuery(texts)
    if (value !== undefined) object[name] = value
  }
  return readAll(fields, object, '')
}

const requiredFields = new WeakSet<object>()
const isRequired = (field: object): boolean => requiredFields.has(field)

/** A parameter that must be there: null and the empty text count as absent. */
export const required = <T>(kind: Kind<T>, alias?: string): Field<T> => {
  const field: Field<T> = {
    read: (value, name) => {
      if (value === undefined || value === null || value === '') throw missingParameter(name)
      return kind.read(value, name)
    },
    ofQuery: kind.ofQuery,
    ...(alias === undefined ? {} : { alias }),
  }
  requiredFields.add(field)
  return field
}

/** A parameter that may be absent. */
export const optional = <T>(kind: Kind<T>): Field<T | undefined> => ({
  read: (value, name) =>
    value === undefined || value === null ? undefined : kind.read(value, name),
  ofQuery: kind.ofQuery,
})

/** A parameter with a default. */
export const withDefault = <T>(kind: Kind<T>, absent: T): Field<T> => ({
  read: (value, name) => (value === undefined || value === null ? absent : kind.read(value, name)),
  ofQuery: kind.ofQuery,
})

/** The run's id, which old clients call `run_uuid`. */
export const runId: Field<string> = required(text, 'run_uuid')

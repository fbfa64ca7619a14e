import { invalid } from '../errors.ts'
import { readObject, shown } from '../page-token.ts'
import { type Json, type JsonObject, NumberText } from '../wire/json.ts'
import { pythonJson } from '../wire/python.ts'

/** One element of an order, as it was asked for. */
export interface AskedOrder {
  readonly field_name: string
  readonly ascending: boolean
  readonly dataset_name: string | undefined
  readonly dataset_digest: string | undefined
}

/** What a page is one of: with another, its token is worth nothing. */
export interface Asked {
  readonly experimentIds: readonly string[]
  readonly filter: string
  readonly orderBy: readonly AskedOrder[]
}

/** Where a page begins, and the token of the moment that it shows. */
export interface Start {
  readonly offset: number
  readonly moment: string
}

const orderJson = ({ field_name, ascending, dataset_name, dataset_digest }: AskedOrder): Json => ({
  field_name,
  ascending,
  dataset_name: dataset_name ?? null,
  dataset_digest: dataset_digest ?? null,
})

const askedJson = ({ experimentIds, filter, orderBy }: Asked) => ({
  experiment_ids: experimentIds,
  filter_string: filter === '' ? null : filter,
  order_by: orderBy.length === 0 ? null : orderBy.map(orderJson),
})

/** A token of MLflow's form, and the moment. */
export const nextToken = (asked: Asked, start: Start): string =>
  btoa(pythonJson({ ...askedJson(asked), ...start }))

/** What a part of the token is called, and what is said when it is another. */
const parts = [
  ['experiment_ids', 'Experiment IDs in the page token do not match the requested experiment IDs.'],
  ['filter_string', 'Filter string in the page token does not match the requested filter string.'],
  ['order_by', 'Order by in the page token does not match the requested order by.'],
] as const

const plainly = (value: Json): string => (typeof value === 'string' ? value : shown(value))

const checkSame = (held: JsonObject, asked: Asked): void => {
  const wanted = askedJson(asked)
  for (const [part, refusal] of parts) {
    const [expected, found] = [wanted[part], held[part] ?? null]
    if (pythonJson(expected) !== pythonJson(found))
      throw invalid(`${refusal} Expected: ${plainly(expected)}. Found: ${plainly(found)}`)
  }
}

/** Where the page of a token begins. @throws `INVALID_PARAMETER_VALUE` */
export const readToken = (token: string | undefined, asked: Asked): Start | undefined => {
  if (token === undefined || token === '') return undefined
  const held = readObject(token)
  checkSame(held, asked)
  const { offset, moment } = held
  const number = offset instanceof NumberText ? Number(offset.text) : Number.NaN
  if (typeof moment === 'string' && Number.isSafeInteger(number)) return { offset: number, moment }
  throw invalid(
    'Invalid page token: it is of another server. Leave it out to begin with the first page.',
  )
}

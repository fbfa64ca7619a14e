import { endpoint } from '../endpoint.ts'
import { filled } from '../entities.ts'
import { invalid } from '../errors.ts'
import { present, unlessEmpty } from '../present.ts'
import { loggedModelFilter, loggedModelOrder } from '../search/logged-model-filter.ts'
import {
  boolean,
  idText,
  integer,
  listOf,
  message,
  optional,
  required,
  text,
  withDefault,
} from '../wire/fields.ts'
import { loggedModelAnswer } from './answer.ts'
import { type Asked, type AskedOrder, nextToken, readToken } from './page.ts'

/** What MLflow takes for no limit, and what is one here. */
const UNSTATED = 50
const ZERO = 100
const MOST = 50_000

interface Dataset {
  readonly dataset_name: string
  readonly dataset_digest: string | undefined
}

const datasetKind = message<Dataset>({
  dataset_name: withDefault(text, ''),
  dataset_digest: optional(text),
})

const orderKind = message<AskedOrder>({
  field_name: withDefault(text, ''),
  ascending: withDefault(boolean, true),
  dataset_name: optional(text),
  dataset_digest: optional(text),
})

const datasetOf = ({ dataset_name: name, dataset_digest: digest }: Dataset) => {
  if (name === '') throw invalid('`dataset_name` in the `datasets` clause must be specified.')
  return { name, ...present({ digest: unlessEmpty(digest) }) }
}

const orderOf = ({ field_name, ascending, dataset_name: name, dataset_digest }: AskedOrder) => {
  const field = loggedModelOrder(field_name)
  if (field === undefined) return []
  const order = { field, descending: !ascending }
  // A digest alone says nothing: data are known by their name first.
  if (name === undefined || name === '') return [order]
  return [{ ...order, dataset: { name, ...present({ digest: unlessEmpty(dataset_digest) }) } }]
}

const limitOf = (asked: number | undefined): number => {
  if (asked === undefined) return UNSTATED
  if (asked < 0)
    throw invalid(
      `Invalid value ${asked} for parameter 'max_results' supplied. It must be a positive integer`,
    )
  return asked === 0 ? ZERO : Math.min(asked, MOST)
}

export const searchLoggedModels = endpoint({
  method: 'POST',
  path: '/mlflow/logged-models/search',
  input: {
    experiment_ids: required(listOf(idText)),
    filter: withDefault(text, ''),
    datasets: withDefault(listOf(datasetKind), []),
    max_results: optional(integer),
    order_by: withDefault(listOf(orderKind), []),
    page_token: optional(text),
  },
  answer: async (call, { experiment_ids: experimentIds, order_by: orderBy, ...query }) => {
    const asked: Asked = { experimentIds, filter: query.filter, orderBy }
    const start = readToken(query.page_token, asked)
    const limit = limitOf(query.max_results)
    const filter = loggedModelFilter(query.filter)
    const datasets = query.datasets.map(datasetOf)
    const order = orderBy.flatMap(orderOf)
    if (filter === undefined || experimentIds.length === 0) return {}
    const { models, nextPageToken } = await call.view.loggedModels.search({
      experimentIds,
      filter,
      datasets,
      orderBy: order,
      limit,
      ...present({ pageToken: start?.moment }),
    })
    const offset = (start?.offset ?? 0) + limit
    return {
      models: filled(await Promise.all(models.map((model) => loggedModelAnswer(call, model)))),
      next_page_token:
        nextPageToken === undefined
          ? undefined
          : nextToken(asked, { offset, moment: nextPageToken }),
    }
  },
})

import type { RegistryView } from '../../../registry/index.ts'
import { endpoint } from '../endpoint.ts'
import { filled } from '../entities.ts'
import { invalid, wrongType } from '../errors.ts'
import { momentToken, offsetToken, readMomentToken, readOffset } from '../page-token.ts'
import { present } from '../present.ts'
import { modelFilter, modelOrder } from '../search/registry-filter.ts'
import { integer, listOf, optional, text, withDefault } from '../wire/fields.ts'
import { modelAnswers } from './answer.ts'

const MOST = 1000

/** @throws `INVALID_PARAMETER_VALUE` */
const checkLimit = (limit: number): void => {
  if (limit > MOST) throw wrongType('max_results', { json: `"${limit}"`, type: 'str' })
  if (limit < 0)
    throw invalid(`Invalid value for max_results. It must be a positive integer, but got ${limit}`)
}

type Query = NonNullable<Parameters<RegistryView['searchModels']>[0]>

/** Nothing is a page, too: of it, MLflow says that there is another. */
const emptyPage = async (registry: RegistryView, query: Query, token: string | undefined) => {
  const { models } = await registry.searchModels({ ...query, limit: 1 })
  return models.length === 0 ? {} : { next_page_token: token ?? offsetToken(0) }
}

export const searchModels = endpoint({
  method: 'GET',
  path: '/mlflow/registered-models/search',
  input: {
    filter: withDefault(text, ''),
    max_results: withDefault(integer, 100),
    order_by: withDefault(listOf(text), []),
    page_token: optional(text),
  },
  answer: async (call, { max_results: limit, page_token: token, ...asked }) => {
    const { registry } = call.view
    checkLimit(limit)
    const query = {
      filter: modelFilter(asked.filter),
      orderBy: modelOrder(asked.order_by),
      ...present({ pageToken: readMomentToken(token) }),
    }
    if (limit === 0) return await emptyPage(registry, query, token)
    const { models, nextPageToken } = await registry.searchModels({ ...query, limit })
    const next = readOffset(token) + limit
    return {
      registered_models: filled(await modelAnswers(call, models)),
      next_page_token: nextPageToken === undefined ? undefined : momentToken(next, nextPageToken),
    }
  },
})

import { endpoint } from '../endpoint.ts'
import { filled } from '../entities.ts'
import { invalid, wrongType } from '../errors.ts'
import { momentToken, readMomentToken, readOffset } from '../page-token.ts'
import { present } from '../present.ts'
import { versionFilter, versionOrder } from '../search/registry-filter.ts'
import { integer, listOf, optional, text, withDefault } from '../wire/fields.ts'
import { versionAnswer } from './answer.ts'

const MOST = 200_000

/** @throws `INVALID_PARAMETER_VALUE` */
const checkLimit = (limit: number): void => {
  if (limit > MOST) throw wrongType('max_results', { json: `"${limit}"`, type: 'str' })
  if (limit < 1)
    throw invalid(`Invalid value for max_results. It must be a positive integer, but got ${limit}`)
}

export const searchVersions = endpoint({
  method: 'GET',
  path: '/mlflow/model-versions/search',
  input: {
    filter: withDefault(text, ''),
    max_results: withDefault(integer, MOST),
    order_by: withDefault(listOf(text), []),
    page_token: optional(text),
  },
  answer: async ({ view }, { max_results: limit, page_token: token, ...asked }) => {
    checkLimit(limit)
    const { versions, nextPageToken } = await view.registry.searchVersions({
      filter: versionFilter(asked.filter),
      orderBy: versionOrder(asked.order_by),
      limit,
      ...present({ pageToken: readMomentToken(token) }),
    })
    const next = readOffset(token) + limit
    return {
      model_versions: filled(versions.map((version) => versionAnswer(version, { aliases: false }))),
      next_page_token: nextPageToken === undefined ? undefined : momentToken(next, nextPageToken),
    }
  },
})

import { endpoint } from '../endpoint.ts'
import { filled, runAnswer } from '../entities.ts'
import { invalid, wrongType } from '../errors.ts'
import { momentToken, readMomentToken, readOffset } from '../page-token.ts'
import { runFilter, runOrder } from '../search/run-filter.ts'
import { lifecycles, viewType } from '../search/view-type.ts'
import { idText, integer, listOf, optional, text, withDefault } from '../wire/fields.ts'
import { withExperiments } from './common.ts'

const MOST = 50_000

/** @throws `INVALID_PARAMETER_VALUE` */
const checkLimit = (limit: number): void => {
  if (limit > MOST) throw wrongType('max_results', { json: String(limit), type: 'int' })
  if (limit < 1)
    throw invalid(
      `Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`,
    )
}

export const searchRuns = endpoint({
  method: 'POST',
  path: '/mlflow/runs/search',
  input: {
    experiment_ids: withDefault(listOf(idText), []),
    filter: withDefault(text, ''),
    run_view_type: optional(viewType),
    max_results: withDefault(integer, 1000),
    order_by: withDefault(listOf(text), []),
    page_token: optional(text),
  },
  answer: async (call, { experiment_ids: ids, max_results: limit, ...query }) => {
    checkLimit(limit)
    const pageToken = readMomentToken(query.page_token)
    const { rows, nextPageToken } = await call.view.runs.search({
      experimentIds: ids,
      filter: runFilter(query.filter),
      orderBy: runOrder(query.order_by),
      lifecycle: lifecycles[query.run_view_type ?? 'ACTIVE_ONLY'],
      limit,
      ...(pageToken === undefined ? {} : { pageToken }),
    })
    const found = await withExperiments(call, rows)
    const next = readOffset(query.page_token) + limit
    return {
      runs: filled(found.map((run) => runAnswer(call.settings, run))),
      next_page_token: nextPageToken === undefined ? undefined : momentToken(next, nextPageToken),
    }
  },
})

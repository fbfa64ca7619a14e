import { type Call, type Endpoint, endpoint, type Method } from '../endpoint.ts'
import { experimentAnswer, filled } from '../entities.ts'
import { invalid } from '../errors.ts'
import { pageOf, readOffset } from '../page-token.ts'
import { experimentFilter, experimentOrder } from '../search/experiment-filter.ts'
import { lifecycles, viewType } from '../search/view-type.ts'
import { integer, listOf, optional, text, withDefault } from '../wire/fields.ts'
import type { Answer } from '../wire/json.ts'

const MOST = 50_000

const input = {
  max_results: withDefault(integer, 1000),
  page_token: optional(text),
  filter: withDefault(text, ''),
  order_by: withDefault(listOf(text), []),
  view_type: optional(viewType),
}

const checkLimit = (limit: number): void => {
  if (limit < 1)
    throw invalid(
      `Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`,
    )
  if (limit > MOST)
    throw invalid(
      `Invalid value ${limit} for parameter 'max_results' supplied. It must be at most ${MOST}`,
    )
}

interface Query {
  readonly max_results: number
  readonly page_token: string | undefined
  readonly filter: string
  readonly order_by: readonly string[]
  readonly view_type: keyof typeof lifecycles | undefined
}

const answer = async ({ view, settings }: Call, query: Query): Promise<Answer> => {
  const { max_results: limit, view_type: which = 'ACTIVE_ONLY' } = query
  checkLimit(limit)
  const test = experimentFilter(query.filter)
  const order = experimentOrder(query.order_by)
  const offset = readOffset(query.page_token)
  const all = await view.experiments.list({ lifecycle: lifecycles[which] })
  const { page, next } = pageOf(all.filter(test).sort(order), { offset, limit })
  return {
    experiments: filled(page.map((experiment) => experimentAnswer(settings, experiment))),
    next_page_token: next,
  }
}

const at = (method: Method): Endpoint =>
  endpoint({ method, path: '/mlflow/experiments/search', input, answer })

export const searchExperiments: readonly Endpoint[] = [at('POST'), at('GET')]

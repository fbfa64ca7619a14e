import { type Call, type Endpoint, endpoint } from '../endpoint.ts'
import { filled } from '../entities.ts'
import { invalid } from '../errors.ts'
import { pageOf, readOffset } from '../page-token.ts'
import {
  integer,
  lenientInteger,
  listOf,
  optional,
  required,
  runId,
  text,
  withDefault,
} from '../wire/fields.ts'
import { bareJson } from '../wire/json.ts'
import { byStep, byTime, pointAnswer, pointsOf, sampled } from './points.ts'

const getHistory = endpoint({
  method: 'GET',
  path: '/mlflow/metrics/get-history',
  input: {
    run_id: runId,
    metric_key: required(text),
    page_token: optional(text),
    max_results: optional(lenientInteger),
  },
  answer: async (
    call,
    { run_id: run, metric_key: metric, page_token: token, max_results: limit },
  ) => {
    if (limit !== undefined && limit < 1)
      throw invalid(
        `Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer.`,
      )
    const offset = readOffset(token)
    const points = await pointsOf(call, { run, metric }, byTime)
    const { page, next } = pageOf(points, { offset, limit: limit ?? points.length })
    return {
      metrics: filled(page.map((point) => pointAnswer(metric, point))),
      next_page_token: next,
    }
  },
})

const MOST_IN_BULK = 25_000
const MOST_RUNS = 100
const MOST_IN_INTERVAL = 2500
const SEE = 'See the API docs for more information about request parameters.'

/** @throws `INVALID_PARAMETER_VALUE` */
const checkRuns = (what: string, field: string, count: number): void => {
  if (count > MOST_RUNS)
    throw invalid(
      `${what} request must specify at most ${MOST_RUNS} ${field}s. Received ${count} ${field}s. ${SEE}`,
    )
}

/** Of MLflow's pages alone, in a form of its own: bare NaN, the list always there. */
const getHistoryBulk = endpoint({
  method: 'GET',
  path: '/mlflow/metrics/get-history-bulk',
  surfaces: ['/ajax-api'],
  input: {
    run_id: withDefault(listOf(text), []),
    metric_key: withDefault(text, ''),
    max_results: withDefault(integer, MOST_IN_BULK),
  },
  answer: async (call, { run_id: runs, metric_key: metric, max_results: wanted }) => {
    if (runs.length === 0)
      throw invalid('GetMetricHistoryBulk request must specify at least one run_id.')
    if (runs.length > MOST_RUNS)
      throw invalid(
        `GetMetricHistoryBulk request cannot specify more than ${MOST_RUNS} run_ids. Received ${runs.length} run_ids.`,
      )
    if (metric === '') throw invalid('GetMetricHistoryBulk request must specify a metric_key.')
    const limit = wanted < 0 ? MOST_IN_BULK : Math.min(wanted, MOST_IN_BULK)
    const points = await historiesOf(call, [...new Set(runs)].sort(), metric)
    const metrics = points.slice(0, limit).map(({ run, point: { step, timestamp, value } }) => ({
      key: metric,
      run_id: run,
      step,
      timestamp,
      value,
    }))
    return new Response(bareJson({ metrics }), { headers: { 'content-type': 'application/json' } })
  },
})

const historiesOf = async (call: Call, runs: readonly string[], metric: string) => {
  const all = []
  for (const run of runs) {
    for (const point of await pointsOf(call, { run, metric }, byTime)) all.push({ run, point })
  }
  return all
}

interface Interval {
  readonly start_step: number | undefined
  readonly end_step: number | undefined
}

/** @throws `INVALID_PARAMETER_VALUE` */
const checkInterval = ({ start_step: start, end_step: end }: Interval): void => {
  if ((start === undefined) !== (end === undefined))
    throw invalid('If either start step or end step are specified, both must be specified.')
  if (start !== undefined && end !== undefined && start > end)
    throw invalid(
      `end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`,
    )
}

const getHistoryBulkInterval = endpoint({
  method: 'GET',
  path: '/mlflow/metrics/get-history-bulk-interval',
  input: {
    run_ids: required(listOf(text)),
    metric_key: required(text),
    start_step: optional(integer),
    end_step: optional(integer),
    max_results: withDefault(integer, MOST_IN_INTERVAL),
  },
  answer: async (call, { run_ids: runs, metric_key: metric, max_results: most, ...interval }) => {
    checkRuns('GetMetricHistoryBulkInterval', 'run_id', runs.length)
    if (most < 1 || most > MOST_IN_INTERVAL)
      throw invalid(`max_results must be between 1 and ${MOST_IN_INTERVAL}. ${SEE}`)
    checkInterval(interval)
    const { start_step: start = -Infinity, end_step: end = Infinity } = interval
    const metrics = []
    for (const run of runs) {
      const points = await pointsOf(call, { run, metric }, byStep)
      const inside = points.filter(({ step }) => step >= start && step <= end)
      metrics.push(...sampled(inside, most).map((point) => pointAnswer(metric, point, run)))
    }
    return { metrics: filled(metrics) }
  },
})

export const metricEndpoints: readonly Endpoint[] = [
  getHistory,
  getHistoryBulk,
  getHistoryBulkInterval,
]

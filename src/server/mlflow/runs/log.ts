import {
  type MetricInput,
  metricColumns,
  metricsOfModels,
  type PendingTracking,
  trackingRules,
} from '../../../tracking/index.ts'
import { type Call, type Endpoint, endpoint, type Rule } from '../endpoint.ts'
import { invalid, mlflowError } from '../errors.ts'
import { checkRunId } from '../names.ts'
import { listOf, required, runId, text, withDefault } from '../wire/fields.ts'
import { pythonRepr } from '../wire/python.ts'
import { checkWritable } from './common.ts'
import {
  checkMetric,
  type MetricParameters,
  metricFields,
  metricKind,
  pairKind,
  paramOf,
  pointOf,
  tagOf,
} from './values.ts'

type Pairs = readonly (readonly [string, string])[]

interface Batch {
  readonly id: string
  readonly metrics: readonly MetricParameters[]
  readonly params: Pairs
  readonly tags: Pairs
}

const same = Object.is

/** A client that got no answer sends its points again: the newest of a metric is known by itself. */
const isLatest = (call: Call, run: string, point: MetricInput): boolean => {
  const { key, value, timestamp, step, model } = point
  // What the model has of it is not looked at here.
  if (model !== undefined) return false
  const { runs } = call.tracking()
  const row = runs.rowOf(run)
  const latest = row === undefined ? undefined : runs.metric(row, key)
  return (
    latest !== undefined &&
    same(latest.last, value) &&
    latest.step === step &&
    latest.timestamp === timestamp
  )
}

/** Each point once. */
const distinct = (metrics: readonly MetricParameters[]): readonly MetricInput[] => {
  const [only] = metrics
  if (only !== undefined && metrics.length === 1) return [pointOf(only)]
  const points = new Map<string, MetricInput>()
  for (const metric of metrics) {
    const { key, value, timestamp, step } = metric
    const model = metric.model_id ?? ''
    points.set(`${value} ${timestamp} ${step} ${model} ${key}`, pointOf(metric))
  }
  return [...points.values()]
}

/** Every param that would change. @throws `INVALID_PARAMETER_VALUE` */
const checkParams = (facts: PendingTracking, id: string, params: Pairs): void => {
  const changes = params.flatMap(([key, value]) => {
    const logged = facts.param(id, key)
    if (logged === undefined || logged === value) return []
    return `{'key': ${pythonRepr(key)}, 'old_value': ${pythonRepr(logged)}, 'new_value': ${pythonRepr(value)}}`
  })
  if (changes.length > 0)
    throw invalid(
      `Changing param values is not allowed. Params were already logged='[${changes.join(', ')}]' for run ID='${id}'.`,
    )
}

const batchRule = (call: Call, { id, metrics, params, tags }: Batch): Rule => {
  const points = distinct(metrics)
  return (facts, now) => {
    checkWritable(facts, id)
    const fresh = points.filter((point) => !isLatest(call, id, point))
    // In MLflow's order: whether the run takes anything, then the params, which write once.
    trackingRules.logParams(facts, { id, params: [] })
    checkParams(facts, id, params)
    const models = metricsOfModels(fresh, id, now)
    return [
      ...trackingRules.logParams(facts, { id, params }),
      ...trackingRules.logMetrics(facts, { id, metrics: metricColumns(fresh, now) }),
      ...trackingRules.logModelMetrics(facts, { id, models }),
      ...trackingRules.setTags(facts, { id, tags }),
    ]
  }
}

const logMetric = endpoint({
  method: 'POST',
  path: '/mlflow/runs/log-metric',
  input: { run_id: runId, ...metricFields },
  answer: async (call, { run_id: id, ...metric }) => {
    checkMetric(metric)
    await call.write(batchRule(call, { id, metrics: [metric], params: [], tags: [] }))
    return {}
  },
})

const logParam = endpoint({
  method: 'POST',
  path: '/mlflow/runs/log-parameter',
  input: { run_id: runId, key: required(text), value: withDefault(text, '') },
  answer: async (call, { run_id: id, ...param }) => {
    const params = [paramOf(param)]
    await call.write((facts) => {
      checkWritable(facts, id)
      return trackingRules.logParams(facts, { id, params })
    })
    return {}
  },
})

const setTag = endpoint({
  method: 'POST',
  path: '/mlflow/runs/set-tag',
  input: { run_id: runId, key: required(text), value: withDefault(text, '') },
  answer: async (call, { run_id: id, ...tag }) => {
    await call.write(batchRule(call, { id, metrics: [], params: [], tags: [tagOf(tag)] }))
    return {}
  },
})

const deleteTag = endpoint({
  method: 'POST',
  path: '/mlflow/runs/delete-tag',
  input: { run_id: required(text), key: required(text) },
  answer: async ({ write }, { run_id: id, key }) => {
    await write((facts) => {
      checkWritable(facts, id)
      if (facts.run(id)?.lifecycle === 'active' && facts.tag(id, key) === undefined)
        throw mlflowError(
          'RESOURCE_DOES_NOT_EXIST',
          `No tag with name: ${key} in run with id ${id}`,
        )
      return trackingRules.deleteTag(facts, { id, key })
    })
    return {}
  },
})

const most = { metrics: 1000, params: 100, tags: 100 } as const

/** @throws `INVALID_PARAMETER_VALUE` */
const checkCount = (what: string, count: number, max: number): void => {
  if (count > max)
    throw invalid(
      `A batch logging request can contain at most ${max} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
    )
}

const checkCounts = ({ metrics, params, tags }: Batch): void => {
  checkCount('metrics', metrics.length, most.metrics)
  checkCount('params', params.length, most.params)
  checkCount('tags', tags.length, most.tags)
  const all = metrics.length + params.length + tags.length
  checkCount('metrics, params, and tags', all, most.metrics)
}

/** @throws `INVALID_PARAMETER_VALUE` */
const checkDuplicates = (params: Pairs): void => {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const [key] of params) (seen.has(key) ? twice : seen).add(key)
  if (twice.size > 0)
    throw invalid(
      `Duplicate parameter keys have been submitted: [${[...twice].map(pythonRepr).join(', ')}]. Please ensure the request contains only one param value per param key.`,
    )
}

const logBatch = endpoint({
  method: 'POST',
  path: '/mlflow/runs/log-batch',
  input: {
    run_id: required(text),
    metrics: withDefault(listOf(metricKind), []),
    params: withDefault(listOf(pairKind), []),
    tags: withDefault(listOf(pairKind), []),
  },
  answer: async (call, { run_id: id, metrics, ...pairs }) => {
    checkRunId(id)
    for (const [at, metric] of metrics.entries()) checkMetric(metric, `metrics[${at}].`)
    const params = pairs.params.map((param, at) => paramOf(param, `params[${at}].`))
    const tags = pairs.tags.map((tag, at) => tagOf(tag, `tags[${at}].`))
    const batch = { id, metrics, params, tags }
    checkCounts(batch)
    checkDuplicates(params)
    // Of a tag that comes twice, the last counts.
    await call.write(batchRule(call, { ...batch, tags: [...new Map(tags)] }))
    return {}
  },
})

export const logEndpoints: readonly Endpoint[] = [logMetric, logParam, setTag, deleteTag, logBatch]

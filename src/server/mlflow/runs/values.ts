import type { MetricInput } from '../../../tracking/index.ts'
import { invalid } from '../errors.ts'
import { checkLength, checkName, limits, truncated } from '../names.ts'
import { double, integer, message, optional, required, text, withDefault } from '../wire/fields.ts'
import { pythonFloat } from '../wire/python.ts'

/** The parameters of one point of a metric. */
export const metricFields = {
  key: required(text),
  value: required(double),
  timestamp: required(integer),
  step: withDefault(integer, 0),
  model_id: optional(text),
  dataset_name: optional(text),
  dataset_digest: optional(text),
}

export const metricKind = message<MetricParameters>(metricFields)
export const pairKind = message({ key: required(text), value: withDefault(text, '') })
/** A tag of a new run, which MLflow does not look at. */
export const looseTagKind = message({ key: withDefault(text, ''), value: withDefault(text, '') })

export interface MetricParameters {
  readonly key: string
  readonly value: number
  readonly timestamp: number
  readonly step: number
  readonly model_id: string | undefined
  readonly dataset_name: string | undefined
  readonly dataset_digest: string | undefined
}

interface Pair {
  readonly key: string
  readonly value: string
}

/** @param at - What stands before the names of parameters: `metrics[0].`. @throws `INVALID_PARAMETER_VALUE` */
export const checkMetric = ({ key, value, timestamp }: MetricParameters, at = ''): void => {
  checkName(key, `${at}name`)
  checkLength(key, 'Metric name', limits.key)
  if (timestamp < 0)
    throw invalid(
      `Invalid value ${timestamp} for parameter '${at}timestamp' supplied: metric '${key}' (value=${pythonFloat(value)}). Timestamp must be a nonnegative long (64-bit integer) `,
    )
}

/** A point as tracking takes it. */
export const pointOf = (metric: MetricParameters): MetricInput => {
  const { key, value, timestamp, step, model_id: model, dataset_name: name } = metric
  const point = { key, value, timestamp, step }
  // A dataset is of the model's metric alone.
  if (model === undefined || model === '') return point
  if (name === undefined || name === '') return { ...point, model }
  const digest = metric.dataset_digest
  return { ...point, model, dataset: { name, ...(digest === undefined ? {} : { digest }) } }
}

/** The param as it is kept. @throws `INVALID_PARAMETER_VALUE` */
export const paramOf = ({ key, value }: Pair, at = ''): [string, string] => {
  checkName(key, `${at}key`)
  checkLength(key, 'Param key', limits.key)
  return [key, truncated(value, limits.paramValue)]
}

/** The tag as it is kept. @throws `INVALID_PARAMETER_VALUE` */
export const tagOf = ({ key, value }: Pair, at = ''): [string, string] => {
  checkName(key, `${at}key`)
  checkLength(key, `${at}key`, limits.key)
  return [key, truncated(value, limits.runTagValue)]
}

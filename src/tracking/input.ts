import * as v from 'valibot'
import { checked, shown } from '../kernel/check.ts'
import { kernelError } from '../kernel/errors.ts'
import type { MetricDataset } from '../logged-models/events.ts'
import { type DatasetInput, type MetricColumns, type RunEventData, runStatuses } from './events.ts'

/** Keys and values in the caller's order; keys are the caller's, and `__proto__` is a legal one. */
export type Pairs = readonly (readonly [key: string, value: string])[]

/** Values by name: a plain object, a Map, or pairs. */
export type Named<T> = Readonly<Record<string, T>> | Iterable<readonly [string, T]>

/** MLflow's limit, in code points. */
const maxKey = 250
const maxName = 500

const refuse = (what: string, value: unknown, expected: string): Error =>
  kernelError(
    'INVALID_VALUE',
    `${what} is ${shown(value)}. Expected ${expected}. Nothing was written; correct it and call again.`,
    { data: { what, value, expected } },
  )

const length = (text: string): number => (text.length <= maxKey ? text.length : [...text].length)

/** A key or name from outside. @throws `INVALID_VALUE` */
export const nameOf = (value: unknown, what: string, max = maxKey): string => {
  if (typeof value !== 'string' || value === '')
    throw refuse(what, value, 'a string that is not empty')
  if (length(value) > max) throw refuse(what, value, `at most ${max} characters`)
  return value
}

export const experimentName = (value: unknown, what: string): string => nameOf(value, what, maxName)

const isIterable = (value: object): value is Iterable<unknown> => Symbol.iterator in value

const entriesOf = (values: unknown, what: string): readonly unknown[] => {
  if (typeof values !== 'object' || values === null) {
    throw refuse(what, values, 'an object, a Map or pairs')
  }
  return isIterable(values) ? [...values] : Object.entries(values)
}

/** What `values` holds, each value parsed; keys may be anything but empty or too long. */
const namedOf = <T>(
  values: unknown,
  what: string,
  parse: (value: unknown, what: string) => T,
): [string, T][] =>
  entriesOf(values, what).map((entry) => {
    if (!Array.isArray(entry) || entry.length !== 2)
      throw refuse(what, entry, 'pairs of key and value')
    const key = nameOf(entry[0], `a key of ${what}`)
    return [key, parse(entry[1], `${what}.${key}`)]
  })

const textOf = (value: unknown, what: string): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value)
  }
  throw refuse(what, value, 'a string, a number or a boolean')
}

/** Params or tags from outside; numbers and booleans become text. @throws `INVALID_VALUE` */
export const pairsOf = (values: unknown, what: string): [string, string][] =>
  values === undefined ? [] : namedOf(values, what, textOf)

const numberOf = (value: unknown, what: string): number => {
  if (typeof value === 'number') return value
  throw refuse(what, value, 'a number; NaN and infinities are numbers')
}

/** A step: any safe integer. @throws `INVALID_VALUE` */
const stepOf = (value: unknown, what: string): number => {
  if (Number.isSafeInteger(value) && typeof value === 'number') return value
  throw refuse(what, value, 'an integer')
}

const isTime = (value: unknown): value is number =>
  Number.isSafeInteger(value) && typeof value === 'number' && value >= 0

/** Ms since the epoch. @throws `INVALID_VALUE` */
export const timeOf = (value: unknown, what: string): number => {
  const time = value instanceof Date ? value.getTime() : value
  if (isTime(time)) return time
  throw refuse(what, value, 'a Date, or milliseconds since the epoch')
}

/** A point of a metric as a caller logs it. */
export interface MetricInput {
  readonly key: string
  readonly value: number
  /** Default 0. */
  readonly step?: number
  /** Default now. */
  readonly timestamp?: number | Date
  /** Id of a logged model that it is a metric of, too. */
  readonly model?: string
  /** The data that it was measured on; only of a logged model. */
  readonly dataset?: MetricDataset
}

/** Measured: a typed array of few numbers costs more to make and to collect than the numbers are worth. */
const fewPoints = 4

const emptyColumns = (keys: string[], size: number): MetricColumns =>
  size <= fewPoints
    ? { keys, key: [], value: [], step: [], timestamp: [] }
    : {
        keys,
        key: new Uint32Array(size),
        value: new Float64Array(size),
        step: new Float64Array(size),
        timestamp: new Float64Array(size),
      }

/** Points as parallel columns. @throws `INVALID_VALUE` */
export const metricColumns = (points: readonly MetricInput[], now: number): MetricColumns => {
  const keys: string[] = []
  const indices = new Map<string, number>()
  const columns = emptyColumns(keys, points.length)
  for (const [at, point] of points.entries()) {
    if (!isPlainPoint(point)) checkPoint(point, `metrics[${at}]`)
    const { key, value, step = 0, timestamp = now } = point
    let index = indices.get(key)
    if (index === undefined) {
      index = keys.push(key) - 1
      indices.set(key, index)
    }
    columns.key[at] = index
    columns.value[at] = value
    columns.step[at] = step
    columns.timestamp[at] = Number(timestamp)
  }
  return columns
}

/** Whether nothing is to be said about a point; words for what is wrong cost more than the point does. */
const isPlainPoint = (point: MetricInput): boolean =>
  typeof point === 'object' &&
  point !== null &&
  typeof point.key === 'string' &&
  point.key !== '' &&
  point.key.length <= maxKey &&
  typeof point.value === 'number' &&
  (point.step === undefined || Number.isSafeInteger(point.step)) &&
  (point.timestamp === undefined || isTime(point.timestamp))

/** @throws `INVALID_VALUE` */
const checkPoint = (point: MetricInput, what: string): void => {
  if (typeof point !== 'object' || point === null) {
    throw refuse(what, point, 'a point: { key, value, step, timestamp }')
  }
  nameOf(point.key, `${what}.key`)
  numberOf(point.value, `${what}.value`)
  stepOf(point.step ?? 0, `${what}.step`)
  if (point.timestamp !== undefined) timeOf(point.timestamp, `${what}.timestamp`)
}

const metricOptions = v.optional(
  v.strictObject({ step: v.optional(v.unknown()), timestamp: v.optional(v.unknown()) }),
  {},
)

/** One point for each name, at one step and time. @throws `INVALID_VALUE` */
export const metricRow = (values: Named<number>, options: unknown, now: number): MetricColumns => {
  const { step, timestamp } = metricOptionsOf(options)
  const at = stepOf(step ?? 0, 'step')
  const time = timestamp === undefined ? now : timeOf(timestamp, 'timestamp')
  if (isFew(values)) return fewColumns(values, at, time)
  const named = namedOf(values, 'metrics', numberOf)
  // Pairs may name a metric twice; the columns may not.
  return metricColumns(
    named.map(([key, value]) => ({ key, value, step: at, timestamp: time })),
    now,
  )
}

/** Nearly every call gives nothing but a step, which a look tells sooner than a schema does. */
const metricOptionsOf = (options: unknown): { step?: unknown; timestamp?: unknown } => {
  if (options === undefined) return {}
  if (typeof options === 'object' && options !== null) {
    const known = Object.keys(options).every((key) => key === 'step' || key === 'timestamp')
    if (known) return options
  }
  return checked(metricOptions, options, 'logMetrics: options')
}

/** Whether values are a plain object with few well-formed fields: the usual row. */
const isFew = (values: unknown): values is Readonly<Record<string, number>> => {
  if (typeof values !== 'object' || values === null || Symbol.iterator in values) return false
  const keys = Object.keys(values)
  // `as`: read as unknown, and looked at.
  const fields = values as Readonly<Record<string, unknown>>
  return (
    keys.length <= fewPoints &&
    keys.every((key) => key !== '' && key.length <= maxKey && typeof fields[key] === 'number')
  )
}

const fewColumns = (
  values: Readonly<Record<string, number>>,
  step: number,
  timestamp: number,
): MetricColumns => {
  const keys = Object.keys(values)
  return {
    keys,
    key: keys.map((_, index) => index),
    value: keys.map((key) => values[key] ?? Number.NaN),
    step: keys.map(() => step),
    timestamp: keys.map(() => timestamp),
  }
}

const batchInput = v.strictObject({
  metrics: v.optional(v.array(v.custom<MetricInput>(() => true))),
  params: v.optional(v.unknown()),
  tags: v.optional(v.unknown()),
})

/** What a batch holds, parsed. @throws `INVALID_VALUE` */
export const batchOf = (
  batch: unknown,
  now: number,
): { metrics: MetricColumns; points: readonly MetricInput[]; params: Pairs; tags: Pairs } => {
  const { metrics = [], params, tags } = checked(batchInput, batch, 'logBatch')
  return {
    metrics: metricColumns(metrics, now),
    points: metrics,
    params: pairsOf(params, 'params'),
    tags: pairsOf(tags, 'tags'),
  }
}

/** A dataset that a run read, as a caller names it. */
export interface DatasetSource {
  readonly name: string
  readonly digest: string
  /** Default `local`. */
  readonly sourceType?: string
  readonly source?: string
  readonly schema?: string
  readonly profile?: string
}

const datasetSource = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(500)),
  digest: v.pipe(v.string(), v.minLength(1)),
  sourceType: v.optional(v.string(), 'local'),
  source: v.optional(v.string(), ''),
  schema: v.optional(v.string()),
  profile: v.optional(v.string()),
})

/** Default `training`: what a run read a dataset for. */
const contextTag = 'mlflow.data.context'

const inputOptions = v.optional(
  v.strictObject({ context: v.optional(v.string()), tags: v.optional(v.unknown()) }),
  {},
)

/** @throws `INVALID_VALUE` */
export const datasetInput = (source: unknown, options?: unknown): DatasetInput => {
  const { context, tags } = checked(inputOptions, options, 'logInput: options')
  return {
    ...checked(datasetSource, source, 'logInput'),
    tags: [
      ...pairsOf(tags, 'tags'),
      ...(context === undefined ? [] : [[contextTag, context] satisfies [string, string]]),
    ],
  }
}

const time = v.union([v.number(), v.date()])

export const endInput = v.strictObject({
  status: v.optional(v.picklist(['FINISHED', 'FAILED', 'KILLED']), 'FINISHED'),
  error: v.optional(v.string()),
  endTime: v.optional(time),
})

const updateInput = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(maxName))),
  status: v.optional(v.picklist(runStatuses)),
  startTime: v.optional(time),
})

/** Changes to a run from outside. @throws `INVALID_VALUE` */
export const updateOf = (changes: unknown): RunEventData['run.updated'] => {
  const { startTime, ...rest } = checked(updateInput, changes, 'run.update')
  return startTime === undefined ? rest : { ...rest, startTime: timeOf(startTime, 'startTime') }
}

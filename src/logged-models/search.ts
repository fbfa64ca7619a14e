import {
  type Entity,
  type FieldReader,
  type Filter,
  filterTest,
  type NumberField,
  parseFilterOf,
  parseOrderOf,
  type SortKey,
  sortedBy,
  sortKeys,
  type TextField,
  type Vocabulary,
} from '../tracking/index.ts'
import type { MetricDataset } from './events.ts'
import type { LoggedModelState } from './logged-model.fold.ts'
import { blocksOf, type LoggedMetric, latestOfKey, pointsOfKey } from './metric-points.ts'

const texts = [
  'name',
  'model_id',
  'model_type',
  'status',
  'source_run_id',
  'experiment_id',
  'artifact_uri',
  'creator_id',
] as const
const numbers = ['creation_timestamp', 'last_updated_timestamp'] as const
type Text = (typeof texts)[number]
type Numeric = (typeof numbers)[number]

const entities: readonly [string, Entity][] = [
  ['attributes', 'attribute'],
  ['attribute', 'attribute'],
  ['metrics', 'metric'],
  ['metric', 'metric'],
  ['params', 'param'],
  ['param', 'param'],
  ['tags', 'tag'],
  ['tag', 'tag'],
]

/** The fields of logged models, under MLflow's names. */
const vocabulary: Vocabulary<Text, Numeric> = {
  texts,
  numbers,
  aliases: new Map([
    ['creation_time', 'creation_timestamp'],
    ['creation_timestamp_ms', 'creation_timestamp'],
    ['last_updated_time', 'last_updated_timestamp'],
    ['last_updated_timestamp_ms', 'last_updated_timestamp'],
  ]),
  entities: new Map(entities),
  example: 'a field such as metrics.auc, params.alpha, tags.team or name',
}

const textOf: Readonly<Record<Text, (model: LoggedModelState) => string | undefined>> = {
  name: ({ name }) => name,
  model_id: ({ id }) => id,
  model_type: ({ type }) => type,
  status: ({ status }) => status,
  source_run_id: ({ run }) => run,
  experiment_id: ({ experiment }) => experiment,
  artifact_uri: ({ artifactLocation }) => artifactLocation,
  creator_id: ({ user }) => user,
}

const numberOf: Readonly<Record<Numeric, (model: LoggedModelState) => number>> = {
  creation_timestamp: ({ createdTime }) => createdTime,
  last_updated_timestamp: ({ changedTime }) => changedTime,
}

/** Whether points on some data count. */
type Accepts = (dataset: MetricDataset | undefined) => boolean

/** Points on any of these data; without a digest, of any digest. All points where no data are named. */
const acceptsOf = (datasets: readonly MetricDataset[]): Accepts => {
  if (datasets.length === 0) return () => true
  return (found) =>
    datasets.some(
      ({ name, digest }) =>
        found?.name === name && (digest === undefined || found.digest === digest),
    )
}

type MetricField = Extract<NumberField<Numeric>, { readonly kind: 'metric' }>

/** What a point that is not an aggregate is asked for: any point may meet a condition. */
const metricValues = (
  { points }: LoggedModelState,
  { key, aggregate }: MetricField,
  accepts: Accepts,
): readonly number[] => {
  const found = [...pointsOfKey(points, key, accepts)]
  if (found.length === 0 || aggregate === 'last') return found.map(({ value }) => value)
  return [aggregated[aggregate](found)]
}

type Aggregated = Exclude<MetricField['aggregate'], 'last'>

const real = (points: readonly LoggedMetric[]): readonly number[] =>
  points.map(({ value }) => value).filter((value) => !Number.isNaN(value))

const isEarlier = (a: LoggedMetric, b: LoggedMetric): boolean =>
  a.step === b.step ? a.timestamp < b.timestamp : a.step < b.step

const aggregated: Readonly<Record<Aggregated, (points: readonly LoggedMetric[]) => number>> = {
  min: (points) => real(points).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  max: (points) => real(points).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  count: (points) => points.length,
  step: (points) => points.reduce((last, { step }) => Math.max(last, step), 0),
  first: (points) => points.reduce((a, b) => (isEarlier(b, a) ? b : a)).value,
}

const readerWith = (accepts: Accepts): FieldReader<LoggedModelState, Text, Numeric> => ({
  texts: (model, field) => textsOf(model, field),
  numbers: (model, field) =>
    field.kind === 'number-attribute'
      ? [numberOf[field.name](model)]
      : metricValues(model, field, accepts),
})

const textsOf = (
  model: LoggedModelState,
  field: TextField<Text> | { readonly kind: 'dataset' },
): readonly string[] => {
  const value = oneText(model, field)
  return value === undefined ? [] : [value]
}

const oneText = (
  model: LoggedModelState,
  field: TextField<Text> | { readonly kind: 'dataset' },
): string | undefined => {
  switch (field.kind) {
    case 'param':
      return model.params.get(field.key)
    case 'tag':
      return model.tags.get(field.key)
    case 'text-attribute':
      return textOf[field.name](model)
    case 'dataset':
      return undefined
  }
}

/** One element of an order; the metrics of one kind of data may be meant. */
export interface LoggedModelOrder {
  /** `metrics.auc`, `name`. */
  readonly field: string
  readonly descending?: boolean | undefined
  readonly dataset?: MetricDataset | undefined
}

/** What of a query says which logged models are wanted, and in which order. */
export interface LoggedModelSelection {
  readonly filter?: string | undefined
  readonly datasets: readonly MetricDataset[]
  readonly orderBy: readonly (string | LoggedModelOrder)[]
}

type Key = SortKey<LoggedModelState>

const keysOf = (order: string | LoggedModelOrder, accepts: Accepts): readonly Key[] => {
  const text = typeof order === 'string' ? order : order.field
  const own = typeof order === 'string' ? undefined : order
  const within = own?.dataset === undefined ? accepts : acceptsOf([own.dataset])
  return parseOrderOf([text], vocabulary).flatMap(({ field, descending: down }) => {
    const descending = own?.descending ?? down
    if (field.kind === 'metric' && field.aggregate === 'last') {
      return [{ descending, of: ({ points }) => latestOfKey(points, field.key, within)?.value }]
    }
    return sortKeys([{ field, descending }], readerWith(within))
  })
}

const newestFirst: readonly Key[] = [
  { descending: true, of: ({ createdTime }) => createdTime },
  { descending: true, of: ({ createdAt }) => createdAt },
]

const namesMetric = (filter: Filter<Text, Numeric>): boolean => {
  if ('terms' in filter) return filter.terms.some(namesMetric)
  return 'term' in filter ? namesMetric(filter.term) : filter.field.kind === 'metric'
}

/** Whether a model has a metric on the data. */
const isMeasured = ({ points }: LoggedModelState, accepts: Accepts): boolean =>
  blocksOf(points).some(({ origins }) => origins.some(({ dataset }) => accepts(dataset)))

/** The parsed selection: a test, and a sorting. @throws `FILTER_SYNTAX`, `ORDER_SYNTAX` */
export const selectionOf = ({ filter: text = '', datasets, orderBy }: LoggedModelSelection) => {
  const filter = parseFilterOf(text, vocabulary)
  const accepts = acceptsOf(datasets)
  const test = filterTest(filter, readerWith(accepts))
  const asksData = datasets.length > 0 && !namesMetric(filter)
  const keys = [...orderBy.flatMap((order) => keysOf(order, accepts)), ...newestFirst]
  return (models: readonly LoggedModelState[]): readonly LoggedModelState[] => {
    const wanted = models.filter(
      (model) => test(model) && (!asksData || isMeasured(model, accepts)),
    )
    return sortedBy(wanted, keys)
  }
}

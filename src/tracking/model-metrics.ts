import { kernelError } from '../kernel/errors.ts'
import type { MetricDataset, ModelMetrics } from '../logged-models/events.ts'
import type { MetricColumns } from './events.ts'
import { type MetricInput, metricColumns } from './input.ts'

/** Points that a run measured of one logged model, as the model keeps them. */
export interface MetricsOfModel {
  readonly model: string
  readonly metrics: ModelMetrics
}

interface Group {
  readonly model: string
  readonly dataset: MetricDataset | undefined
  readonly points: MetricInput[]
}

/** Whether a point says anything beside what every point says. */
const isPlain = ({ model, dataset }: MetricInput): boolean =>
  model === undefined && dataset === undefined

/** Of which model, and on what data; as a caller says it. */
interface About {
  readonly model: unknown
  readonly dataset: unknown
}

const refuse = (what: string, expected: string): Error =>
  kernelError(
    'INVALID_VALUE',
    `${what} is not what it should be. Expected ${expected}. Nothing was written; correct it and call again.`,
    { data: { what, expected } },
  )

/** @throws `INVALID_VALUE` */
const aboutOf = ({ model, dataset }: About, what: string): Omit<Group, 'points'> => {
  if (typeof model !== 'string' || model === '') {
    throw refuse(`${what}model`, 'the id of a logged model, to which alone a dataset belongs')
  }
  if (dataset === undefined) return { model, dataset }
  if (!isDataset(dataset)) throw refuse(`${what}dataset`, '{ name, digest }, both of them strings')
  return { model, dataset: datasetOf(dataset) }
}

const isDataset = (value: unknown): value is MetricDataset =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  (!('digest' in value) || value.digest === undefined || typeof value.digest === 'string')

const datasetOf = ({ name, digest }: MetricDataset): MetricDataset => ({
  name,
  ...(digest === undefined ? {} : { digest }),
})

/** The points that are of a logged model, too: by model and data, in the order of the points. */
export const metricsOfModels = (
  points: readonly MetricInput[],
  run: string | undefined,
  now: number,
): readonly MetricsOfModel[] => {
  const groups = new Map<string, Group>()
  for (const [at, point] of points.entries()) {
    if (isPlain(point)) continue
    const { model, dataset } = aboutOf(
      { model: point.model, dataset: point.dataset },
      `metrics[${at}].`,
    )
    const key = JSON.stringify([model, dataset?.name, dataset?.digest])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { model, dataset, points: [point] })
    else group.points.push(point)
  }
  return [...groups.values()].map(({ model, dataset, points: own }) => ({
    model,
    metrics: {
      ...(run === undefined ? {} : { run }),
      ...(dataset === undefined ? {} : { dataset }),
      ...metricColumns(own, now),
    },
  }))
}

/** A row that a run measured of a logged model. @throws `INVALID_VALUE` */
export const metricsOfRow = (
  about: About,
  run: string | undefined,
  columns: MetricColumns,
): readonly MetricsOfModel[] => {
  const { model, dataset } = aboutOf(about, '')
  const facts = {
    ...(run === undefined ? {} : { run }),
    ...(dataset === undefined ? {} : { dataset }),
  }
  return [{ model, metrics: { ...facts, ...columns } }]
}

import type { ModelMetrics } from '../../logged-models/events.ts'
import type { DatasetInput, MetricColumns } from '../../tracking/events.ts'
import { type ArtifactPlaces, readArtifacts } from './artifacts.node.ts'
import { createColumns } from './metrics.ts'
import { createModelPoints } from './model-metrics.ts'
import { datasetFrom, runFrom } from './records.ts'
import { datasetSchema, runSchema } from './schemas.ts'
import type { SourceRun } from './source.ts'
import type { Row, TableQuery } from './sqlite.node.ts'
import { pairsIn, recordsOf, type Tables } from './sqlite-tables.node.ts'

export const runQuery: TableQuery = {
  table: 'runs',
  columns: {
    run_uuid: 'text',
    experiment_id: 'text',
    name: 'text',
    user_id: 'text',
    status: 'text',
    start_time: 'value',
    end_time: 'value',
    deleted_time: 'value',
    lifecycle_stage: 'text',
    artifact_uri: 'text',
    source_name: 'text',
    source_version: 'text',
    entry_point_name: 'text',
  },
  loss: 'runs beyond that place are left out',
}

interface Store {
  readonly tables: Tables
  readonly places: ArtifactPlaces
}

/** Reads one run but for its metrics and artifacts, which are read when asked for. */
export const readRun = ({ places, tables }: Store, id: string): SourceRun | undefined => {
  const [record] = recordsOf(tables, { ...runQuery, where: { run_uuid: id } }, runSchema)
  if (record === undefined) return undefined
  const tags = pairsIn(tables, { table: 'tags', where: { run_uuid: id } })
  const experiment = record.experiment_id ?? '0'
  const isExpected = tags.some(([key]) => key === 'mlflow.log-model.history')
  return runFrom({
    record,
    id,
    experiment,
    params: pairsIn(tables, { table: 'params', where: { run_uuid: id } }),
    tags,
    datasets: datasetsOf(tables, id),
    ...modelsOf(tables, id),
    metrics: async () => metricsOf(tables, id),
    artifacts: () =>
      readArtifacts(places, {
        file: tables.file.name,
        run: id,
        experiment,
        location: record.artifact_uri,
        // A database does not come with its artifacts, so their absence says nothing about the run.
        isExpected: isExpected || record.artifact_uri !== null,
      }),
  })
}

/** MLflow's databases hold no infinity: it writes the largest double in place of one. */
const largest = Number.MAX_VALUE

const metricsOf = ({ file, problems }: Tables, run: string): MetricColumns => {
  const points = createColumns()
  const rows = file.rows({
    table: 'metrics',
    columns: { key: 'text', value: 'value', timestamp: 'value', step: 'value', is_nan: 'value' },
    where: { run_uuid: run },
    loss: 'points beyond that place are left out',
  })
  for (const row of rows) {
    const { key } = row
    const timestamp = whole(row['timestamp'])
    const step = whole(row['step'] ?? 0)
    const value = valueIn(row)
    const isComplete = timestamp !== undefined && step !== undefined && value !== undefined
    if (isComplete && typeof key === 'string' && key !== '')
      points.add(key, { timestamp, value, step })
    else {
      const message = `A point of the metric ${String(key)} of run ${run} is left out: its value, timestamp or step is no number.`
      problems.add({ file: file.name, message })
    }
  }
  return points.finish()
}

/** The points of a logged model. */
export const modelMetricsOf = (
  { file, problems }: Tables,
  model: string,
): readonly ModelMetrics[] => {
  const points = createModelPoints()
  for (const row of file.rows({ ...modelMetricQuery, where: { model_id: model } })) {
    const key = textIn(row, 'key')
    const timestamp = whole(row['timestamp'])
    const step = whole(row['step'] ?? 0)
    const value = valueIn(row)
    if (timestamp === undefined || step === undefined || value === undefined || key === '') {
      const message = `A point of the metric ${key} of the logged model ${model} is left out: its value, timestamp or step is no number.`
      problems.add({ file: file.name, message })
      continue
    }
    const [run, dataset, digest] = ['run', 'dataset', 'digest'].map((column) => textIn(row, column))
    const origin = { run: run ?? '', dataset: dataset ?? '', digest: digest ?? '' }
    points.add(key, { timestamp, value, step, ...origin })
  }
  return points.finish()
}

const textIn = (row: Row, column: string): string => {
  const value = row[column]
  return typeof value === 'string' ? value : ''
}

const modelMetricQuery: TableQuery = {
  table: 'logged_model_metrics',
  columns: {
    key: 'text',
    value: 'value',
    timestamp: 'value',
    step: 'value',
    run: 'text',
    dataset: 'text',
    digest: 'text',
  },
  from: {
    key: 'metric_name',
    value: 'metric_value',
    timestamp: 'metric_timestamp_ms',
    step: 'metric_step',
    run: 'run_id',
    dataset: 'dataset_name',
    digest: 'dataset_digest',
  },
  loss: 'points of logged models beyond that place are left out',
}

const whole = (value: unknown): number | undefined => {
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

const valueIn = (row: Row): number | undefined => {
  if (row['is_nan'] === 1) return Number.NaN
  const value = typeof row['value'] === 'bigint' ? Number(row['value']) : row['value']
  if (typeof value !== 'number') return undefined
  return Math.abs(value) === largest ? Math.sign(value) * Number.POSITIVE_INFINITY : value
}

const linkColumns = {
  source_type: 'text',
  source_id: 'text',
  destination_id: 'text',
  input_uuid: 'text',
  step: 'value',
} as const

const linksOf = ({ file }: Tables, where: Readonly<Record<string, string>>): Row[] => {
  const loss = 'inputs and outputs of runs beyond that place are left out'
  return [...file.rows({ table: 'inputs', columns: linkColumns, where, loss })]
}

const datasetsOf = (tables: Tables, run: string): DatasetInput[] => {
  const where = { source_type: 'DATASET', destination_type: 'RUN', destination_id: run }
  return linksOf(tables, where).flatMap((link) => {
    const uuid = String(link['source_id'])
    const query = { ...datasetQuery, where: { dataset_uuid: uuid } }
    const [dataset] = recordsOf(tables, query, datasetSchema)
    if (dataset === undefined) {
      const message = `Run ${run} read the dataset ${uuid}, which the table datasets does not describe; it is left out.`
      tables.problems.add({ file: tables.file.name, message })
      return []
    }
    const tags = pairsIn(tables, {
      table: 'input_tags',
      where: { input_uuid: String(link['input_uuid']) },
      from: { key: 'name', value: 'value' },
    })
    return [datasetFrom(dataset, tags)]
  })
}

const datasetQuery: TableQuery = {
  table: 'datasets',
  columns: {
    name: 'text',
    digest: 'text',
    source_type: 'text',
    source: 'text',
    schema: 'text',
    profile: 'text',
  },
  from: {
    source_type: 'dataset_source_type',
    source: 'dataset_source',
    schema: 'dataset_schema',
    profile: 'dataset_profile',
  },
  loss: 'datasets beyond that place are left out',
}

const modelsOf = (
  tables: Tables,
  run: string,
): Pick<SourceRun, 'modelInputs' | 'modelOutputs'> => ({
  modelInputs: linksOf(tables, { source_type: 'RUN_INPUT', source_id: run }).map((link) =>
    String(link['destination_id']),
  ),
  modelOutputs: linksOf(tables, { source_type: 'RUN_OUTPUT', source_id: run }).map((link) => ({
    id: String(link['destination_id']),
    step: whole(link['step']) ?? 0,
  })),
})

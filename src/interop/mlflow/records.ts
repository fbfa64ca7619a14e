import type { DatasetInput } from '../../tracking/events.ts'
import type {
  DatasetRecord,
  ExperimentRecord,
  LoggedModelRecord,
  RunRecord,
  VersionRecord,
} from './schemas.ts'
import type {
  Pairs,
  SourceExperiment,
  SourceLoggedModel,
  SourceModel,
  SourceRun,
  SourceVersion,
} from './source.ts'

/** From checked records of either kind of store to the records that readers of a source see. */

export const experimentFrom = (record: ExperimentRecord, tags: Pairs): SourceExperiment => ({
  id: record.experiment_id,
  name: record.name,
  artifactLocation: record.artifact_location,
  createdAt: record.creation_time,
  updatedAt: record.last_update_time,
  deleted: record.lifecycle_stage,
  tags,
})

interface RunParts
  extends Pick<
    SourceRun,
    | 'id'
    | 'experiment'
    | 'params'
    | 'tags'
    | 'datasets'
    | 'modelInputs'
    | 'modelOutputs'
    | 'metrics'
    | 'artifacts'
  > {
  readonly record: RunRecord
}

export const runFrom = ({ record, tags, ...parts }: RunParts): SourceRun => {
  const allTags = [...tags, ...tagsOfOldFields(record, tags)]
  const tag = (key: string): string | undefined => allTags.find(([name]) => name === key)?.[1]
  return {
    ...parts,
    name: record.run_name || tag('mlflow.runName') || record.name || '',
    user: record.user_id || tag('mlflow.user') || '',
    status: record.status,
    startTime: record.start_time,
    endTime: record.end_time,
    deleted: record.lifecycle_stage,
    deletedAt: record.deleted_time,
    artifactLocation: record.artifact_uri,
    tags: sortedPairs(allTags),
  }
}

/** Before 1.0 MLflow kept in fields of the run what are tags today. */
const tagsOfOldFields = (record: RunRecord, tags: Pairs): Pairs => {
  const old: readonly (readonly [string, string | null])[] = [
    ['mlflow.source.name', record.source_name],
    ['mlflow.source.git.commit', record.source_version],
    ['mlflow.project.entryPoint', record.entry_point_name],
  ]
  return old.flatMap(([key, value]) =>
    value === null || value === '' || tags.some(([name]) => name === key) ? [] : [[key, value]],
  )
}

export const datasetFrom = (record: DatasetRecord, tags: Pairs): DatasetInput => ({
  name: record.name,
  digest: record.digest,
  sourceType: record.source_type,
  source: record.source,
  ...(record.schema === null ? {} : { schema: record.schema }),
  ...(record.profile === null ? {} : { profile: record.profile }),
  tags: tags.map(([key, value]) => [key, value]),
})

/** MLflow's mark of a version that was deleted: the row stays, emptied. */
const deletedStage = 'Deleted_Internal'

export const versionFrom = (record: VersionRecord, tags: Pairs): SourceVersion => {
  const deleted = record.current_stage === deletedStage
  return {
    version: record.version,
    createdAt: record.creation_timestamp,
    updatedAt: record.last_updated_timestamp,
    stage: deleted ? 'None' : (record.current_stage ?? 'None'),
    run: record.run_id || null,
    source: record.source,
    storageLocation: record.storage_location,
    description: record.description,
    user: record.user_id,
    status: record.status,
    deleted,
    tags,
  }
}

interface LoggedModelParts
  extends Pick<SourceLoggedModel, 'experiment' | 'params' | 'tags' | 'metrics'> {
  readonly record: LoggedModelRecord
}

export const loggedModelFrom = ({ record, ...parts }: LoggedModelParts): SourceLoggedModel => ({
  id: record.model_id,
  name: record.name,
  type: record.model_type || null,
  run: record.source_run_id || null,
  status: record.status,
  statusMessage: record.status_message || null,
  createdAt: record.creation_timestamp,
  updatedAt: record.last_updated_timestamp,
  deleted: record.lifecycle_stage,
  artifactLocation: record.artifact_location,
  ...parts,
})

export const sortedPairs = (pairs: Pairs): Pairs => [...pairs].sort(([a], [b]) => compare(a, b))

/** Orders by time, then by identity: the same on every machine; what has no time comes first. */
export const byTime =
  <T>(time: (item: T) => number | null, identity: (item: T) => string) =>
  (a: T, b: T): number =>
    compare(time(a) ?? Number.NEGATIVE_INFINITY, time(b) ?? Number.NEGATIVE_INFINITY) ||
    compare(identity(a), identity(b))

export const compare = <T extends string | number>(a: T, b: T): number => {
  if (a === b) return 0
  return a < b ? -1 : 1
}

export const inOrder = {
  experiments: byTime<SourceExperiment>(
    (item) => item.createdAt,
    (item) => item.id,
  ),
  models: byTime<SourceModel>(
    (item) => item.createdAt,
    (item) => item.name,
  ),
  loggedModels: byTime<SourceLoggedModel>(
    (item) => item.createdAt,
    (item) => item.id,
  ),
}

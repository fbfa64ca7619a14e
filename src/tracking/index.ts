export { artifactUriOf } from './artifact-uri.ts'
export {
  type CompareOptions,
  compareRuns,
  diffRuns,
  type RunComparison,
  type RunDifference,
} from './compare.ts'
export { defaultExperiment } from './decide.ts'
export { type TrackingErrorCode, trackingErrorCodes } from './errors.ts'
export {
  type DatasetInput,
  type MetricColumns,
  type RunStatus,
  type TrackingEventData,
  trackingEvents,
} from './events.ts'
export { experimentsProjection } from './experiment.fold.ts'
export type { CreateOptions, Experiments } from './experiments.ts'
export type { ExperimentsView } from './experiments-view.ts'
export {
  type DatasetSource,
  type MetricInput,
  metricColumns,
  metricRow,
  type Named,
  nameOf,
  pairsOf,
} from './input.ts'
export { type MetricsOfModel, metricsOfModels, metricsOfRow } from './model-metrics.ts'
export { pageToken, readPageToken } from './page-token.ts'
export { type PendingTracking, type TrackingState, trackingDecider } from './pending.ts'
export { trackingRules } from './rules.ts'
export type {
  ArtifactFile,
  Experiment,
  Lifecycle,
  MetricPoint,
  MetricSummary,
  ModelOutput,
  RunRecord,
} from './run.ts'
export type {
  Batch,
  EndOptions,
  InputOptions,
  MetricOptions,
  Run,
  RunChanges,
  Scalar,
} from './run-handle.ts'
export { randomRunName } from './run-name.ts'
export type { Facts, Runs, StartOptions } from './runs.ts'
export type { RunPage, RunQuery, RunsView } from './runs-view.ts'
export type {
  Comparison,
  Field,
  Filter,
  NumberField,
  OrderBy,
  TextField,
} from './search/filter.ts'
export {
  type FieldReader,
  filterTest,
  type SortKey,
  sortedBy,
  sortKeys,
} from './search/item-search.ts'
export { like } from './search/like.ts'
export { parseFilterOf } from './search/parse-filter.ts'
export { parseOrderOf } from './search/parse-order.ts'
export { fieldText, filterText } from './search/print.ts'
export type { Entity, Vocabulary } from './search/vocabulary.ts'
export {
  artifactDigests,
  createTracking,
  runsProjection,
  type Tracking,
} from './tracking.ts'

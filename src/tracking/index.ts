export {
  type CompareOptions,
  compareRuns,
  diffRuns,
  type RunComparison,
  type RunDifference,
} from './compare.ts'
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
export type { DatasetSource, MetricInput, Named } from './input.ts'
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
export type { Facts, Runs, StartOptions } from './runs.ts'
export type { RunPage, RunQuery, RunsView } from './runs-view.ts'
export {
  artifactDigests,
  createTracking,
  runsProjection,
  type Tracking,
} from './tracking.ts'

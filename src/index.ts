export type { ArtifactContent, ByteRange } from './artifacts/index.ts'
export type {
  AliasMove,
  Approval,
  Diff,
  EntityDiff,
  FieldDiff,
  FieldValue,
  ResponsibleEvent,
  Why,
} from './audit/index.ts'
export { type ErrorCode, errorCodes } from './errors.ts'
export type { KeepingOptions, StoreCopy } from './keeping/index.ts'
export type { WriteOptions } from './kernel/engine.ts'
export { DomainError } from './kernel/errors.ts'
export {
  defineEvents,
  type EventDefinition,
  type EventFamily,
} from './kernel/events/define-events.ts'
export type { EventMeta, NewEvent, RecordedEvent } from './kernel/events/event.ts'
export type { StandardSchema } from './kernel/events/standard-schema.ts'
export type { Moment, When } from './kernel/moment.ts'
export type { Problem } from './kernel/problem.ts'
export type { ProjectionHandle } from './kernel/projections/user-projection.ts'
export type { Feed, FeedStart } from './kernel/streams/feed.ts'
export type { EventBatch, ReadOptions } from './kernel/streams/read-events.ts'
export type { Delivery, Subscription } from './kernel/streams/subscription.ts'
export type {
  CreateLoggedModelOptions,
  FinalizeOptions,
  LoggedMetric,
  LoggedModel,
  LoggedModelLifecycle,
  LoggedModelOrder,
  LoggedModelPage,
  LoggedModelQuery,
  LoggedModelStatus,
  LoggedModels,
  LoggedModelsView,
  MetricDataset,
  ModelMetricOptions,
  ModelRegistration,
} from './logged-models/index.ts'
export { type OpenOptions, open } from './open.ts'
export type {
  CurrentVersion,
  ListQuery,
  ModelLifecycle,
  ModelPage,
  ModelVersion,
  RegisteredModel,
  RegisterOptions,
  Registry,
  RegistryQuery,
  RegistryView,
  ResolvedModel,
  RollbackOptions,
  TagsInput,
  TagValue,
  Transition,
  TransitionOptions,
  TransitionQuery,
  VersionDetails,
  VersionPage,
} from './registry/index.ts'
export type {
  ArtifactFile,
  Batch,
  CompareOptions,
  CreateOptions,
  DatasetInput,
  DatasetSource,
  EndOptions,
  Experiment,
  Experiments,
  ExperimentsView,
  InputOptions,
  Lifecycle,
  MetricInput,
  MetricOptions,
  MetricPoint,
  MetricSummary,
  ModelOutput,
  Named,
  Run,
  RunChanges,
  RunComparison,
  RunPage,
  RunQuery,
  RunRecord,
  RunStatus,
  Runs,
  RunsView,
  Scalar,
  StartOptions,
} from './tracking/index.ts'
export type {
  EventsQuery,
  LogInfo,
  ProjectionOf,
  Varve,
  VarveEventData,
  VarveView,
  Verification,
} from './varve.ts'

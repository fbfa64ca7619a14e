export { loggedModelsProjection } from './checkpoint.ts'
export type { ExperimentChoice, ExperimentFact } from './decide.ts'
export { type LoggedModelErrorCode, loggedModelErrorCodes, loggedModelNotFound } from './errors.ts'
export {
  type LoggedModelEventData,
  type LoggedModelStatus,
  loggedModelEvents,
  type MetricDataset,
} from './events.ts'
export { loggedModelById } from './logged-model.fold.ts'
export {
  type CreateLoggedModelOptions,
  createLoggedModels,
  type FinalizeOptions,
  type LoggedModels,
  type ModelMetricOptions,
} from './logged-models.ts'
export type { LoggedMetric } from './metric-points.ts'
export type { LoggedModel, LoggedModelLifecycle, ModelRegistration } from './model.ts'
export type { LoggedModelOrder } from './search.ts'
export {
  type LoggedModelPage,
  type LoggedModelQuery,
  type LoggedModelsView,
  loggedModelsView,
} from './view.ts'

export { registryProjection } from './checkpoint.ts'
export { modelEntity, transitionEntity, versionEntity } from './entities.ts'
export { type RegistryErrorCode, registryErrorCodes } from './errors.ts'
export {
  type RegistryEvent,
  type RegistryEventData,
  registryEvents,
} from './events.ts'
export type { ListQuery, TagsInput, TagValue } from './inputs.ts'
export { foldModel, isRegistryEvent } from './model.fold.ts'
export type {
  CurrentVersion,
  ModelLifecycle,
  ModelVersion,
  RegisteredModel,
  ResolvedModel,
  Transition,
} from './model.ts'
export { type ModelState, versionState } from './model-state.ts'
export { valuesOf } from './persistent.ts'
export { type RegistryView, registryAsOf } from './reader.ts'
export { createRegistry } from './registry.ts'
export type {
  RegisterOptions,
  Registry,
  RollbackOptions,
  TransitionOptions,
  TransitionQuery,
  VersionDetails,
} from './registry-api.ts'
export type { ModelPage, RegistryQuery, VersionPage } from './search.ts'
export { type ModelReference, parseModelUri } from './uri.ts'
export type { LoggedModelFacts, RunModel } from './writing.ts'

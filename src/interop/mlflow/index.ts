export { openMlflowSource } from './open.node.ts'
export type {
  LeftOut,
  MlflowSource,
  Pairs,
  SourceArtifact,
  SourceExperiment,
  SourceLoggedModel,
  SourceModel,
  SourceProblem,
  SourceRun,
  SourceVersion,
} from './source.ts'

import * as run from './decide.ts'
import * as experiment from './decide-experiment.ts'

/**
 * What may be written about runs and experiments, for those who compose commands of their own: a server
 * decides several of them in one commit.
 */
export const trackingRules = {
  startRun: run.startRun,
  logParams: run.logParams,
  logMetrics: run.logMetrics,
  logModelMetrics: run.logModelMetrics,
  setTags: run.setTags,
  deleteTag: run.deleteTag,
  logInputs: run.logInputs,
  logOutputs: run.logOutputs,
  logArtifact: run.logArtifact,
  deleteArtifacts: run.deleteArtifacts,
  updateRun: run.updateRun,
  endRun: run.endRun,
  deleteRun: run.deleteRun,
  restoreRun: run.restoreRun,
  createExperiment: experiment.createExperiment,
  renameExperiment: experiment.renameExperiment,
  setExperimentTags: experiment.setExperimentTags,
  deleteExperimentTag: experiment.deleteExperimentTag,
  deleteExperiment: experiment.deleteExperiment,
  restoreExperiment: experiment.restoreExperiment,
} as const

import type { Experiment, PendingTracking, RunRecord } from '../../../tracking/index.ts'
import type { Call } from '../endpoint.ts'
import type { RunInExperiment } from '../entities.ts'
import { invalid } from '../errors.ts'

/** A run with its experiment. @throws `RUN_NOT_FOUND` */
export const findRun = async ({ view }: Call, id: string): Promise<RunInExperiment> => {
  const run = await view.runs.get(id)
  return { run, experiment: await view.experiments.find({ id: run.experimentId }) }
}

/** Runs with their experiments, each of which is looked up once. */
export const withExperiments = async (
  { view }: Call,
  runs: readonly RunRecord[],
): Promise<readonly RunInExperiment[]> => {
  const experiments = new Map<string, Experiment | undefined>()
  for (const id of new Set(runs.map(({ experimentId }) => experimentId)))
    experiments.set(id, await view.experiments.find({ id }))
  return runs.map((run) => ({ run, experiment: experiments.get(run.experimentId) }))
}

/** To MLflow a run is deleted with its experiment. @throws `INVALID_PARAMETER_VALUE` */
export const checkWritable = (facts: PendingTracking, id: string): void => {
  const run = facts.run(id)
  if (run === undefined || facts.experiment(run.experiment)?.lifecycle !== 'deleted') return
  throw invalid(`The run ${id} must be in the 'active' state. Current state is deleted.`)
}

import type { LoggedModel } from '../../../logged-models/index.ts'
import { artifactUriOf, type Experiment } from '../../../tracking/index.ts'
import type { Call, Settings } from '../endpoint.ts'
import { filled, locationOf, pairsAnswer } from '../entities.ts'
import { type Answer, double } from '../wire/json.ts'

/** Where the artifacts of a logged model of an experiment are. */
export const uriBelow = (
  settings: Settings,
  { experiment, experimentId, id }: LoggedModelPlace,
): string | undefined =>
  // Beside the folders of runs, and made up as they are.
  artifactUriOf(undefined, {
    experiment: locationOf(settings, experimentId, experiment),
    run: `models/${id}`,
  })

interface LoggedModelPlace {
  readonly id: string
  readonly experimentId: string
  readonly experiment: Experiment | undefined
}

/** Where the artifacts of a logged model are. */
export const loggedModelUri = async (
  { view, settings }: Call,
  { id, artifactLocation, experimentId }: LoggedModel,
): Promise<string | undefined> => {
  if (artifactLocation !== undefined) return artifactLocation
  const experiment = await view.experiments.find({ id: experimentId })
  return uriBelow(settings, { id, experimentId, experiment })
}

const metricsAnswer = ({ id, metrics }: LoggedModel): readonly Answer[] =>
  metrics.map(({ key, value, timestamp, step, run, dataset }) => ({
    key,
    value: double(value),
    timestamp,
    step,
    dataset_name: dataset?.name,
    dataset_digest: dataset?.digest,
    model_id: id,
    run_id: run,
  }))

/** A logged model as MLflow's clients know it. */
export const loggedModelAnswer = async (call: Call, model: LoggedModel): Promise<Answer> => ({
  info: {
    model_id: model.id,
    experiment_id: model.experimentId,
    name: model.name,
    creation_timestamp_ms: model.createdTime,
    last_updated_timestamp_ms: model.changedTime,
    artifact_uri: await loggedModelUri(call, model),
    status: `LOGGED_MODEL_${model.status}`,
    creator_id: model.user,
    model_type: model.type ?? '',
    source_run_id: model.run ?? '',
    status_message: model.statusMessage,
    tags: filled(pairsAnswer(model.tags)),
  },
  data: {
    params: filled(pairsAnswer(model.params)),
    metrics: filled(metricsAnswer(model)),
  },
})

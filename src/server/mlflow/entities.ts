import { artifactUriOf, type Experiment, type RunRecord } from '../../tracking/index.ts'
import type { Settings } from './endpoint.ts'
import { type Answer, double } from './wire/json.ts'

type Fields = { readonly [key: string]: Answer | undefined }

/** Lists and texts of keys are left out where they are empty, as protobuf does. */
export const filled = (items: readonly Answer[]): readonly Answer[] | undefined =>
  items.length === 0 ? undefined : items

export const pairsAnswer = (pairs: Readonly<Record<string, string>>): readonly Answer[] =>
  Object.entries(pairs).map(([key, value]) => ({ key, value }))

/** A folder below a location. */
export const below = (location: string, name: string): string =>
  location.endsWith('/') ? `${location}${name}` : `${location}/${name}`

/** Where the artifacts of an experiment are. */
export const locationOf = (
  { artifactRoot }: Settings,
  id: string,
  experiment: Experiment | undefined,
): string => experiment?.artifactLocation ?? below(artifactRoot, id)

export const experimentAnswer = (settings: Settings, experiment: Experiment): Fields => ({
  experiment_id: experiment.id,
  name: experiment.name,
  artifact_location: locationOf(settings, experiment.id, experiment),
  lifecycle_stage: experiment.lifecycle,
  last_update_time: experiment.updateTime,
  creation_time: experiment.creationTime,
  tags: filled(pairsAnswer(experiment.tags)),
  workspace: 'default',
})

/** A run with what its experiment tells of it. */
export interface RunInExperiment {
  readonly run: RunRecord
  readonly experiment: Experiment | undefined
}

/** A run of a deleted experiment is deleted too. */
const lifecycleOf = ({ run, experiment }: RunInExperiment): string =>
  experiment?.lifecycle === 'deleted' ? 'deleted' : run.lifecycle

/** Where the artifacts of a run are. */
export const runUri = (
  settings: Settings,
  { run, experiment }: RunInExperiment,
): string | undefined =>
  artifactUriOf(run.artifactLocation, {
    experiment: locationOf(settings, run.experimentId, experiment),
    run: run.id,
  })

export const runInfoAnswer = (settings: Settings, found: RunInExperiment): Fields => {
  const { run } = found
  return {
    run_uuid: run.id,
    experiment_id: run.experimentId,
    run_name: run.name,
    user_id: run.user,
    status: run.status,
    start_time: run.startTime ?? 0,
    end_time: run.endTime === null || run.endTime === 0 ? undefined : run.endTime,
    artifact_uri: runUri(settings, found),
    lifecycle_stage: lifecycleOf(found),
    run_id: run.id,
  }
}

const metricsAnswer = (metrics: RunRecord['metrics']): readonly Answer[] =>
  Object.entries(metrics).map(([key, { last, timestamp, step }]) => ({
    key,
    value: double(last),
    timestamp,
    step,
  }))

/** Each dataset once, as it was linked first: a repeated link changes nothing. */
const datasetsAnswer = (inputs: RunRecord['inputs']): readonly Answer[] => {
  const seen = new Set<string>()
  return inputs.flatMap(({ name, digest, sourceType, source, schema, profile, tags }) => {
    const identity = JSON.stringify([name, digest])
    if (seen.has(identity)) return []
    seen.add(identity)
    const links = tags.map(([key, value]) => ({ key, value }))
    const dataset = { name, digest, source_type: sourceType, source, schema, profile }
    return [{ tags: filled(links), dataset }]
  })
}

const inputsAnswer = ({ inputs, modelInputs }: RunRecord): Fields => ({
  dataset_inputs: filled(datasetsAnswer(inputs)),
  model_inputs: filled([...new Set(modelInputs)].map((id) => ({ model_id: id }))),
})

const outputsAnswer = ({ outputs }: RunRecord): Fields => {
  const byId = new Map(outputs.toReversed().map((output) => [output.id, output]))
  const models = [...byId.values()].reverse()
  return { model_outputs: filled(models.map(({ id, step }) => ({ model_id: id, step }))) }
}

export const runAnswer = (settings: Settings, found: RunInExperiment): Fields => {
  const { run } = found
  return {
    info: runInfoAnswer(settings, found),
    data: {
      metrics: filled(metricsAnswer(run.metrics)),
      params: filled(pairsAnswer(run.params)),
      tags: filled(pairsAnswer(run.tags)),
    },
    inputs: inputsAnswer(run),
    outputs: outputsAnswer(run),
  }
}

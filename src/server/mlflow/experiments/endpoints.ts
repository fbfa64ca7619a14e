import { defaultExperiment, trackingRules } from '../../../tracking/index.ts'
import { type Call, type Endpoint, endpoint } from '../endpoint.ts'
import { below, experimentAnswer } from '../entities.ts'
import { invalid, mlflowError } from '../errors.ts'
import { checkExperimentId, checkLength, checkName, limits } from '../names.ts'
import { listOf, message, optional, required, text, withDefault } from '../wire/fields.ts'
import type { Answer } from '../wire/json.ts'
import { artifactLocation } from './location.ts'
import { searchDatasets } from './search-datasets.ts'
import { searchExperiments } from './search-experiments.ts'

export const tagKind = message({ key: withDefault(text, ''), value: withDefault(text, '') })

const missingExperiment = (id: string): Error =>
  mlflowError('RESOURCE_DOES_NOT_EXIST', `No Experiment with id=${id} exists`)

const nothing: Answer = {}

const checkTagKey = (key: string): void => {
  checkLength(key, 'key', limits.key)
  checkName(key, 'key')
}

/** The first id of an event that made an experiment. */
const createdId = (stream: string | undefined): string => (stream ?? '').replace(/^experiment:/, '')

const create = endpoint({
  method: 'POST',
  path: '/mlflow/experiments/create',
  input: {
    name: required(text),
    artifact_location: optional(text),
    tags: withDefault(listOf(tagKind), []),
  },
  answer: async ({ write, settings }, { name, artifact_location: given, tags }) => {
    for (const { key } of tags) checkTagKey(key)
    checkLength(name, 'name', limits.experimentName)
    const location = artifactLocation(given ?? '', settings)
    const [created] = await write((facts) => {
      const id = facts.freeExperimentId()
      return trackingRules.createExperiment(facts, {
        id,
        name,
        tags: tags.map(({ key, value }) => [key, value]),
        artifactLocation: location === '' ? below(settings.artifactRoot, id) : location,
      })
    })
    return { experiment_id: createdId(created?.stream) }
  },
})

const get = endpoint({
  method: 'GET',
  path: '/mlflow/experiments/get',
  input: { experiment_id: required(text) },
  answer: async ({ view, settings }, { experiment_id: id }) => {
    checkExperimentId(id)
    const experiment = await view.experiments.find({ id })
    if (experiment === undefined) throw missingExperiment(id)
    return { experiment: experimentAnswer(settings, experiment) }
  },
})

const getByName = endpoint({
  method: 'GET',
  path: '/mlflow/experiments/get-by-name',
  input: { experiment_name: required(text) },
  answer: async ({ view, settings }, { experiment_name: name }) => {
    const experiment = await view.experiments.find({ name })
    if (experiment === undefined)
      throw mlflowError('RESOURCE_DOES_NOT_EXIST', `Could not find experiment with name '${name}'`)
    return { experiment: experimentAnswer(settings, experiment) }
  },
})

const remove = endpoint({
  method: 'POST',
  path: '/mlflow/experiments/delete',
  input: { experiment_id: required(text) },
  answer: async ({ write }, { experiment_id: id }) => {
    checkExperimentId(id)
    await write((facts) => {
      if (facts.experiment(id)?.lifecycle !== 'active') throw missingExperiment(id)
      return trackingRules.deleteExperiment(facts, { id })
    })
    return nothing
  },
})

/** The runs of an experiment that were deleted by themselves. */
const deletedRuns = ({ tracking }: Call, experiment: string): readonly string[] => {
  const { runs } = tracking()
  const ids: string[] = []
  for (let row = 0; row < runs.size; row += 1) {
    if (runs.lifecycle(row) === 'deleted' && runs.experimentId(row) === experiment)
      ids.push(runs.idOf(row))
  }
  return ids
}

const restore = endpoint({
  method: 'POST',
  path: '/mlflow/experiments/restore',
  input: { experiment_id: required(text) },
  answer: async (call, { experiment_id: id }) => {
    checkExperimentId(id)
    await call.write((facts) => {
      if (facts.experiment(id)?.lifecycle !== 'deleted') throw missingExperiment(id)
      // MLflow restores all runs with their experiment, those that were deleted one by one too.
      const runs = deletedRuns(call, id).flatMap((run) =>
        trackingRules.restoreRun(facts, { id: run }),
      )
      return [...trackingRules.restoreExperiment(facts, { id }), ...runs]
    })
    return nothing
  },
})

const update = endpoint({
  method: 'POST',
  path: '/mlflow/experiments/update',
  input: { experiment_id: required(text), new_name: required(text) },
  answer: async ({ write }, { experiment_id: id, new_name: name }) => {
    checkLength(name, 'name', limits.experimentName)
    checkExperimentId(id)
    await write((facts) => {
      if (facts.experiment(id)?.lifecycle === 'deleted')
        throw invalid('Cannot rename a non-active experiment.')
      return trackingRules.renameExperiment(facts, { id, name })
    })
    return nothing
  },
})

const setTag = endpoint({
  method: 'POST',
  path: '/mlflow/experiments/set-experiment-tag',
  input: { experiment_id: required(text), key: required(text), value: withDefault(text, '') },
  answer: async ({ write }, { experiment_id: id, key, value }) => {
    checkTagKey(key)
    checkExperimentId(id)
    await write((facts) => trackingRules.setExperimentTags(facts, { id, tags: [[key, value]] }))
    return nothing
  },
})

const deleteTag = endpoint({
  method: 'POST',
  path: '/mlflow/experiments/delete-experiment-tag',
  input: { experiment_id: required(text), key: required(text) },
  answer: async ({ write }, { experiment_id: id, key }) => {
    checkExperimentId(id)
    await write((facts) => {
      const isActive = facts.experiment(id)?.lifecycle === 'active'
      if (isActive && facts.experimentTag(id, key) === undefined)
        throw mlflowError(
          'RESOURCE_DOES_NOT_EXIST',
          `No tag with name: ${key} in experiment with id ${id}`,
        )
      return trackingRules.deleteExperimentTag(facts, { id, key })
    })
    return nothing
  },
})

/** MLflow's clients use the default experiment without asking whether it is there. */
export const ensureDefaultExperiment = async ({ write, settings }: Call): Promise<void> => {
  const { id, name } = defaultExperiment
  await write((facts) => {
    if (facts.experiment(id) !== undefined) return []
    const isFree = facts.experimentNamed(name) === undefined
    return trackingRules.createExperiment(facts, {
      id,
      // A store that was used before may have given the name to another.
      name: isFree ? name : `${name} (${id})`,
      artifactLocation: below(settings.artifactRoot, id),
      tags: [],
    })
  })
}

export const experimentEndpoints: readonly Endpoint[] = [
  create,
  get,
  getByName,
  remove,
  restore,
  update,
  setTag,
  deleteTag,
  ...searchExperiments,
  searchDatasets,
]

import { loggedModelDeleted, loggedModelNotFound } from '../logged-models/errors.ts'
import { loggedModelStream, type NewLoggedModelEvent } from '../logged-models/events.ts'
import { activeExperiment, mutable, noTag } from './decide-experiment.ts'
import { trackingError } from './errors.ts'
import {
  type DatasetInput,
  experimentStream,
  type MetricColumns,
  type NewTrackingEvent,
  type RunEventData,
  type RunStatus,
  runStream,
} from './events.ts'
import type { Pairs } from './input.ts'
import type { MetricsOfModel } from './model-metrics.ts'
import type { RunFacts, TrackingFacts } from './pending.ts'
import type { ModelOutput } from './run.ts'

type Decision = readonly NewTrackingEvent[]

const existingRun = (
  facts: TrackingFacts,
  id: string,
  stream: string = runStream(id),
): RunFacts => {
  const run = facts.run(id, stream)
  if (run !== undefined) return run
  throw trackingError(
    'RUN_NOT_FOUND',
    `No run has the id ${id}. runs.search() shows those there are.`,
    { data: { id } },
  )
}

const activeRun = (facts: TrackingFacts, id: string, stream?: string): RunFacts => {
  const run = existingRun(facts, id, stream)
  if (run.lifecycle === 'active') return run
  throw trackingError(
    'RUN_DELETED',
    `The run ${id} is deleted and takes no more. Restore it with runs.restore('${id}').`,
    { data: { id } },
  )
}

export interface StartRun {
  readonly id: string
  /** By id, or by name: a name that no experiment has makes one. */
  readonly experiment: { readonly id: string } | { readonly name: string }
  readonly name: string
  readonly user: string
  readonly status?: RunStatus
  readonly startTime: number | null
  readonly artifactLocation?: string
  readonly parent?: string
  readonly params: Pairs
  readonly tags: Pairs
}

export const startRun = (facts: TrackingFacts, command: StartRun): Decision => {
  const { id, experiment, params, tags, status = 'RUNNING', ...rest } = command
  const made = 'name' in experiment ? createMissing(facts, experiment.name) : []
  const experimentId = 'id' in experiment ? experiment.id : made[0]?.data.id
  const known = 'name' in experiment ? facts.experimentNamed(experiment.name)?.id : undefined
  const owner = experimentId ?? known ?? ''
  if (made.length === 0) activeExperiment(facts, owner)
  if (facts.run(id) !== undefined) {
    throw trackingError(
      'RUN_EXISTS',
      `A run has the id ${id} already. Leave the id out to get a new one.`,
      { data: { id } },
    )
  }
  if (command.parent !== undefined) existingRun(facts, command.parent)
  const data = {
    ...rest,
    id,
    experiment: owner,
    status,
    params: newParams(facts, id, params),
    tags: mutable(tags),
  }
  return [...made, { type: 'run.started', stream: runStream(id), data }]
}

/** Where runs go that name no experiment. MLflow's clients use its id without asking. */
export const defaultExperiment = { id: '0', name: 'Default' } as const

const createMissing = (facts: TrackingFacts, name: string) => {
  if (facts.experimentNamed(name) !== undefined) return []
  const isDefault =
    name === defaultExperiment.name && facts.experiment(defaultExperiment.id) === undefined
  const id = isDefault ? defaultExperiment.id : facts.freeExperimentId()
  const type = 'experiment.created' as const
  return [{ type, stream: experimentStream(id), data: { id, name, tags: [] } }]
}

/** The params that are not there yet. @throws `PARAM_CONFLICT` */
const newParams = (facts: TrackingFacts, run: string, params: Pairs): [string, string][] => {
  const fresh = new Map<string, string>()
  for (const [key, value] of params) {
    const logged = fresh.get(key) ?? facts.param(run, key)
    if (logged === undefined) fresh.set(key, value)
    else if (logged !== value) {
      throw trackingError(
        'PARAM_CONFLICT',
        `The param "${key}" of run ${run} is "${logged}" already and cannot become "${value}": a param is written once. Start a new run, or use a tag for what changes.`,
        { data: { run, key, logged, value } },
      )
    }
  }
  return [...fresh]
}

const runEvent = <Type extends keyof RunEventData & string>(
  id: string,
  type: Type,
  data: RunEventData[Type],
) => ({ type, stream: runStream(id), data })

export const logParams = (
  facts: TrackingFacts,
  { id, params }: { readonly id: string; readonly params: Pairs },
): Decision => {
  activeRun(facts, id)
  const fresh = newParams(facts, id, params)
  return fresh.length === 0 ? [] : [runEvent(id, 'run.params-logged', { params: fresh })]
}

export interface LogMetrics {
  readonly id: string
  /** Of the run, where the caller has it. */
  readonly stream?: string
  readonly metrics: MetricColumns
}

export const logMetrics = (
  facts: TrackingFacts,
  { id, stream = runStream(id), metrics }: LogMetrics,
): Decision => {
  activeRun(facts, id, stream)
  return metrics.key.length === 0 ? [] : [{ type: 'run.metrics-logged', stream, data: metrics }]
}

/** What a run measured of logged models, for the models to keep. */
export const logModelMetrics = (
  facts: TrackingFacts,
  { id, models }: { readonly id: string; readonly models: readonly MetricsOfModel[] },
): readonly NewLoggedModelEvent[] => {
  activeRun(facts, id)
  const measured = models.filter(({ metrics }) => metrics.key.length > 0)
  return measured.map(({ model, metrics }) => {
    const lifecycle = facts.loggedModel(model)
    if (lifecycle === undefined) throw loggedModelNotFound(model)
    if (lifecycle === 'deleted') throw loggedModelDeleted(model)
    const stream = loggedModelStream(model)
    return { type: 'logged-model.metrics-logged', stream, data: metrics }
  })
}

export const setTags = (
  facts: TrackingFacts,
  { id, tags }: { readonly id: string; readonly tags: Pairs },
): Decision => {
  activeRun(facts, id)
  return tags.length === 0 ? [] : [runEvent(id, 'run.tags-set', { tags: mutable(tags) })]
}

export const deleteTag = (
  facts: TrackingFacts,
  { id, key }: { readonly id: string; readonly key: string },
): Decision => {
  activeRun(facts, id)
  if (facts.tag(id, key) === undefined) throw noTag(`run ${id}`, key)
  return [runEvent(id, 'run.tag-deleted', { key })]
}

export const logInputs = (
  facts: TrackingFacts,
  command: {
    readonly id: string
    readonly datasets: readonly DatasetInput[]
    readonly models: readonly string[]
  },
): Decision => {
  const { id, datasets, models } = command
  activeRun(facts, id)
  if (datasets.length + models.length === 0) return []
  return [runEvent(id, 'run.inputs-logged', { datasets: [...datasets], models: [...models] })]
}

export const logOutputs = (
  facts: TrackingFacts,
  { id, models }: { readonly id: string; readonly models: readonly ModelOutput[] },
): Decision => {
  activeRun(facts, id)
  return models.length === 0 ? [] : [runEvent(id, 'run.outputs-logged', { models: [...models] })]
}

export const logArtifact = (
  facts: TrackingFacts,
  { id, ...file }: { readonly id: string } & RunEventData['run.artifact-logged'],
): Decision => {
  activeRun(facts, id)
  return [runEvent(id, 'run.artifact-logged', file)]
}

/** Takes away the file at a path, or the files of a folder. */
export const deleteArtifacts = (
  facts: TrackingFacts,
  { id, ...what }: { readonly id: string } & RunEventData['run.artifact-deleted'],
): Decision => {
  activeRun(facts, id)
  return [runEvent(id, 'run.artifact-deleted', what)]
}

export const updateRun = (
  facts: TrackingFacts,
  { id, ...changes }: { readonly id: string } & RunEventData['run.updated'],
): Decision => {
  activeRun(facts, id)
  return Object.keys(changes).length === 0 ? [] : [runEvent(id, 'run.updated', changes)]
}

/** Ending again with the same status changes nothing. */
export const endRun = (
  facts: TrackingFacts,
  { id, ...end }: { readonly id: string } & RunEventData['run.ended'],
): Decision => {
  const { status } = activeRun(facts, id)
  return status === end.status ? [] : [runEvent(id, 'run.ended', end)]
}

export const deleteRun = (facts: TrackingFacts, { id }: { readonly id: string }): Decision =>
  existingRun(facts, id).lifecycle === 'deleted' ? [] : [runEvent(id, 'run.deleted', {})]

export const restoreRun = (facts: TrackingFacts, { id }: { readonly id: string }): Decision =>
  existingRun(facts, id).lifecycle === 'active' ? [] : [runEvent(id, 'run.restored', {})]

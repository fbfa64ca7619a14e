import { shown } from '../kernel/check.ts'
import { loggedModelDeleted, loggedModelError, loggedModelNotFound } from './errors.ts'
import {
  type LoggedModelStatus,
  loggedModelStream,
  type ModelMetrics,
  type NewLoggedModelEvent,
} from './events.ts'
import type { LoggedModelState } from './logged-model.fold.ts'

type Events = readonly NewLoggedModelEvent[]
type Pairs = readonly (readonly [key: string, value: string])[]

/** What the rules ask. */
export interface LoggedModelFacts {
  model(id: string): LoggedModelState | undefined
  experiment(which: ExperimentChoice): ExperimentFact | undefined
}

export interface ExperimentFact {
  readonly id: string
  readonly lifecycle: 'active' | 'deleted'
}

/** An experiment: by id, by name, or that of a run. */
export type ExperimentChoice =
  | { readonly id: string }
  | { readonly name: string }
  | { readonly run: string }

export interface CreateLoggedModel {
  readonly id: string
  readonly experiment: ExperimentChoice
  readonly name: string
  readonly type?: string
  readonly run?: string
  readonly artifactLocation?: string
  readonly user?: string
  readonly params: Pairs
  readonly tags: Pairs
  readonly createdAt?: number
}

export const createLoggedModel = (facts: LoggedModelFacts, command: CreateLoggedModel): Events => {
  const { params, tags, ...rest } = command
  const experiment = activeExperiment(facts, command.experiment)
  if (facts.model(command.id) !== undefined) {
    throw loggedModelError(
      'LOGGED_MODEL_EXISTS',
      `A logged model has the id ${command.id} already. Leave the id out to get a new one.`,
      { data: { id: command.id } },
    )
  }
  const data = {
    ...rest,
    experiment: experiment.id,
    params: newParams({ id: command.id, params: new Map() }, params),
    tags: lastOf(tags),
  }
  return [{ stream: loggedModelStream(command.id), type: 'logged-model.created', data }]
}

const activeExperiment = (facts: LoggedModelFacts, which: ExperimentChoice): ExperimentFact => {
  const experiment = facts.experiment(which)
  const [[by, value] = []] = Object.entries(which)
  if (experiment === undefined) {
    throw loggedModelError(
      'EXPERIMENT_NOT_FOUND',
      `No experiment has the ${by} ${shown(value)}. Create it, or give the experiment of the logged model another way.`,
      { data: { ...which } },
    )
  }
  if (experiment.lifecycle === 'active') return experiment
  throw loggedModelError(
    'EXPERIMENT_DELETED',
    `The experiment ${experiment.id} is deleted. Restore it with experiments.restore('${experiment.id}') or use another one.`,
    { data: { id: experiment.id } },
  )
}

/** Of a key that comes twice the last value counts. */
const lastOf = (pairs: Pairs): [string, string][] => [...new Map(pairs)]

/** The params that are not there yet. @throws `PARAM_CONFLICT` */
const newParams = (
  { id, params }: Pick<LoggedModelState, 'id' | 'params'>,
  given: Pairs,
): [string, string][] => {
  const fresh = new Map<string, string>()
  for (const [key, value] of given) {
    const logged = fresh.get(key) ?? params.get(key)
    if (logged === undefined) fresh.set(key, value)
    else if (logged !== value) {
      throw loggedModelError(
        'PARAM_CONFLICT',
        `The param ${shown(key)} of the logged model ${id} is ${shown(logged)} already and cannot become ${shown(value)}: a param is written once. Use a tag for what changes.`,
        { data: { id, key, logged, value } },
      )
    }
  }
  return [...fresh]
}

/** @throws `LOGGED_MODEL_NOT_FOUND` */
const existing = (facts: LoggedModelFacts, id: string): LoggedModelState => {
  const model = facts.model(id)
  if (model === undefined) throw loggedModelNotFound(id)
  return model
}

/** @throws `LOGGED_MODEL_NOT_FOUND`, `LOGGED_MODEL_DELETED` */
const active = (facts: LoggedModelFacts, id: string): LoggedModelState => {
  const model = existing(facts, id)
  if (model.lifecycle === 'deleted') throw loggedModelDeleted(id)
  return model
}

export interface Finalize {
  readonly id: string
  readonly status: LoggedModelStatus
  readonly message?: string
}

/** An upload may come to its end after the model was deleted, so this is asked of deleted ones too. */
export const finalize = (facts: LoggedModelFacts, { id, ...data }: Finalize): Events => {
  const { status, statusMessage } = existing(facts, id)
  if (status === data.status && statusMessage === data.message) return []
  return [{ stream: loggedModelStream(id), type: 'logged-model.finalized', data }]
}

export const logParams = (
  facts: LoggedModelFacts,
  { id, params }: { readonly id: string; readonly params: Pairs },
): Events => {
  const fresh = newParams(active(facts, id), params)
  if (fresh.length === 0) return []
  const data = { params: fresh }
  return [{ stream: loggedModelStream(id), type: 'logged-model.params-logged', data }]
}

export const logMetrics = (
  facts: LoggedModelFacts,
  { id, metrics }: { readonly id: string; readonly metrics: readonly ModelMetrics[] },
): Events => {
  active(facts, id)
  const stream = loggedModelStream(id)
  return metrics
    .filter(({ key }) => key.length > 0)
    .map((data) => ({ stream, type: 'logged-model.metrics-logged', data }))
}

export const setTags = (
  facts: LoggedModelFacts,
  { id, tags }: { readonly id: string; readonly tags: Pairs },
): Events => {
  const known = active(facts, id).tags
  const news = lastOf(tags).filter(([key, value]) => known.get(key) !== value)
  if (news.length === 0) return []
  return [{ stream: loggedModelStream(id), type: 'logged-model.tags-set', data: { tags: news } }]
}

export const deleteTag = (
  facts: LoggedModelFacts,
  { id, key }: { readonly id: string; readonly key: string },
): Events => {
  if (active(facts, id).tags.has(key)) {
    return [{ stream: loggedModelStream(id), type: 'logged-model.tag-deleted', data: { key } }]
  }
  throw loggedModelError(
    'TAG_NOT_FOUND',
    `The logged model ${id} has no tag ${shown(key)}. Nothing was deleted; look at its tags for those it has.`,
    { data: { id, key } },
  )
}

/** Deleting a deleted one changes nothing. */
export const deleteLoggedModel = (
  facts: LoggedModelFacts,
  { id }: { readonly id: string },
): Events =>
  existing(facts, id).lifecycle === 'deleted'
    ? []
    : [{ stream: loggedModelStream(id), type: 'logged-model.deleted', data: {} }]

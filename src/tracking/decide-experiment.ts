import { trackingError } from './errors.ts'
import { experimentStream, type NewTrackingEvent } from './events.ts'
import type { Pairs } from './input.ts'
import type { ExperimentFacts, TrackingFacts } from './pending.ts'

type Decision = readonly NewTrackingEvent[]

/** Pairs as an event keeps them. */
export const mutable = (pairs: Pairs): [string, string][] =>
  pairs.map(([key, value]) => [key, value])

/** @throws `EXPERIMENT_NOT_FOUND`, `EXPERIMENT_DELETED` */
export const activeExperiment = (facts: TrackingFacts, id: string): ExperimentFacts => {
  const experiment = existingExperiment(facts, id)
  if (experiment.lifecycle === 'active') return experiment
  throw trackingError(
    'EXPERIMENT_DELETED',
    `The experiment "${experiment.name}" is deleted. Restore it with experiments.restore('${id}') or use another one.`,
    { data: { id, name: experiment.name } },
  )
}

const existingExperiment = (facts: TrackingFacts, id: string): ExperimentFacts => {
  const experiment = facts.experiment(id)
  if (experiment !== undefined) return experiment
  throw trackingError(
    'EXPERIMENT_NOT_FOUND',
    `No experiment has the id ${id}. experiments.list() shows those there are.`,
    { data: { id } },
  )
}

const freeName = (facts: TrackingFacts, name: string): void => {
  const taken = facts.experimentNamed(name)
  if (taken === undefined) return
  const hint =
    taken.lifecycle === 'active'
      ? `Use it (id ${taken.id}) or choose another name.`
      : `It is deleted: restore it with experiments.restore('${taken.id}') or choose another name.`
  throw trackingError('EXPERIMENT_EXISTS', `An experiment is called "${name}" already. ${hint}`, {
    data: { name, id: taken.id, lifecycle: taken.lifecycle },
  })
}

export interface CreateExperiment {
  readonly name: string
  /** Absent: the next free number. */
  readonly id?: string
  readonly artifactLocation?: string
  readonly tags: Pairs
  readonly createdAt?: number
}

export const createExperiment = (facts: TrackingFacts, command: CreateExperiment): Decision => {
  const { id = facts.freeExperimentId(), tags, ...rest } = command
  freeName(facts, command.name)
  if (facts.experiment(id) !== undefined) {
    throw trackingError(
      'EXPERIMENT_EXISTS',
      `An experiment has the id ${id} already. Leave the id out.`,
      { data: { id } },
    )
  }
  const data = { ...rest, id, tags: mutable(tags) }
  return [{ type: 'experiment.created', stream: experimentStream(id), data }]
}

export const renameExperiment = (
  facts: TrackingFacts,
  { id, name }: { readonly id: string; readonly name: string },
): Decision => {
  if (activeExperiment(facts, id).name === name) return []
  freeName(facts, name)
  return [{ type: 'experiment.renamed', stream: experimentStream(id), data: { name } }]
}

export const setExperimentTags = (
  facts: TrackingFacts,
  { id, tags }: { readonly id: string; readonly tags: Pairs },
): Decision => {
  activeExperiment(facts, id)
  const stream = experimentStream(id)
  return tags.map(([key, value]) => ({ type: 'experiment.tag-set', stream, data: { key, value } }))
}

export const deleteExperimentTag = (
  facts: TrackingFacts,
  { id, key }: { readonly id: string; readonly key: string },
): Decision => {
  activeExperiment(facts, id)
  if (facts.experimentTag(id, key) === undefined) throw noTag(`experiment ${id}`, key)
  return [{ type: 'experiment.tag-deleted', stream: experimentStream(id), data: { key } }]
}

/** There is nothing to delete. */
export const noTag = (owner: string, key: string): Error =>
  trackingError('TAG_NOT_FOUND', `The ${owner} has no tag "${key}". Nothing was deleted.`, {
    data: { key },
  })

export const deleteExperiment = (
  facts: TrackingFacts,
  { id }: { readonly id: string },
): Decision =>
  existingExperiment(facts, id).lifecycle === 'deleted'
    ? []
    : [{ type: 'experiment.deleted', stream: experimentStream(id), data: {} }]

export const restoreExperiment = (
  facts: TrackingFacts,
  { id }: { readonly id: string },
): Decision =>
  existingExperiment(facts, id).lifecycle === 'active'
    ? []
    : [{ type: 'experiment.restored', stream: experimentStream(id), data: {} }]

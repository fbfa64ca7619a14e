import type { Decider, WriteOptions, Writer } from '../kernel/engine.ts'
import type { NewEvent } from '../kernel/events/event.ts'
import * as decide from './decide.ts'
import type { ExperimentsView } from './experiments-view.ts'
import { experimentName, type Named, nameOf, pairsOf } from './input.ts'
import type { PendingTracking } from './pending.ts'
import type { Experiment } from './run.ts'
import type { Scalar } from './run-handle.ts'

export interface CreateOptions extends WriteOptions {
  readonly tags?: Named<Scalar>
  /** Where clients put artifacts that do not go through varve. */
  readonly artifactLocation?: string
}

/** Experiments: what is asked of them, and what is written. The name or the id says which. */
export interface Experiments extends ExperimentsView {
  /** @throws `EXPERIMENT_EXISTS`, also for a deleted namesake; `INVALID_VALUE` */
  create(name: string, options?: CreateOptions): Promise<Experiment>
  /** @throws `EXPERIMENT_EXISTS`, `EXPERIMENT_NOT_FOUND`, `EXPERIMENT_DELETED` */
  rename(nameOrId: string, name: string, options?: WriteOptions): Promise<Experiment>
  setTags(nameOrId: string, tags: Named<Scalar>, options?: WriteOptions): Promise<Experiment>
  /** @throws `TAG_NOT_FOUND` */
  deleteTag(nameOrId: string, key: string, options?: WriteOptions): Promise<Experiment>
  /** Hides it and its runs; nothing is lost. */
  delete(nameOrId: string, options?: WriteOptions): Promise<Experiment>
  /** Brings it and its runs back. */
  restore(nameOrId: string, options?: WriteOptions): Promise<Experiment>
}

export interface ExperimentsParts {
  readonly writer: Writer
  readonly decider: Decider<PendingTracking>
  readonly view: ExperimentsView
}

/** The public object of experiments. */
export const createExperiments = ({ writer, decider, view }: ExperimentsParts): Experiments => {
  interface Change {
    readonly id: string
    readonly rule: (facts: PendingTracking) => readonly NewEvent[]
    readonly request: unknown
    readonly options: WriteOptions | undefined
  }
  const apply = async ({ id, rule, request, options = {} }: Change): Promise<Experiment> => {
    await writer.execute({ decider, decide: rule, request, options })
    return await view.get(id)
  }
  const idOf = async (nameOrId: string): Promise<string> => (await view.get(nameOrId)).id
  return {
    ...view,
    create: async (name, { tags, artifactLocation, ...options } = {}) => {
      const command = {
        name: experimentName(name, 'name'),
        tags: pairsOf(tags, 'tags'),
        ...(artifactLocation === undefined ? {} : { artifactLocation }),
      }
      const rule = (facts: PendingTracking) => decide.createExperiment(facts, command)
      return await apply({ id: name, rule, request: { create: command }, options })
    },
    rename: async (nameOrId, newName, options) => {
      const name = experimentName(newName, 'name')
      const id = await idOf(nameOrId)
      const rule = (facts: PendingTracking) => decide.renameExperiment(facts, { id, name })
      return await apply({ id, rule, request: { rename: { id, name } }, options })
    },
    setTags: async (nameOrId, tags, options) => {
      const change = { id: await idOf(nameOrId), tags: pairsOf(tags, 'tags') }
      const rule = (facts: PendingTracking) => decide.setExperimentTags(facts, change)
      return await apply({ id: change.id, rule, request: { setTags: change }, options })
    },
    deleteTag: async (nameOrId, key, options) => {
      const tag = { id: await idOf(nameOrId), key: nameOf(key, 'key') }
      const rule = (facts: PendingTracking) => decide.deleteExperimentTag(facts, tag)
      return await apply({ id: tag.id, rule, request: { deleteTag: tag }, options })
    },
    delete: async (nameOrId, options) => {
      const id = await idOf(nameOrId)
      const rule = (facts: PendingTracking) => decide.deleteExperiment(facts, { id })
      return await apply({ id, rule, request: { delete: id }, options })
    },
    restore: async (nameOrId, options) => {
      const id = await idOf(nameOrId)
      const rule = (facts: PendingTracking) => decide.restoreExperiment(facts, { id })
      return await apply({ id, rule, request: { restore: id }, options })
    },
  }
}

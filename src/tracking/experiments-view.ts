import * as v from 'valibot'
import { checked } from '../kernel/check.ts'
import { trackingError } from './errors.ts'
import { type Experiments, experimentById } from './experiment.fold.ts'
import type { Snapshots } from './moments.ts'
import type { Experiment, Lifecycle } from './run.ts'

/** Everything that can be asked about experiments, now or as of a moment. */
export interface ExperimentsView {
  /** By name or id; a name wins. Deleted ones too. @throws `EXPERIMENT_NOT_FOUND` */
  get(nameOrId: string): Promise<Experiment>
  /** By id, or by name; `undefined` if there is none. Deleted ones too. */
  find(by: { readonly id: string } | { readonly name: string }): Promise<Experiment | undefined>
  /** Latest first; active ones unless told otherwise. */
  list(options?: { readonly lifecycle?: Lifecycle | 'all' }): Promise<readonly Experiment[]>
}

/** @throws `EXPERIMENT_NOT_FOUND` */
export const findExperiment = (experiments: Experiments, nameOrId: string): Experiment => {
  const named = experiments.byName.get(nameOrId)
  const found = experimentById(experiments, named ?? nameOrId)
  if (found !== undefined) return found
  const names = [...experiments.byName.keys()].slice(0, 10)
  throw trackingError(
    'EXPERIMENT_NOT_FOUND',
    `No experiment has the name or id "${nameOrId}". ${names.length > 0 ? `There are ${names.map((name) => `"${name}"`).join(', ')}.` : 'There is none yet.'}`,
    { data: { experiment: nameOrId, names } },
  )
}

const findQuery = v.union([
  v.strictObject({ id: v.string() }),
  v.strictObject({ name: v.string() }),
])

const listQuery = v.strictObject({
  lifecycle: v.optional(v.picklist(['active', 'deleted', 'all']), 'active'),
})

/** The answers about experiments from one kind of snapshot. */
export const experimentsView = (snapshots: Snapshots): ExperimentsView => ({
  get: async (nameOrId) => findExperiment((await snapshots()).experiments, nameOrId),
  find: async (by) => {
    const wanted = checked(findQuery, by, 'experiments.find')
    const { experiments } = await snapshots()
    const id = 'id' in wanted ? wanted.id : experiments.byName.get(wanted.name)
    return id === undefined ? undefined : experimentById(experiments, id)
  },
  list: async (options = {}) => {
    const { lifecycle } = checked(listQuery, options, 'experiments.list')
    const { experiments } = await snapshots()
    return [...experiments.byStream.values()]
      .filter((experiment) => lifecycle === 'all' || experiment.lifecycle === lifecycle)
      .sort((a, b) => b.creationTime - a.creationTime || b.createdAt - a.createdAt)
  },
})

import type { Handlers } from '../kernel/events/define-events.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { Aggregates, aggregateParts } from '../kernel/projections/parts.ts'
import type { Projection } from '../kernel/projections/projection.ts'
import { type ExperimentEventData, experimentStream } from './events.ts'
import type { Experiment } from './run.ts'

/** Every experiment as it stands: small frozen objects, replaced when one changes. */
export interface Experiments {
  readonly byStream: Aggregates<Experiment>
  /** Ids by name; a deleted experiment keeps its name. */
  readonly byName: Map<string, string>
}

export const initialExperiments = (): Experiments => ({
  byStream: new Aggregates(),
  byName: new Map(),
})

export const experimentById = (experiments: Experiments, id: string): Experiment | undefined =>
  experiments.byStream.get(experimentStream(id))

const nullPrototype = (pairs: Iterable<readonly [string, string]>): Record<string, string> => {
  const record: Record<string, string> = Object.create(null)
  for (const [key, value] of pairs) record[key] = value
  return Object.freeze(record)
}

const change = (
  { byStream }: Experiments,
  event: RecordedEvent,
  changes: (before: Experiment) => Partial<Experiment>,
): void => {
  const before = byStream.get(event.stream)
  if (before === undefined) return
  byStream.set(
    event.stream,
    Object.freeze({
      ...before,
      ...changes(before),
      updateTime: event.recordedAt,
      changedAt: event.position,
    }),
  )
}

export const experimentHandlers: Handlers<Experiments, ExperimentEventData> = {
  'experiment.created': ({ byStream, byName }, { stream, data, position, recordedAt }) => {
    const creationTime = data.createdAt ?? recordedAt
    byName.set(data.name, data.id)
    byStream.set(
      stream,
      Object.freeze({
        id: data.id,
        name: data.name,
        lifecycle: 'active',
        ...(data.artifactLocation === undefined ? {} : { artifactLocation: data.artifactLocation }),
        tags: nullPrototype(data.tags),
        creationTime,
        updateTime: creationTime,
        createdAt: position,
        changedAt: position,
      }),
    )
  },
  'experiment.renamed': (experiments, event) => {
    change(experiments, event, (before) => {
      experiments.byName.delete(before.name)
      experiments.byName.set(event.data.name, before.id)
      return { name: event.data.name }
    })
  },
  'experiment.tag-set': (experiments, event) => {
    const { key, value } = event.data
    change(experiments, event, ({ tags }) => ({
      tags: nullPrototype([...Object.entries(tags), [key, value]]),
    }))
  },
  'experiment.tag-deleted': (experiments, event) => {
    change(experiments, event, ({ tags }) => ({
      tags: nullPrototype(Object.entries(tags).filter(([key]) => key !== event.data.key)),
    }))
  },
  'experiment.deleted': (experiments, event) => {
    change(experiments, event, () => ({ lifecycle: 'deleted' }))
  },
  'experiment.restored': (experiments, event) => {
    change(experiments, event, () => ({ lifecycle: 'active' }))
  },
}

/** In a fixed order of keys: equal states are equal bytes, and the tags come last. */
interface SavedExperiment extends Omit<Experiment, 'tags'> {
  readonly tags: readonly (readonly [string, string])[]
}

const saveExperiment = ({ byStream }: Experiments, stream: string): SavedExperiment | undefined => {
  const experiment = byStream.get(stream)
  if (experiment === undefined) return undefined
  const { tags, ...rest } = experiment
  return { ...rest, tags: Object.entries(tags) }
}

const loadExperiment = (
  { byStream, byName }: Experiments,
  saved: SavedExperiment | undefined,
): void => {
  if (saved === undefined) return
  const { tags, ...rest } = saved
  byStream.restore(experimentStream(rest.id), Object.freeze({ ...rest, tags: nullPrototype(tags) }))
  byName.set(rest.name, rest.id)
}

/** Every experiment as a read model of the engine. */
export const experimentsProjection: Projection<Experiments> = {
  name: 'experiments',
  version: 2,
  initial: initialExperiments,
  handlers: experimentHandlers,
  parts: aggregateParts({
    neighbours: ({ byStream }) => byStream.neighbours,
    save: saveExperiment,
    load: loadExperiment,
  }),
}

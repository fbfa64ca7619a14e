import type { RecordedEvent } from '../kernel/events/event.ts'
import { foldEvent } from '../kernel/projections/projection.ts'
import {
  foldModel,
  isRegistryEvent,
  type ModelState,
  modelEntity,
  valuesOf,
  versionEntity,
  versionState,
} from '../registry/index.ts'
import { compareRuns, experimentsProjection, type RunRecord } from '../tracking/index.ts'
import { type Fields, fieldsOf, noFields } from './fields.ts'
import { runFold } from './run-fold.ts'

/** What an event is about: the stream itself, or one version of the model whose stream it is. */
export interface Subject {
  readonly stream: string
  readonly version: number | undefined
}

/** How an entity stands after the events that were folded so far. */
export interface Standing {
  readonly id: string
  readonly name: string
  /** There for callers, not only for history. */
  readonly active: boolean
  readonly fields: Fields
}

/** One kind of stream: what its events are about, and what they make of it. */
export interface StreamKind {
  readonly add: (event: RecordedEvent) => void
  /** What an event that is not folded yet is about. */
  readonly subjects: (event: RecordedEvent) => readonly Subject[]
  readonly standing: (subject: Subject) => Standing | undefined
}

/** The noun and the name in a stream: `run` and `0192…` in `run:0192…`. */
export const partsOf = (stream: string): { readonly noun: string; readonly id: string } => {
  const colon = stream.indexOf(':')
  if (colon < 0) return { noun: stream, id: stream }
  return { noun: stream.slice(0, colon), id: stream.slice(colon + 1) }
}

const itself = ({ stream }: RecordedEvent): readonly Subject[] => [{ stream, version: undefined }]

const runFields = (run: RunRecord): Fields => {
  const { name, status, lifecycle, startTime, endTime, error, modelInputs } = run
  const datasets = run.inputs.length === 0 ? [] : compareRuns([run]).data
  return fieldsOf(
    {
      name,
      status,
      lifecycle,
      startTime,
      endTime,
      error,
      modelInputs: modelInputs.length === 0 ? null : modelInputs,
    },
    {
      params: Object.entries(run.params),
      metrics: Object.entries(run.metrics).map(([key, { last }]) => [key, last]),
      tags: Object.entries(run.tags),
      artifacts: run.artifacts.map(({ path, digest }) => [path, digest]),
      inputs: datasets.map(({ key, values }) => [key, values[0]?.digest ?? null]),
      outputs: run.outputs.map(({ id, step }) => [id, step]),
    },
  )
}

const runKind = (): StreamKind => {
  const { add, record } = runFold()
  return {
    add,
    subjects: itself,
    standing: ({ stream }) => {
      const { id } = partsOf(stream)
      const run = record(id)
      if (run === undefined) return undefined
      return { id, name: run.name, active: run.lifecycle === 'active', fields: runFields(run) }
    },
  }
}

const experimentKind = (): StreamKind => {
  const experiments = experimentsProjection.initial()
  return {
    add: (event) => {
      foldEvent(experimentsProjection, experiments, event)
    },
    subjects: itself,
    standing: ({ stream }) => {
      const experiment = experiments.byStream.get(stream)
      if (experiment === undefined) return undefined
      const { id, name, lifecycle, tags } = experiment
      const fields = fieldsOf({ name, lifecycle }, { tags: Object.entries(tags) })
      return { id, name, active: lifecycle === 'active', fields }
    },
  }
}

const modelStanding = (model: ModelState): Standing => {
  const { name, description, stages, tags, aliases, lifecycle } = modelEntity(model)
  const active = lifecycle === 'active'
  const groups = { tags: Object.entries(tags), aliases: Object.entries(aliases) }
  const fields = active ? fieldsOf({ name, description, stages }, groups) : noFields
  return { id: name, name, active, fields }
}

/** The aliases of a model are fields of the model, not of its versions. */
const noAliases: ReadonlyMap<number, readonly string[]> = new Map()

const versionStanding = (model: ModelState, number: number): Standing | undefined => {
  const version = versionState(model, number)
  if (version === undefined) return undefined
  const { stage, description, source, run, digest, tags, lifecycle } = versionEntity(
    model,
    version,
    noAliases,
  )
  const id = `${model.name}/${number}`
  const active = lifecycle === 'active' && model.lifecycle === 'active'
  const own = { stage, description, source, run, digest }
  return {
    id,
    name: id,
    active,
    fields: active ? fieldsOf(own, { tags: Object.entries(tags) }) : noFields,
  }
}

const activeVersions = (model: ModelState): readonly number[] =>
  valuesOf(model.versions)
    .filter(({ lifecycle }) => lifecycle === 'active')
    .map(({ version }) => version)

const modelKind = (): StreamKind => {
  const models = new Map<string, ModelState>()
  return {
    add: (event) => {
      if (!isRegistryEvent(event)) return
      const model = foldModel(models.get(event.stream), event)
      if (model !== undefined) models.set(event.stream, model)
    },
    subjects: (event) => {
      if (!isRegistryEvent(event)) return itself(event)
      const { stream, data } = event
      if (event.type.startsWith('version.') && 'version' in data) {
        return [{ stream, version: data.version }]
      }
      const model = models.get(stream)
      if (event.type !== 'model.deleted' || model === undefined) return itself(event)
      // Nobody can reach the versions of a deleted model: they go with it.
      return [...itself(event), ...activeVersions(model).map((version) => ({ stream, version }))]
    },
    standing: ({ stream, version }) => {
      const model = models.get(stream)
      if (model === undefined) return undefined
      return version === undefined ? modelStanding(model) : versionStanding(model, version)
    },
  }
}

/** Streams of the user's own: there is no telling what their events mean, only that they are there. */
const ownKind = (): StreamKind => {
  const begun = new Set<string>()
  return {
    add: ({ stream }) => {
      begun.add(stream)
    },
    subjects: itself,
    standing: ({ stream }) => {
      if (!begun.has(stream)) return undefined
      const { id } = partsOf(stream)
      return { id, name: id, active: true, fields: noFields }
    },
  }
}

/** Gives the kind of a stream; streams of one kind are folded together. */
export const streamKinds = (): ((stream: string) => StreamKind) => {
  const own = ownKind()
  const known = new Map<string, StreamKind>([
    ['run', runKind()],
    ['experiment', experimentKind()],
    ['model', modelKind()],
  ])
  return (stream) => known.get(partsOf(stream).noun) ?? own
}

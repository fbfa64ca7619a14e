import type { RecordedEvent } from '../../kernel/events/event.ts'
import type { LoggedModelEventData } from '../../logged-models/index.ts'
import type { RegistryEventData } from '../../registry/index.ts'
import type { DatasetInput, MetricColumns, TrackingEventData } from '../../tracking/index.ts'

type Data = TrackingEventData & RegistryEventData & LoggedModelEventData
type Fields = readonly (readonly [field: string, value: string])[]

/** Names of the things that a source can say about an entity; keys of the user's come last. */
export const field = {
  name: 'name',
  description: 'description',
  deleted: 'deleted',
  ended: 'ended',
  status: 'status',
  endTime: 'end-time',
  tag: (key: string) => `tag:${key}`,
  param: (key: string) => `param:${key}`,
  dataset: (dataset: DatasetInput) => `dataset:${JSON.stringify(dataset)}`,
  modelInput: (id: string) => `model-input:${id}`,
  modelOutput: (id: string, step: number) => `model-output:${step}:${id}`,
  artifact: (path: string) => `artifact:${path}`,
  alias: (alias: string) => `alias:${alias}`,
  version: (version: number, rest: string) => `version:${version}:${rest}`,
} as const

export const endOf = (status: string, endTime: number | null): string => `${status} ${endTime}`

const tags = (pairs: Fields): Fields => pairs.map(([key, value]) => [field.tag(key), value])
const params = (pairs: Fields): Fields => pairs.map(([key, value]) => [field.param(key), value])
const nothing = (): Fields => []

/** What each event says; a missing type does not compile. */
const statements: { readonly [Type in keyof Data]: (data: Data[Type]) => Fields } = {
  'experiment.created': (data) => [
    [field.name, data.name],
    [field.deleted, 'no'],
    ...tags(data.tags),
  ],
  'experiment.renamed': ({ name }) => [[field.name, name]],
  'experiment.tag-set': ({ key, value }) => [[field.tag(key), value]],
  'experiment.tag-deleted': nothing,
  'experiment.deleted': () => [[field.deleted, 'yes']],
  'experiment.restored': () => [[field.deleted, 'no']],
  'run.started': (data) => [
    [field.name, data.name],
    [field.status, data.status],
    [field.deleted, 'no'],
    ...params(data.params),
    ...tags(data.tags),
  ],
  'run.params-logged': (data) => params(data.params),
  'run.metrics-logged': nothing,
  'run.tags-set': (data) => tags(data.tags),
  'run.tag-deleted': nothing,
  'run.inputs-logged': ({ datasets, models }) => [
    ...datasets.map((dataset) => [field.dataset(dataset), ''] as const),
    ...models.map((id) => [field.modelInput(id), ''] as const),
  ],
  'run.outputs-logged': ({ models }) =>
    models.map(({ id, step }) => [field.modelOutput(id, step), ''] as const),
  'run.artifact-logged': ({ path, digest }) => [[field.artifact(path), digest]],
  'run.artifact-deleted': nothing,
  'run.updated': ({ name, status, endTime }) => [
    ...(name === undefined ? [] : [[field.name, name] as const]),
    ...(status === undefined ? [] : [[field.status, status] as const]),
    ...(endTime === undefined ? [] : [[field.endTime, String(endTime)] as const]),
  ],
  'run.ended': ({ status, endTime }) => [
    [field.ended, endOf(status, endTime)],
    [field.status, status],
  ],
  'run.deleted': () => [[field.deleted, 'yes']],
  'run.restored': () => [[field.deleted, 'no']],
  'model.registered': (data) => [
    [field.name, data.name],
    [field.deleted, 'no'],
    [field.description, data.description ?? ''],
    ...tags(data.tags),
  ],
  'model.renamed': nothing,
  'model.described': ({ description }) => [[field.description, description]],
  'model.tag-set': ({ key, value }) => [[field.tag(key), value]],
  'model.tag-deleted': nothing,
  'model.alias-set': ({ alias, version }) => [[field.alias(alias), String(version)]],
  'model.alias-deleted': nothing,
  'model.stages-set': nothing,
  'model.deleted': () => [[field.deleted, 'yes']],
  'version.created': ({ version, source, run, description, tags: pairs }) => [
    [field.version(version, 'source'), source],
    [field.version(version, 'run'), run ?? ''],
    [field.version(version, 'stage'), 'None'],
    [field.version(version, 'deleted'), 'no'],
    [field.version(version, 'description'), description ?? ''],
    ...pairs.map(([key, value]) => [field.version(version, field.tag(key)), value] as const),
  ],
  'version.described': ({ version, description }) => [
    [field.version(version, 'description'), description],
  ],
  'version.tag-set': ({ version, key, value }) => [[field.version(version, field.tag(key)), value]],
  'version.tag-deleted': nothing,
  'version.transitioned': ({ version, to }) => [[field.version(version, 'stage'), to]],
  'version.deleted': ({ version }) => [[field.version(version, 'deleted'), 'yes']],
  'logged-model.created': (data) => [
    [field.name, data.name],
    [field.status, 'PENDING'],
    [field.deleted, 'no'],
    ...params(data.params),
    ...tags(data.tags),
  ],
  'logged-model.finalized': ({ status }) => [[field.status, status]],
  'logged-model.params-logged': (data) => params(data.params),
  'logged-model.metrics-logged': nothing,
  'logged-model.tags-set': (data) => tags(data.tags),
  'logged-model.tag-deleted': nothing,
  'logged-model.registered': nothing,
  'logged-model.deleted': () => [[field.deleted, 'yes']],
}

interface Statements {
  readonly fields: Fields
  readonly points: readonly string[]
}

const none: Statements = { fields: [], points: [] }

/** What an event says about its entity. */
export const statementsOf = ({ type, data }: RecordedEvent): Statements => {
  if (!Object.hasOwn(statements, type)) return none
  // `as`: the log gives every event with the data of its type.
  const says = statements[type as keyof Data] as (data: unknown) => Fields
  const hasPoints = type === 'run.metrics-logged' || type === 'logged-model.metrics-logged'
  const points = hasPoints ? pointsOf(data as MetricColumns) : []
  return { fields: says(data), points }
}

const pointsOf = (columns: MetricColumns): string[] =>
  Array.from(columns.key, (_, index) => pointAt(columns, index))

/** A point as text, by which two are the same. */
export const pointAt = ({ keys, key, value, step, timestamp }: MetricColumns, index: number) =>
  `${timestamp[index]} ${step[index]} ${textOf(value[index] ?? 0)} ${keys[key[index] ?? 0]}`

const textOf = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

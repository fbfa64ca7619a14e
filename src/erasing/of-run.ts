import { sha256Hex } from '#platform'
import type { RecordedOf } from '../kernel/events/define-events.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { ERASED } from '../kernel/events/payload-events.ts'
import type { DatasetInput, MetricColumns, TrackingEventData } from '../tracking/index.ts'
import { Changes, type Eraser, pairs, text, withoutWords } from './without.ts'

/** The bytes that stand in the place of an artifact's, and their digest. */
const erasedBytes = new TextEncoder().encode(ERASED)
const erasedFile = {
  digest: `sha256:${sha256Hex(erasedBytes)}`,
  size: erasedBytes.length,
} as const

/** Which of the things that a user gave a run go. */
export interface RunParts {
  readonly tag: (key: string) => boolean
  readonly param: (key: string) => boolean
  readonly metric: (key: string) => boolean
  readonly input: (name: string) => boolean
  readonly artifact: (path: string) => boolean
  /** Everything else, too: artifact paths, where artifacts lie, errors, comments. */
  readonly whole: boolean
}

const all = (): boolean => true
const none = (): boolean => false

export const nothingOfRun: RunParts = {
  tag: none,
  param: none,
  metric: none,
  input: none,
  artifact: none,
  whole: false,
}

export const allOfRun: RunParts = {
  tag: all,
  param: all,
  metric: all,
  input: all,
  artifact: all,
  whole: true,
}

/** A run's name and user are tags of it, too. */
const nameTag = 'mlflow.runName'
const userTag = 'mlflow.user'

/** What is left of the events of one run. */
export const ofRun =
  (stream: string, parts: RunParts): Eraser =>
  (event) => {
    if (event.stream !== stream) return undefined
    // `as`: a run's stream holds events of runs alone, and the type says what the data is.
    const left = leftOf(event as RecordedOf<TrackingEventData>, parts).of(event)
    return parts.whole ? withoutWords(event, left) : left
  }

const leftOf = (event: RecordedOf<TrackingEventData>, parts: RunParts): Changes => {
  const changes = new Changes()
  switch (event.type) {
    case 'run.started':
      return startedWithout(changes, event.data, parts)
    case 'run.params-logged':
      return changes.put('param', 'params', pairs(event.data.params, parts.param))
    case 'run.tags-set':
      return changes.put('tag', 'tags', pairs(event.data.tags, parts.tag))
    case 'run.metrics-logged':
      return metricsWithout(changes, event.data, parts)
    case 'run.inputs-logged':
      return changes.put('input', 'datasets', datasets(event.data.datasets, parts))
    case 'run.artifact-logged':
      return artifactWithout(changes, event.data, parts)
    case 'run.artifact-deleted':
      return parts.whole ? changes.put('artifact', 'path', text(event.data.path)) : changes
    case 'run.updated':
      return parts.tag(nameTag) ? changes.put('name', 'name', text(event.data.name)) : changes
    case 'run.ended':
      return parts.whole ? changes.put('error', 'error', text(event.data.error)) : changes
    default:
      return changes
  }
}

type Started = TrackingEventData['run.started']

const startedWithout = (changes: Changes, data: Started, parts: RunParts): Changes => {
  changes.put('param', 'params', pairs(data.params, parts.param))
  changes.put('tag', 'tags', pairs(data.tags, parts.tag))
  if (parts.tag(nameTag)) changes.put('name', 'name', text(data.name))
  if (parts.tag(userTag)) changes.put('user', 'user', text(data.user))
  if (parts.whole) changes.put('artifact', 'artifactLocation', text(data.artifactLocation))
  return changes
}

const kept = <Column extends MetricColumns[keyof MetricColumns]>(
  column: Column,
  isKept: (at: number) => boolean,
  // `as`: `filter` of any of these gives another of the same kind.
): Column => (column as number[]).filter((_, at) => isKept(at)) as Column

const metricsWithout = (changes: Changes, data: MetricColumns, parts: RunParts): Changes => {
  const { keys, key, value, step, timestamp } = data
  if (!keys.some(parts.metric)) return changes
  const isKept = (at: number): boolean => !parts.metric(keys[key[at] ?? -1] ?? '')
  const left = keys.filter((name) => !parts.metric(name))
  const renumbered = kept(key, isKept).map((index) => left.indexOf(keys[index] ?? ''))
  changes.put('metric', 'keys', [keys, left])
  changes.put('metric', 'key', [key, renumbered])
  changes.put('metric', 'value', [value, kept(value, isKept)])
  changes.put('metric', 'step', [step, kept(step, isKept)])
  return changes.put('metric', 'timestamp', [timestamp, kept(timestamp, isKept)])
}

const datasets = (
  before: readonly DatasetInput[],
  parts: RunParts,
): readonly [unknown, unknown] => {
  const matches = ({ name, source }: DatasetInput): boolean =>
    parts.input(name) && source !== ERASED
  if (!before.some(matches)) return [before, before]
  return [before, before.map((dataset) => (matches(dataset) ? datasetWithout(dataset) : dataset))]
}

const datasetWithout = ({ schema, profile, tags }: DatasetInput): DatasetInput => ({
  name: ERASED,
  digest: ERASED,
  sourceType: ERASED,
  source: ERASED,
  ...(schema === undefined ? {} : { schema: ERASED }),
  ...(profile === undefined ? {} : { profile: ERASED }),
  tags: tags.map(([key]) => [key, ERASED]),
})

type Logged = TrackingEventData['run.artifact-logged']

const artifactWithout = (changes: Changes, data: Logged, parts: RunParts): Changes => {
  if (!parts.artifact(data.path)) return changes
  changes.put('artifact', 'digest', [data.digest, erasedFile.digest])
  changes.put('artifact', 'size', [data.size, erasedFile.size])
  if (parts.whole) changes.put('artifact', 'path', text(data.path))
  return changes
}

/** Digests of the files that an event refers to. */
export const filesOf = ({ type, data }: RecordedEvent): readonly string[] =>
  // `as`: the type says what the data is.
  type === 'run.artifact-logged' || type === 'artifact.stored' ? [(data as Logged).digest] : []

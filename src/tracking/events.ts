import * as v from 'valibot'
import { defineEvents, type EventDataOf, type NewOf } from '../kernel/events/define-events.ts'

/** Milliseconds since the epoch, as a client stated it. */
const clientTime = v.pipe(v.number(), v.safeInteger())
const text = v.string()
const key = v.pipe(v.string(), v.minLength(1))

/** Pairs are arrays, not objects: keys are the user's, in the user's order, and `__proto__` is a legal one. */
const pairs = v.array(v.tuple([key, text]))

export const runStatuses = ['SCHEDULED', 'RUNNING', 'FINISHED', 'FAILED', 'KILLED'] as const
const status = v.picklist(runStatuses)

const experimentEvents = defineEvents('experiment', {
  created: {
    version: 1,
    about: 'An experiment, a named group of runs, was created.',
    data: v.object({
      id: key,
      name: key,
      artifactLocation: v.optional(text),
      createdAt: v.optional(clientTime),
      tags: pairs,
    }),
  },
  renamed: { version: 1, about: 'It has a new name.', data: v.object({ name: key }) },
  'tag-set': {
    version: 1,
    about: 'A tag was set or replaced.',
    data: v.object({ key, value: text }),
  },
  'tag-deleted': { version: 1, about: 'A tag was taken away.', data: v.object({ key }) },
  deleted: {
    version: 1,
    about: 'It was deleted, and its runs with it; restore brings both back.',
    data: v.object({}),
  },
  restored: { version: 1, about: 'It was restored, and its runs with it.', data: v.object({}) },
})

/** Numbers in a column: a typed array, or a plain one when there are few. */
const doubles = v.union([v.instance(Float64Array), v.array(v.number())])
const indices = v.union([v.instance(Uint32Array), v.array(v.number())])

/** Metric points, as runs and logged models keep them. */
export const metricColumns = v.object({
  /** The distinct metric names of this event. */
  keys: v.array(key),
  /** Per point, an index into `keys`. */
  key: indices,
  /** Per point, any double: NaN, infinities and -0 included. */
  value: doubles,
  /** Per point, a safe integer. */
  step: doubles,
  /** Per point, milliseconds since the epoch as the client stated it. */
  timestamp: doubles,
})

const dataset = v.object({
  name: text,
  digest: text,
  sourceType: text,
  source: text,
  schema: v.optional(text),
  profile: v.optional(text),
  /** Tags of the link between run and dataset; `mlflow.data.context` says what it was used for. */
  tags: pairs,
})

const runEvents = defineEvents('run', {
  started: {
    version: 1,
    about: 'A run was started in an experiment.',
    data: v.object({
      id: key,
      experiment: key,
      name: text,
      user: text,
      status,
      startTime: v.nullable(clientTime),
      artifactLocation: v.optional(text),
      /** The run inside which this one was started. */
      parent: v.optional(key),
      params: pairs,
      /** Host and Git facts are tags under MLflow's names: `mlflow.source.git.commit`, …. */
      tags: pairs,
    }),
  },
  'params-logged': {
    version: 1,
    about: 'Params were logged; a param is written once.',
    data: v.object({ params: pairs }),
  },
  'metrics-logged': {
    version: 1,
    about: 'Metric points were logged, as parallel columns: one point or ten thousand.',
    data: metricColumns,
  },
  'tags-set': {
    version: 1,
    about: 'Tags were set or replaced.',
    data: v.object({ tags: pairs }),
  },
  'tag-deleted': { version: 1, about: 'A tag was taken away.', data: v.object({ key }) },
  'inputs-logged': {
    version: 1,
    about: 'Datasets, and models, that the run read.',
    data: v.object({ datasets: v.array(dataset), models: v.array(key) }),
  },
  'outputs-logged': {
    version: 1,
    about: 'Logged models that the run produced.',
    data: v.object({ models: v.array(v.object({ id: key, step: v.number() })) }),
  },
  'artifact-logged': {
    version: 1,
    about: 'A file was stored among the artifacts of the run; the same path again replaces it.',
    data: v.object({
      path: key,
      /** `sha256:` and 64 hex digits. */
      digest: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
      /** Bytes. */
      size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    }),
  },
  'artifact-deleted': {
    version: 1,
    about: 'The file at a path, or the files of a folder, were taken away; their history stays.',
    data: v.object({
      /** Of a file or a folder; empty for every file of the run. */
      path: text,
    }),
  },
  updated: {
    version: 1,
    about:
      'Name, status or times were changed while the run went on; only the given fields change.',
    data: v.object({
      name: v.optional(text),
      status: v.optional(status),
      startTime: v.optional(v.nullable(clientTime)),
      endTime: v.optional(v.nullable(clientTime)),
    }),
  },
  ended: {
    version: 1,
    about: 'The run ended.',
    data: v.object({
      status: v.picklist(['FINISHED', 'FAILED', 'KILLED']),
      endTime: v.nullable(clientTime),
      /** Why it failed: the message of the error. */
      error: v.optional(text),
    }),
  },
  deleted: {
    version: 1,
    about: 'The run was deleted; restore brings it back.',
    data: v.object({}),
  },
  restored: { version: 1, about: 'The run was restored.', data: v.object({}) },
})

export const trackingEvents = [experimentEvents, runEvents] as const

export type TrackingEventData = EventDataOf<typeof experimentEvents> & EventDataOf<typeof runEvents>
export type RunEventData = EventDataOf<typeof runEvents>
export type ExperimentEventData = EventDataOf<typeof experimentEvents>
export type NewTrackingEvent = NewOf<TrackingEventData>
export type RunStatus = (typeof runStatuses)[number]
export type MetricColumns = v.InferOutput<typeof metricColumns>
export type DatasetInput = v.InferOutput<typeof dataset>

/** Stream of one run, and of one experiment. */
export const runStream = (id: string): string => `run:${id}`
export const experimentStream = (id: string): string => `experiment:${id}`

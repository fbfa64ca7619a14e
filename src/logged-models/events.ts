import * as v from 'valibot'
import { defineEvents, type EventDataOf, type NewOf } from '../kernel/events/define-events.ts'
import { metricColumns } from '../tracking/events.ts'

const text = v.string()
const key = v.pipe(v.string(), v.minLength(1))
const clientTime = v.pipe(v.number(), v.safeInteger())
const version = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

/** Pairs are arrays, not objects: keys are the user's, and `__proto__` is a legal one. */
const pairs = v.array(v.tuple([key, text]))

export const loggedModelStatuses = ['PENDING', 'READY', 'UPLOAD_FAILED'] as const
const status = v.picklist(loggedModelStatuses)

const dataset = v.object({ name: text, digest: v.optional(text) })

const loggedModelFamily = defineEvents('logged-model', {
  created: {
    version: 1,
    about: 'A logged model was created: a model of its own, made by a run or by nobody known.',
    data: v.object({
      id: key,
      /** Id of its experiment. */
      experiment: key,
      name: key,
      type: v.optional(text),
      /** The run that made it, of this store or of another. */
      run: v.optional(key),
      artifactLocation: v.optional(text),
      user: v.optional(text),
      params: pairs,
      tags: pairs,
      createdAt: v.optional(clientTime),
    }),
  },
  finalized: {
    version: 1,
    about: 'Its files are there, or will never be.',
    data: v.object({ status, message: v.optional(text) }),
  },
  'params-logged': {
    version: 1,
    about: 'Params were logged; a param is written once.',
    data: v.object({ params: pairs }),
  },
  'metrics-logged': {
    version: 1,
    about: 'Metric points of the model were logged, as the same parallel columns that a run has.',
    data: v.object({
      /** The run that measured them. */
      run: v.optional(key),
      /** The data that they were measured on. */
      dataset: v.optional(dataset),
      ...metricColumns.entries,
    }),
  },
  'tags-set': {
    version: 1,
    about: 'Tags were set or replaced.',
    data: v.object({ tags: pairs }),
  },
  'tag-deleted': { version: 1, about: 'A tag was taken away.', data: v.object({ key }) },
  registered: {
    version: 1,
    about: 'A version of a registered model was created from it; recorded with that version.',
    data: v.object({ model: key, version }),
  },
  deleted: {
    version: 1,
    about: 'The logged model was deleted; its history stays.',
    data: v.object({}),
  },
})

export const loggedModelEvents = [loggedModelFamily] as const

export type LoggedModelEventData = EventDataOf<typeof loggedModelFamily>
export type NewLoggedModelEvent = NewOf<LoggedModelEventData>
export type LoggedModelStatus = (typeof loggedModelStatuses)[number]
export type ModelMetrics = LoggedModelEventData['logged-model.metrics-logged']

/** Data that metrics were measured on. */
export interface MetricDataset {
  readonly name: string
  readonly digest?: string | undefined
}

/** Stream of one logged model. */
export const loggedModelStream = (id: string): string => `logged-model:${id}`

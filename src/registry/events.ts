import * as v from 'valibot'
import {
  defineEvents,
  type EventDataOf,
  type NewOf,
  type RecordedOf,
} from '../kernel/events/define-events.ts'

const text = v.string()
const key = v.pipe(v.string(), v.minLength(1))
const clientTime = v.pipe(v.number(), v.safeInteger())
const number = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

/** Pairs are arrays, not objects: keys are the user's, and `__proto__` is a legal one. */
const pairs = v.array(v.tuple([key, text]))

const modelEvents = defineEvents('model', {
  registered: {
    version: 1,
    about: 'A model name was registered.',
    data: v.object({
      name: key,
      description: v.optional(text),
      tags: pairs,
      /** The stages of this model, in order; the first is where a new version stands. */
      stages: v.array(key),
      createdAt: v.optional(clientTime),
    }),
  },
  renamed: {
    version: 1,
    about: 'The model has a new name; its history goes with it.',
    data: v.object({ name: key }),
  },
  described: {
    version: 1,
    about: 'The description was set.',
    data: v.object({ description: text }),
  },
  'tag-set': {
    version: 1,
    about: 'A tag was set or replaced.',
    data: v.object({ key, value: text }),
  },
  'tag-deleted': { version: 1, about: 'A tag was taken away.', data: v.object({ key }) },
  'alias-set': {
    version: 1,
    about: 'An alias points at a version from here on.',
    data: v.object({ alias: key, version: number }),
  },
  'alias-deleted': {
    version: 1,
    about: 'An alias was taken away.',
    data: v.object({ alias: key, version: number }),
  },
  'stages-set': {
    version: 1,
    about: 'The stages of this model were changed.',
    data: v.object({ stages: v.array(key) }),
  },
  deleted: {
    version: 1,
    about: 'The model was deleted; its history stays, and its name is free again.',
    data: v.object({}),
  },
})

const versionEvents = defineEvents('version', {
  created: {
    version: 1,
    about: 'A version of a model was created.',
    data: v.object({
      version: number,
      /** The run that made it. */
      run: v.optional(key),
      /** Where in the artifacts of that run the model lies. */
      path: v.optional(text),
      /** Where the bytes are, as a URI. */
      source: text,
      /** Digest of the bytes behind `source`: `sha256:` and 64 hex digits, where varve holds them. */
      digest: v.optional(text),
      /** The logged model that it was made from. */
      loggedModel: v.optional(key),
      /** Where the bytes lie when `source` is a name for them, such as `models:/m-…`. */
      storageLocation: v.optional(text),
      /** Where the run that made it can be looked at, as a URL. */
      runLink: v.optional(text),
      description: v.optional(text),
      user: v.optional(text),
      tags: pairs,
      createdAt: v.optional(clientTime),
    }),
  },
  described: {
    version: 1,
    about: 'The description of the version was set.',
    data: v.object({ version: number, description: text }),
  },
  'tag-set': {
    version: 1,
    about: 'A tag of the version was set or replaced.',
    data: v.object({ version: number, key, value: text }),
  },
  'tag-deleted': {
    version: 1,
    about: 'A tag of the version was taken away.',
    data: v.object({ version: number, key }),
  },
  transitioned: {
    version: 1,
    about: 'The version moved from one stage to another.',
    data: v.object({
      version: number,
      from: key,
      to: key,
      /** Why, in the words of who did it. */
      comment: v.optional(text),
      /** The version that was current in the stage `to` before this move. */
      replaced: v.optional(number),
      /** Why varve itself moved it: another version took its stage, or the move is a rollback. */
      cause: v.optional(v.picklist(['archived', 'rollback'])),
      /** When the source of an import says that it happened. */
      at: v.optional(clientTime),
    }),
  },
  deleted: {
    version: 1,
    about: 'The version was deleted; its history stays and its number is never used again.',
    data: v.object({ version: number }),
  },
})

export const registryEvents = [modelEvents, versionEvents] as const

export type RegistryEventData = EventDataOf<typeof modelEvents> & EventDataOf<typeof versionEvents>
export type RegistryEvent = RecordedOf<RegistryEventData>
export type NewRegistryEvent = NewOf<RegistryEventData>

/** MLflow's stages, which a model has unless it names its own. */
export const defaultStages = ['None', 'Staging', 'Production', 'Archived'] as const

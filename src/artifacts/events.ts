import * as v from 'valibot'
import { defineEvents, type EventDataOf } from '../kernel/events/define-events.ts'

const artifactFamily = defineEvents('artifact', {
  stored: {
    version: 1,
    about:
      'A file was stored at a path that is no run’s: of a logged model, or in a folder of its own; the same path again replaces it.',
    data: v.object({
      /** Below the root of all artifacts, with `/`. */
      path: v.pipe(v.string(), v.minLength(1)),
      /** `sha256:` and 64 hex digits. */
      digest: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
      /** Bytes. */
      size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    }),
  },
  deleted: {
    version: 1,
    about: 'The file at a path, or the files of a folder, were taken away; their history stays.',
    data: v.object({
      /** Of a file or a folder; empty for everything that the stream holds. */
      path: v.string(),
    }),
  },
})

export const artifactEvents = [artifactFamily] as const

export type ArtifactEventData = EventDataOf<typeof artifactFamily>

const modelFolder = /^(?:.*?\/)?models\/[^/]+\/artifacts(?=\/|$)/su

/** Where the history of a path is: with the folder of its logged model, else with the first folder of the path. */
export const artifactRootOf = (path: string): string =>
  modelFolder.exec(path)?.[0] ?? path.split('/', 1)[0] ?? ''

/** Stream of the files below one root. */
export const artifactStream = (root: string): string => `artifact:${root}`

import * as v from 'valibot'
import { defineEvents, type EventDataOf } from './define-events.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** Events about the log itself. */
export const logEvents = defineEvents('log', {
  imported: {
    version: 1,
    about:
      'An import ended: what it really was, when and by whom it was really recorded. The events that it brought are marked as claimed.',
    data: v.object({
      /** Kind of the source: `mlflow-folder`, `mlflow-sqlite`. */
      kind: v.string(),
      source: v.string(),
      /** SHA-256 of the source's content, `sha256:` and hex. */
      digest: v.string(),
      /** `claimed`: the source's own times are `recordedAt`; `recorded`: times are those of the import. */
      times: v.picklist(['claimed', 'recorded']),
      read: count,
      written: count,
      refused: count,
    }),
  },
})

export type LogEventData = EventDataOf<typeof logEvents>

/** Stream of the events about the log itself. */
export const logStream = 'log'

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
  repaired: {
    version: 1,
    about:
      'A damaged log was repaired: this event follows the last one that was whole from the beginning on. What came after that, as far as it could be read, is kept in a file of the store; its positions are given again from here on.',
    data: v.object({
      /** Position of the last event that stayed; -1 for none. */
      intact: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)),
      /** Position of the last event that there was, as far as anything told. */
      last: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)),
      /** Positions that were missing or damaged: from and to, both included. */
      missing: v.array(v.tuple([count, count])),
      /** Number of commits that were whole, and did not link to what stayed. */
      cut: count,
      /** Damaged stretches of the log's files. */
      faults: v.array(v.object({ file: v.string(), from: count, to: count })),
      /** The file in the store's folder that keeps what was cut. */
      quarantine: v.string(),
      /** SHA-256 of that file's content, `sha256:` and hex. */
      digest: v.string(),
    }),
  },
})

export type LogEventData = EventDataOf<typeof logEvents>

/** Stream of the events about the log itself. */
export const logStream = 'log'

import * as v from 'valibot'
import { defineEvents, type EventDataOf } from './define-events.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** Positions in a column: a typed array, or a plain one when there are few. */
const positions = v.union([v.instance(Float64Array), v.array(v.number())])

/** Events about the data of other events. */
export const payloadEvents = defineEvents('payload', {
  erased: {
    version: 1,
    about:
      'Data of earlier events was made unreadable: of which events, what kind of data and why; never what it was. It vouches for the payloads that stand in the place of those that were erased.',
    data: v.object({
      reason: v.pipe(v.string(), v.minLength(1)),
      /** What kinds of data: `tag`, `param`, `metric`, `artifact`, `actor`, …. */
      kinds: v.array(v.string()),
      /** Positions of the events. */
      positions,
      /** First positions of the commits that hold them. */
      commits: positions,
      /** Per commit, the SHA-256 (hex) of the payload that it has from here on. */
      payloads: v.array(v.string()),
      /** Number of artifact files whose bytes were removed. */
      artifacts: count,
    }),
  },
})

export type PayloadEventData = EventDataOf<typeof payloadEvents>

export const erasedType = 'payload.erased' satisfies keyof PayloadEventData

export type ErasedData = PayloadEventData[typeof erasedType]

/** Stream of the events about data of other events. */
export const payloadStream = 'payload'

/** Stands where a text was that has been erased. */
export const ERASED = '[erased]'

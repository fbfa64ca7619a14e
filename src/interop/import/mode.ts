import type { EventEngine } from '../../kernel/event-engine.ts'

/** Whether the source's times can be `recordedAt`, or are only what a client stated. */
export type Times = 'claimed' | 'recorded'

/**
 * Times can be claimed while the log holds nothing, or nothing but the beginning of an import of this very
 * source that was interrupted.
 */
export const timesFor = async (engine: EventEngine, claim: string): Promise<Times> => {
  if (engine.last < 0) return 'claimed'
  if (!(await isUnfinished(engine, claim))) return 'recorded'
  for await (const { events } of engine.read({ from: 'start' })) {
    if (events.some(({ meta }) => meta?.claimed !== claim)) return 'recorded'
  }
  return 'claimed'
}

/** Whether an import of the source wrote the last event, and so did not come to its end. */
export const isUnfinished = async (engine: EventEngine, claim: string): Promise<boolean> => {
  if (engine.last < 0) return false
  for await (const { events } of engine.read({ from: engine.last })) {
    if (events.some(({ meta }) => meta?.claimed === claim)) return true
  }
  return false
}

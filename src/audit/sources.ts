import type { Reader } from '../kernel/engine.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import type { EventBatch } from '../kernel/streams/read-events.ts'
import type { RegistryView } from '../registry/index.ts'

/** What the questions about change are answered from. */
export interface AuditSources {
  readonly reader: Pick<Reader, 'stream'>
  /** The events with first <= position <= last, in order; reads nothing before the first. */
  readonly range: (first: number, last: number) => AsyncIterable<readonly RecordedEvent[]>
  /** The registry as of a position. */
  readonly registryAt: (position: number) => RegistryView
}

/** What can read events in batches from a position. */
export interface BatchReader {
  read(options: { readonly from: number }): AsyncIterable<EventBatch>
}

/** Reads ranges of events from what reads batches. */
export const eventRange = (reader: BatchReader): AuditSources['range'] =>
  async function* (first, last) {
    if (first > last) return
    for await (const { events, position } of reader.read({ from: first })) {
      if (position < last) {
        yield events
        continue
      }
      yield events.filter((event) => event.position <= last)
      return
    }
  }

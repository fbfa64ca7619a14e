import type { RecordedEvent } from '../events/event.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { StreamIndex } from '../streams/stream-index.ts'
import { FoldSet } from './fold-set.ts'
import type { AnyProjection, Projection } from './projection.ts'

/** The stream index as a projection: it checkpoints with the others. */
const indexProjection = (streams: StreamIndex): Projection<StreamIndex> => ({
  name: 'streams',
  version: 2,
  initial: () => streams,
  handlers: {},
  save: () => streams.save(),
  load: (saved) => {
    streams.load(saved)
    return streams
  },
})

/** One fold of the log: the stream index and the built-in projections, at one position. */
export class Replica {
  readonly streams: StreamIndex
  readonly folds: FoldSet
  readonly #entries: Entries

  constructor(entries: Entries, projections: readonly AnyProjection[]) {
    this.#entries = entries
    this.streams = new StreamIndex(entries)
    this.folds = new FoldSet([indexProjection(this.streams), ...projections])
  }

  /** @throws `PROJECTION_FAILED` */
  apply(events: readonly RecordedEvent[]): void {
    for (const event of events) this.streams.apply(event)
    this.folds.apply(events)
  }

  /** The entries of a checkpoint at a position; tell `streams.flushed()` when they are written. */
  async save(position: number): Promise<Entry[]> {
    const entries = this.streams.flush()
    for (const entry of await this.folds.save(this.#entries, position)) entries.push(entry)
    return entries
  }

  /** Takes everything back to the checkpoint at a position; without one, to the beginning. */
  async load(position: number): Promise<boolean> {
    if (await this.folds.load(this.#entries, position)) return true
    await this.streams.reset()
    return false
  }

  /** Names of the projections whose state differs from that of another fold. */
  differences(other: Replica): string[] {
    return this.folds.differences(other.folds)
  }
}

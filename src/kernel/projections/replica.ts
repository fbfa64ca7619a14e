import type { RecordedEvent } from '../events/event.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { StreamIndex } from '../streams/stream-index.ts'
import { FoldSet } from './fold-set.ts'
import type { AnyProjection, Projection } from './projection.ts'

/** The stream index as a projection: it checkpoints with the others. */
const indexProjection = (entries: Entries): Projection<StreamIndex> => ({
  name: 'streams',
  version: 4,
  initial: () => new StreamIndex(entries),
  handlers: {},
  parts: {
    count: (streams) => streams.parts,
    changed: (streams) => streams.changed,
    save: (streams, part) => streams.save(part),
    load: (streams, saved) => streams.load(saved),
  },
})

/** One fold of the log: the stream index and the built-in projections, at one position. */
export class Replica {
  readonly folds: FoldSet
  readonly #index: Projection<StreamIndex>
  readonly #entries: Entries

  constructor(entries: Entries, projections: readonly AnyProjection[]) {
    this.#entries = entries
    this.#index = indexProjection(entries)
    this.folds = new FoldSet([this.#index, ...projections])
  }

  get streams(): StreamIndex {
    return this.folds.state(this.#index)
  }

  /** Folds the events of one commit. @throws `PROJECTION_FAILED` */
  apply(events: readonly RecordedEvent[]): void {
    const { streams } = this
    const begins = events[0]?.position ?? 0
    for (const event of events) streams.apply(event, begins)
    this.folds.apply(events)
  }

  /** The entries of a checkpoint at a position; tell `saved` when they are written, `notSaved` if they are not. */
  async save(position: number): Promise<Entry[]> {
    const entries = this.streams.flush()
    for (const entry of await this.folds.save(position)) entries.push(entry)
    return entries
  }

  saved(): void {
    this.streams.flushed()
  }

  notSaved(): void {
    this.folds.notSaved()
  }

  /** Takes everything to the checkpoint at a position; without one, everything stays at the beginning. */
  async load(position: number): Promise<boolean> {
    if (await this.folds.load(this.#entries, position)) return true
    await this.#entries.write(await this.folds.remove(this.#entries))
    await this.streams.removeEntries()
    return false
  }

  /** Names of the projections whose state differs from that of another fold. */
  async differences(other: Replica): Promise<string[]> {
    return await this.folds.differences(other.folds)
  }
}

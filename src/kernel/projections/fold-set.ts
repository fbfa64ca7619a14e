import { packDerived } from '../events/codec.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { checkpointEntries, loadCheckpoint } from './checkpoint.ts'
import { type AnyProjection, foldEvent, type Projection } from './projection.ts'

/** A projection and its state, with the state's type hidden. */
interface Folded {
  readonly projection: Projection<unknown>
  state: unknown
}

/** Read models that are folded together, by plain mutation, and checkpoint together. */
export class FoldSet {
  readonly #folded = new Map<string, Folded>()
  readonly #byType = new Map<string, Folded[]>()

  constructor(projections: readonly AnyProjection[]) {
    for (const projection of projections) {
      // `as`: a projection's own state is the only one that its functions are ever given.
      const known = projection as unknown as Projection<unknown>
      const folded = { projection: known, state: known.initial() }
      this.#folded.set(known.name, folded)
      for (const type of Object.keys(known.handlers)) {
        this.#byType.set(type, [...(this.#byType.get(type) ?? []), folded])
      }
    }
  }

  /** The state of a projection of this set; the object changes when a checkpoint is loaded. */
  state<State>(projection: Projection<State>): State {
    const folded = this.#folded.get(projection.name)
    if (folded === undefined) throw new TypeError(`No projection is called ${projection.name}.`)
    // `as`: the constructor stored this projection's own state under its name.
    return folded.state as State
  }

  /** One that throws keeps the others from nothing. @throws `PROJECTION_FAILED` for the first, at the end */
  apply(events: readonly RecordedEvent[]): void {
    const failures: unknown[] = []
    for (const event of events) {
      for (const { projection, state } of this.#byType.get(event.type) ?? []) {
        try {
          foldEvent(projection, state, event)
        } catch (error) {
          failures.push(error)
        }
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  /** The entries of a checkpoint at a position. */
  async save(entries: Entries, position: number): Promise<Entry[]> {
    const writes: Entry[] = []
    for (const { projection, state } of this.#folded.values()) {
      const { name, version } = projection
      const saved = projection.save(state)
      for (const entry of await checkpointEntries(entries, { name, version, position, saved })) {
        writes.push(entry)
      }
    }
    return writes
  }

  /** Takes every projection back to a checkpoint at one position; false leaves all as they were. */
  async load(entries: Entries, position: number): Promise<boolean> {
    const loaded = new Map<Folded, unknown>()
    for (const folded of this.#folded.values()) {
      const { name, version } = folded.projection
      const checkpoint = await loadCheckpoint(entries, name, version)
      if (checkpoint === undefined || checkpoint.position !== position) return false
      loaded.set(folded, checkpoint.saved)
    }
    for (const [folded, saved] of loaded) folded.state = folded.projection.load(saved)
    return true
  }

  /** Names of the projections whose state is not the same as in another set of the same projections. */
  differences(other: FoldSet): string[] {
    return [...this.#folded].flatMap(([name, { projection, state }]) => {
      const mine = packDerived(projection.save(state))
      const theirs = packDerived(projection.save(other.#folded.get(name)?.state))
      const same = mine.length === theirs.length && mine.every((byte, at) => byte === theirs[at])
      return same ? [] : [name]
    })
  }
}

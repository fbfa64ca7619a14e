import { packDerived } from '../events/codec.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { sameBytes } from '../log/sealed.ts'
import { Pace } from '../pace.ts'
import { Checkpoint } from './checkpoint.ts'
import { type AnyProjection, foldEvent, type Projection } from './projection.ts'

/** A projection and its state, with the state's type hidden. */
interface Folded {
  readonly projection: Projection<unknown>
  readonly checkpoint: Checkpoint
  state: unknown
  /** Parts that the checkpoint being written holds. */
  saving: readonly number[]
}

/** Read models that are folded together, by plain mutation, and checkpoint together. */
export class FoldSet {
  readonly #folded = new Map<string, Folded>()
  readonly #byType = new Map<string, Folded[]>()

  constructor(projections: readonly AnyProjection[]) {
    for (const projection of projections) {
      // `as`: a projection's own state is the only one that its functions are ever given.
      const known = projection as unknown as Projection<unknown>
      const checkpoint = new Checkpoint(known)
      const folded: Folded = { projection: known, checkpoint, state: known.initial(), saving: [] }
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

  /** The entries of a checkpoint at a position: what changed since the last. Then call `saved` or `notSaved`. */
  async save(position: number): Promise<Entry[]> {
    const writes: Entry[] = []
    for (const folded of this.#folded.values()) {
      const { checkpoint, state } = folded
      const { changed, count, save } = folded.projection.parts
      folded.saving = changed(state).take()
      const entries = await checkpoint.save({
        position,
        count: count(state),
        changed: folded.saving,
        part: (number) => save(state, number),
      })
      for (const entry of entries) writes.push(entry)
    }
    return writes
  }

  /** The entries of the last `save` are not on disk: the next one has them too. */
  notSaved(): void {
    for (const { projection, state, saving } of this.#folded.values()) {
      const changed = projection.parts.changed(state)
      for (const part of saving) changed.add(part)
    }
  }

  /** Takes every projection, all still empty, to the checkpoint at a position; false leaves all empty. */
  async load(entries: Entries, position: number): Promise<boolean> {
    for (const { checkpoint } of this.#folded.values()) {
      if ((await checkpoint.position(entries)) !== position) return false
    }
    for (const { projection, checkpoint, state } of this.#folded.values()) {
      const { load, expect } = projection.parts
      let isExpected = false
      const take = (saved: unknown, parts: number): void => {
        if (!isExpected) expect?.(state, parts)
        isExpected = true
        load(state, saved)
      }
      if (await checkpoint.load(entries, take)) continue
      for (const folded of this.#folded.values()) folded.state = folded.projection.initial()
      return false
    }
    return true
  }

  /** The entries that remove every checkpoint. */
  async remove(entries: Entries): Promise<Entry[]> {
    const doomed: Entry[] = []
    for (const { checkpoint } of this.#folded.values()) {
      for (const entry of await checkpoint.remove(entries)) doomed.push(entry)
    }
    return doomed
  }

  /** Names of the projections whose state is not the same as in another set of the same projections. */
  async differences(other: FoldSet): Promise<string[]> {
    const names: string[] = []
    for (const [name, folded] of this.#folded) {
      if (!(await isSame(folded, other.#folded.get(name)))) names.push(name)
    }
    return names
  }
}

const isSame = async (
  { projection, state }: Folded,
  other: Folded | undefined,
): Promise<boolean> => {
  const { count, save } = projection.parts
  if (other === undefined || count(state) !== count(other.state)) return false
  const pace = new Pace()
  for (let part = 0; part < count(state); part++) {
    const mine = packDerived(save(state, part))
    if (!sameBytes(mine, packDerived(save(other.state, part)))) return false
    await pace.turn()
  }
  return true
}

import { freeze, produce } from 'immer'
import { type Observable, Subject } from 'rxjs'
import { kernelError } from '../errors.ts'
import { packDerived } from '../events/codec.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { type EventSource, readUpTo } from '../streams/read-events.ts'
import { checkpointEntries, loadCheckpoint } from './checkpoint.ts'
import { type AnyHandlers, foldEvent } from './projection.ts'

/** A read model of the user's own. */
export interface ProjectionDefinition<State, Handlers = AnyHandlers<State>> {
  readonly name: string
  /** A new version throws the checkpoint of the old one away and folds the log again. */
  readonly version: number
  readonly initial: () => State
  /** Mutate the draft, or return the next state; other types are passed over. */
  readonly on: Handlers
}

/** A user's read model, live. */
export interface ProjectionHandle<State> {
  readonly name: string
  /** Frozen, and never changed in place: keep it as long as you like. */
  readonly state: State
  /** The last position that is folded in. */
  readonly position: number
  /** The state after each commit that changed it. */
  readonly changes: Observable<State>
  /** Why it stands still, when a handler threw; the writer and the others go on. */
  readonly failure: Error | undefined
}

/** One step of replay: mutates, or takes what the handler returned. */
const step = <State>(
  definition: ProjectionDefinition<State>,
  state: State,
  event: RecordedEvent,
): State => {
  const { name, on: handlers } = definition
  const returned = foldEvent({ name, handlers }, state, event)
  // `as`: a handler returns nothing or its own kind of state.
  return returned === undefined ? state : (returned as State)
}

/** The state of a definition over the events up to a position. @throws `PROJECTION_FAILED` */
export const foldUpTo = async <State>(
  definition: ProjectionDefinition<State>,
  source: EventSource,
  upTo: number,
): Promise<State> => {
  let state = definition.initial()
  for await (const events of readUpTo(source, upTo)) {
    for (const event of events) state = step(definition, state, event)
  }
  return freeze(state, true)
}

/** Runs one definition: replayed when it starts, folded with Immer after each commit. */
export class UserProjection<State> implements ProjectionHandle<State> {
  readonly definition: ProjectionDefinition<State>
  readonly changes = new Subject<State>()
  failure: Error | undefined
  state: State
  position = -1

  constructor(definition: ProjectionDefinition<State>) {
    this.definition = definition
    this.state = definition.initial()
  }

  get name(): string {
    return this.definition.name
  }

  /** Starts from the checkpoint, if there is one of this version at a position that the log has. */
  async load(entries: Entries, last: number): Promise<void> {
    const { version } = this.definition
    const checkpoint = await loadCheckpoint(entries, this.#key, version)
    if (checkpoint === undefined || checkpoint.position > last) return
    // `as`: the checkpoint was saved from this definition's state in this version.
    this.state = checkpoint.saved as State
    this.position = checkpoint.position
  }

  /** Folds history by plain mutation, which Immer would slow down; nobody holds the state yet. */
  replay(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      if (event.position <= this.position) continue
      this.state = step(this.definition, this.state, event)
      this.position = event.position
    }
  }

  /** Ends the replay: from here on the state is frozen and folded with Immer. */
  start(): void {
    freeze(this.state, true)
  }

  /** Folds one commit and tells who watches. @throws `PROJECTION_FAILED`, and stands still from then on. */
  apply(events: readonly RecordedEvent[]): void {
    if (this.failure !== undefined) return
    const before = this.state
    try {
      this.#fold(events)
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error))
      throw error
    }
    if (this.state !== before) this.changes.next(this.state)
  }

  /** The entries of its checkpoint. */
  async save(entries: Entries): Promise<Entry[]> {
    const { version } = this.definition
    const { position, state: saved } = this
    return await checkpointEntries(entries, { name: this.#key, version, position, saved })
  }

  /** Whether the state equals another one, as saved. */
  equals(state: State): boolean {
    const mine = packDerived(this.state)
    const theirs = packDerived(state)
    return mine.length === theirs.length && mine.every((byte, at) => byte === theirs[at])
  }

  get #key(): string {
    return `user:${this.definition.name}`
  }

  #fold(events: readonly RecordedEvent[]): void {
    const last = events.at(-1)
    if (last === undefined) return
    const { on } = this.definition
    const relevant = events.filter((event) => Object.hasOwn(on, event.type))
    if (relevant.length > 0) {
      this.state = produce(this.state, (draft) => {
        // `as`: Immer's Draft<State> is State for a handler that mutates it.
        let current = draft as State
        for (const event of relevant) current = step(this.definition, current, event)
        return current as typeof draft
      })
    }
    this.position = last.position
  }
}

/** Two definitions share a name. */
export const projectionExists = (name: string): Error =>
  kernelError(
    'INVALID_VALUE',
    `A projection called "${name}" runs already with another definition. Give this one another name.`,
    { data: { path: 'name', value: name } },
  )

import { enableMapSet, freeze, produce } from 'immer'
import { type Observable, Subject } from 'rxjs'
import { shown } from '../check.ts'
import { kernelError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import type { Report } from '../problem.ts'
import { type Guard, GuardedObservable } from '../streams/guarded.ts'
import { type EventSource, readUpTo } from '../streams/read-events.ts'
import { bytesInParts, Checkpoint, joinedParts } from './checkpoint.ts'
import { type AnyHandlers, foldEvent } from './projection.ts'
import { packState, unpackState } from './user-state.ts'

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

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** What a handler left: the state that it mutated, or the next one that it returned. */
const accepted = <State>(state: State, returned: unknown): State => {
  if (returned === undefined) return state
  if (returned instanceof Promise || (isObject(state) && typeof returned !== 'object')) {
    throw new TypeError(
      `a handler mutates the state or returns the next one, and this one returned ${shown(returned)}`,
    )
  }
  // `as`: a handler returns its own kind of state.
  return returned as State
}

type Handler<State> = (state: State, event: RecordedEvent) => State

/** Folds one event the way that `run` runs its handler. @throws `PROJECTION_FAILED` */
const foldOne = <State>(
  definition: ProjectionDefinition<State>,
  { state, event }: { readonly state: State; readonly event: RecordedEvent },
  run: (handler: Handler<State>) => Handler<State>,
): State => {
  const { name, on } = definition
  const own = Object.hasOwn(on, event.type) ? on[event.type] : undefined
  if (own === undefined) return state
  // `as`: a handler stands under the type whose data it takes.
  const handler: Handler<State> = (given, known) => accepted(given, own(given, known as never))
  const folded = foldEvent({ name, handlers: { [event.type]: run(handler) } }, state, event)
  // `as`: `run` gives what the handler gives.
  return folded as State
}

/** By plain mutation. */
const step = <State>(
  definition: ProjectionDefinition<State>,
  state: State,
  event: RecordedEvent,
): State => foldOne(definition, { state, event }, (handler) => handler)

/** With Immer: the state before stays as it is. */
const frozenStep = <State>(
  definition: ProjectionDefinition<State>,
  state: State,
  event: RecordedEvent,
): State =>
  foldOne(
    definition,
    { state, event },
    (handler) => (before, known) =>
      // `as`: Immer's Draft<State> is State for a handler that mutates it.
      produce(before, (draft) => handler(draft as State, known) as typeof draft),
  )

/** The event with data that a handler may keep in its state, or change: others hold the event too. */
const owned = (event: RecordedEvent): RecordedEvent => ({
  ...event,
  data: structuredClone(event.data),
})

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
  readonly changes: Observable<State>
  readonly #changes = new Subject<State>()
  readonly #guard: Guard
  failure: Error | undefined
  state: State
  position = -1
  readonly #checkpoint: Checkpoint
  /** What the checkpoint holds, when that is known. */
  #kept: { readonly state: State; readonly parts: number } | undefined

  /** @param report - Told what those who watch the changes throw. */
  constructor(definition: ProjectionDefinition<State>, report: Report) {
    enableMapSet()
    this.definition = definition
    this.state = definition.initial()
    const { name, version } = definition
    this.#checkpoint = new Checkpoint({ name: `user:${name}`, version })
    this.#guard = { report, position: undefined }
    this.changes = new GuardedObservable(this.#guard, (observer) =>
      this.#changes.subscribe(observer),
    )
  }

  get name(): string {
    return this.definition.name
  }

  /** Starts from the checkpoint, if there is one of this version at a position that the log has. */
  async load(entries: Entries, last: number): Promise<void> {
    const position = (await this.#checkpoint.position(entries)) ?? last + 1
    const parts: Uint8Array[] = []
    // `as`: the checkpoint was saved from this definition's state in this version.
    const take = (part: unknown) => parts.push(part as Uint8Array)
    if (position > last || !(await this.#checkpoint.load(entries, take))) {
      await entries.write(await this.#checkpoint.remove(entries))
      return
    }
    this.state = unpackState(joinedParts(parts)) as State
    this.position = position
  }

  /** Folds history by plain mutation, which Immer would slow down; nobody holds the state yet. */
  replay(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      if (event.position <= this.position) continue
      this.state = step(this.definition, this.state, event)
      this.position = event.position
    }
  }

  /** Takes it back to the beginning, to be replayed. */
  reset(): void {
    this.state = this.definition.initial()
    this.position = -1
    this.#kept = undefined
  }

  /** Folds it anew, because other payloads stand in the log. @throws `PROJECTION_FAILED`, and stands still then */
  async restart(source: EventSource): Promise<void> {
    const last = source.tail.next - 1
    const before = this.state
    this.#kept = undefined
    try {
      const state = await foldUpTo(this.definition, source, last)
      this.failure = undefined
      this.position = last
      if (this.equals(state)) return
      this.state = state
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error))
      // What it stood at was folded from what is erased.
      this.state = freeze(this.definition.initial(), true)
      this.position = -1
      throw error
    } finally {
      this.#guard.position = last
      if (this.state !== before) this.#changes.next(this.state)
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
    if (this.state === before) return
    this.#guard.position = this.position
    this.#changes.next(this.state)
  }

  /** Ends it: who watches is told no more. */
  end(): void {
    this.#changes.complete()
  }

  /** The entries of its checkpoint: those of the state only if it changed since the last. */
  async save(): Promise<Entry[]> {
    const { position, state } = this
    const isKept = this.#kept !== undefined && Object.is(state, this.#kept.state)
    const parts = isKept ? [] : bytesInParts(packState(state))
    const count = isKept ? (this.#kept?.parts ?? 0) : parts.length
    this.#kept = { state, parts: count }
    const part = (number: number): unknown => parts[number]
    return await this.#checkpoint.save({ position, count, changed: parts.keys(), part })
  }

  /** The entries of the last `save` are not on disk. */
  notSaved(): void {
    this.#kept = undefined
  }

  /** Whether the state equals another one, as saved. */
  equals(state: State): boolean {
    const mine = packState(this.state)
    const theirs = packState(state)
    return mine.length === theirs.length && mine.every((byte, at) => byte === theirs[at])
  }

  #fold(events: readonly RecordedEvent[]): void {
    const last = events.at(-1)
    if (last === undefined) return
    const { on } = this.definition
    const relevant = events.filter((event) => Object.hasOwn(on, event.type))
    if (relevant.length > 0) this.state = this.#next(relevant)
    this.position = last.position
  }

  #next(events: readonly RecordedEvent[]): State {
    const { definition } = this
    try {
      return produce(this.state, (draft) => {
        // `as`: Immer's Draft<State> is State for a handler that mutates it.
        let current = draft as State
        for (const event of events) current = step(definition, current, owned(event))
        return current as typeof draft
      })
    } catch {
      // Immer refuses a batch in which one handler mutates and another returns; and alone, the one that
      // throws tells its position.
      let { state } = this
      for (const event of events) state = frozenStep(definition, state, owned(event))
      return state
    }
  }
}

/** Two definitions share a name. */
export const projectionExists = (name: string): Error =>
  kernelError(
    'INVALID_VALUE',
    `A projection called "${name}" runs already with another definition. Give this one another name.`,
    { data: { path: 'name', value: name } },
  )

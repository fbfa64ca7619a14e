import type { Subject } from 'rxjs'
import type { Entries, Entry } from '../log/event-log.ts'
import { type Problem, problemOf, reportTo } from '../problem.ts'
import { type EventSource, readUpTo } from '../streams/read-events.ts'
import {
  type ProjectionDefinition,
  type ProjectionHandle,
  projectionExists,
  UserProjection,
} from './user-projection.ts'

/** A projection that runs, or will as soon as it has caught up. */
interface Starting {
  readonly definition: unknown
  readonly started: Promise<unknown>
}

/** What they are run on. */
export interface UserProjectionsParts {
  readonly entries: Entries
  readonly source: EventSource
  readonly problems: Subject<Problem>
  /** Runs a task between two commits. */
  readonly exclusive: (task: () => Promise<void>) => Promise<void>
}

/** The projections of the user that run on an engine. */
export class UserProjections {
  readonly #parts: UserProjectionsParts
  readonly #running = new Map<string, UserProjection<unknown>>()
  readonly #starting = new Map<string, Starting>()

  constructor(parts: UserProjectionsParts) {
    this.#parts = parts
  }

  get running(): readonly UserProjection<unknown>[] {
    return [...this.#running.values()]
  }

  /**
   * Starts a projection, or gives the one that runs already. One that failed gives its name to another
   * definition: its handler, mended. @throws `PROJECTION_FAILED`
   */
  async start<State>(definition: ProjectionDefinition<State>): Promise<ProjectionHandle<State>> {
    const { name } = definition
    const known = this.#starting.get(name)
    if (known?.definition === definition) {
      // `as`: the same definition has the same state.
      return (await known.started) as ProjectionHandle<State>
    }
    if (known !== undefined && !this.#hasFailed(known, name)) throw projectionExists(name)
    const started = this.#begin(definition)
    this.#starting.set(name, { definition, started })
    started.catch(() => this.#starting.delete(name))
    return await started
  }

  /** Whether what runs under the name has failed, and no other start for it is under way. */
  #hasFailed({ definition }: Starting, name: string): boolean {
    const running = this.#running.get(name)
    return running?.failure !== undefined && running.definition === definition
  }

  /** The definition of a projection that runs. @throws `TypeError` for a handle of another store */
  definitionOf<State>(handle: ProjectionHandle<State>): ProjectionDefinition<State> {
    const projection = this.#running.get(handle.name)
    if (projection !== (handle as unknown)) {
      throw new TypeError(`The projection "${handle.name}" does not belong to this store.`)
    }
    // `as`: the handle is this projection, so its state is of the handle's type.
    return projection?.definition as unknown as ProjectionDefinition<State>
  }

  /** The entries of their checkpoints; one that cannot be saved is reported, and keeps the others from nothing. */
  async save(): Promise<Entry[]> {
    const entries: Entry[] = []
    for (const projection of this.#running.values()) {
      try {
        for (const entry of await projection.save()) entries.push(entry)
      } catch (error) {
        this.#parts.problems.next(problemOf(error, `projection ${projection.name}`))
      }
    }
    return entries
  }

  /** The entries of the last `save` are not on disk. */
  notSaved(): void {
    for (const projection of this.#running.values()) projection.notSaved()
  }

  /** Folds them anew, because other payloads stand in the log; call it between two commits. */
  async restart(): Promise<void> {
    const { source, problems } = this.#parts
    for (const projection of this.#running.values()) {
      try {
        await projection.restart(source)
      } catch (error) {
        problems.next(problemOf(error, `projection ${projection.name}`))
      }
    }
  }

  /** Nobody who watches is told any more. */
  complete(): void {
    for (const projection of this.#running.values()) projection.end()
  }

  async #begin<State>(definition: ProjectionDefinition<State>): Promise<ProjectionHandle<State>> {
    const { entries, source, exclusive, problems } = this.#parts
    const { name } = definition
    const projection = new UserProjection(
      definition,
      reportTo(problems, `observer of projection ${name}`),
    )
    const { forgotten } = source.tail
    await projection.load(entries, source.tail.next - 1)
    await this.#replay(projection)
    await exclusive(async () => {
      // It was folded from payloads that are replaced meanwhile.
      if (forgotten !== source.tail.forgotten) projection.reset()
      await this.#replay(projection)
      projection.start()
      this.#running.get(name)?.end()
      // `as`: the engine hands a projection only its own state.
      this.#running.set(name, projection as unknown as UserProjection<unknown>)
    })
    return projection
  }

  async #replay<State>(projection: UserProjection<State>): Promise<void> {
    const { source } = this.#parts
    const from = projection.position + 1
    for await (const events of readUpTo(source, source.tail.next - 1, from)) {
      projection.replay(events)
    }
  }
}

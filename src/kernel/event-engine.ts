import { type Observable, Subject } from 'rxjs'
import { Checkpoints } from './checkpoints.ts'
import type { Clock } from './clock.ts'
import type { Command, EventQuery, Reader, Settle, Submitter } from './engine.ts'
import type { DomainError } from './errors.ts'
import type { RecordedEvent } from './events/event.ts'
import type { EventTypes } from './events/event-types.ts'
import { erasedType } from './events/payload-events.ts'
import { decodeEvents, type Head } from './log/commit.ts'
import { Committer, closedError, type Replacement } from './log/committer.ts'
import type { EventLog } from './log/event-log.ts'
import { commitsAfter } from './log/later-commits.ts'
import type { Moment, When } from './moment.ts'
import { type Problem, problemOf, reportTo } from './problem.ts'
import type { Projection } from './projections/projection.ts'
import type { Replica } from './projections/replica.ts'
import {
  foldUpTo,
  type ProjectionDefinition,
  type ProjectionHandle,
  type UserProjection,
} from './projections/user-projection.ts'
import { UserProjections } from './projections/user-projections.ts'
import { DecodedCommits } from './streams/decoded-commits.ts'
import { type Feed, feedOf } from './streams/feed.ts'
import {
  type EventBatch,
  type EventSource,
  type ReadOptions,
  readCount,
  readEvents,
  readStream,
} from './streams/read-events.ts'
import type { StreamIndex } from './streams/stream-index.ts'
import { Tail } from './streams/tail.ts'
import { findMoment, parseWhen } from './streams/when.ts'

/** What an engine is made of, once the log is verified and the read models stand at its head. */
export interface EngineParts {
  readonly log: EventLog
  readonly head: Head
  readonly types: EventTypes
  /** The built-in read models, at the head. */
  readonly replica: Replica
  readonly clock: Clock
  readonly actor: string
  /** Position after the last event of the checkpoint on disk. */
  readonly checkpointed: number
}

/** One log, its commit loop and its read models. */
export class EventEngine implements Submitter, Reader {
  readonly problems = new Subject<Problem>()
  readonly #parts: EngineParts
  readonly #source: EventSource
  readonly #committer: Committer
  #replica: Replica
  #checkpoints: Checkpoints
  readonly #user: UserProjections
  readonly #commits = new Subject<number>()
  /** Read models to go on with when payloads are replaced. */
  #renewal: Replica | undefined
  #checkpointing = false
  #closing: Promise<void> | undefined

  constructor(parts: EngineParts) {
    const { log, head, types } = parts
    this.#parts = parts
    this.#replica = parts.replica
    const streams = (): StreamIndex => this.#replica.streams
    this.#source = {
      log,
      types,
      get streams() {
        return streams()
      },
      tail: new Tail(head.next),
      decoded: new DecodedCommits(log, types),
    }
    this.#committer = new Committer({
      ...parts,
      epoch: head.epoch + 1,
      revision: (stream) => streams().revision(stream),
      recorded: (first, count) => readCount(this.#source, first, count),
      committed: (events, bytes) => this.#committed(events, bytes),
    })
    this.#user = new UserProjections({
      entries: log.entries,
      source: this.#source,
      problems: this.problems,
      exclusive: (task) => this.exclusive(task),
    })
    this.#checkpoints = new Checkpoints({ ...parts, user: this.#user })
  }

  /** The position of the newest event; -1 for an empty log. */
  get last(): number {
    return this.#source.tail.next - 1
  }

  get head(): Head {
    return this.#committer.head
  }

  /** What reading needs. */
  get source(): EventSource {
    return this.#source
  }

  /** The newest position, after each commit. */
  get commits(): Observable<number> {
    return this.#commits
  }

  /** The live state of a built-in projection. */
  state<State>(projection: Projection<State>): State {
    return this.#replica.folds.state(projection)
  }

  /** Names of the built-in projections whose live state differs from another fold of the same events. */
  differences(other: Replica): Promise<string[]> {
    return this.#replica.differences(other)
  }

  execute<State>(command: Command<State>): Promise<readonly RecordedEvent[]> {
    return this.#committer.execute(command)
  }

  submit<State>(command: Command<State>, settle: Settle): void {
    this.#committer.submit(command, settle)
  }

  /** Runs a task between two commits. */
  exclusive<T>(task: () => Promise<T> | T): Promise<T> {
    return this.#committer.exclusive(task)
  }

  async stream(stream: string, upTo = this.last, from = 0): Promise<readonly RecordedEvent[]> {
    this.#check()
    return await readStream(this.#source, stream, { from, upTo })
  }

  read(options: ReadOptions): AsyncIterable<EventBatch> {
    this.#check()
    return readEvents(this.#source, options)
  }

  events(query: EventQuery): Feed<RecordedEvent> {
    const { source } = this
    const check = (): void => this.#check()
    return feedOf(
      async function* (signal) {
        check()
        const options = { ...query, from: query.from ?? 'now', live: true, signal } as const
        for await (const { events } of readEvents(source, options)) yield* events
      },
      reportTo(this.problems, 'observer of events'),
    )
  }

  async moment(when: When): Promise<Moment> {
    this.#check()
    const { clock, log } = this.#parts
    // A clock that was set back has not caught up with the log yet: what is committed is not in the future.
    const now = Math.max(clock(), this.head.recordedAt)
    return await findMoment(log, parseWhen(when, now), this.#source.tail.next)
  }

  /** Starts a user's projection, or gives the one that runs already. @throws `PROJECTION_FAILED` */
  async project<State>(definition: ProjectionDefinition<State>): Promise<ProjectionHandle<State>> {
    this.#check()
    return await this.#user.start(definition)
  }

  /** The state of a definition as of a position. @throws `PROJECTION_FAILED` */
  async foldUpTo<State>(definition: ProjectionDefinition<State>, upTo: number): Promise<State> {
    this.#check()
    return await foldUpTo(definition, this.#source, upTo)
  }

  /** The definition of a projection that runs. @throws `TypeError` for a handle of another store */
  definitionOf<State>(handle: ProjectionHandle<State>): ProjectionDefinition<State> {
    return this.#user.definitionOf(handle)
  }

  /** The user's projections that run. */
  get userProjections(): readonly UserProjection<unknown>[] {
    return this.#user.running
  }

  /** Writes every projection's state, so that the next opening folds only what comes after. */
  async checkpoint(): Promise<void> {
    await this.exclusive(() => this.#checkpoints.write(this.head))
  }

  /** Why writes are refused, when a write failed. */
  get failure(): DomainError | undefined {
    return this.#committer.failure
  }

  /**
   * Opens the log again after a write that failed, takes in what reached the disk after all, and accepts writes in a
   * new epoch. Without a failure it does nothing.
   *
   * @throws `LOG_CORRUPT`, `LOG_DEPOSED`, and the storage's own error when it cannot be opened
   */
  async reopen(): Promise<void> {
    this.#check()
    await this.exclusive(async () => {
      const { log } = this.#parts
      if (this.failure === undefined || log.reopen === undefined) return
      await log.reopen()
      for (const { stored, head } of await commitsAfter(log, this.head)) {
        this.#committer.resume(head)
        const events = decodeEvents(stored)
        if (events[0]?.type === erasedType) await this.#renew()
        this.#committed(events, stored.bytes.length)
      }
      this.#renewal = undefined
      this.#committer.resume(this.head)
    })
  }

  /**
   * Records an event with other payloads in the place of earlier ones, and goes on with read models that were folded
   * from those. Call it between two commits.
   *
   * @throws `LOG_WRITE_FAILED`, `UNSUPPORTED`
   */
  async replace(replacement: Replacement, replica: Replica): Promise<readonly RecordedEvent[]> {
    this.#renewal = replica
    const { events, bytes } = await this.#committer.replace(replacement)
    await this.#renew()
    this.#committed(events, bytes)
    return events
  }

  async #renew(): Promise<void> {
    if (this.#renewal === undefined) return
    this.#replica = this.#renewal
    this.#renewal = undefined
    const parts = { ...this.#parts, replica: this.#replica, checkpointed: 0 }
    this.#checkpoints = new Checkpoints({ ...parts, user: this.#user })
    this.#source.decoded.forget()
    this.#source.tail.forget()
    await this.#user.restart()
  }

  /** Answers what is queued, checkpoints, ends live reads and closes the log. Twice does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#committer.close()
    const { log } = this.#parts
    try {
      if (this.#committer.failure === undefined) await this.#checkpoints.write(this.head)
    } finally {
      this.#source.tail.close()
      await log.close()
      this.#commits.complete()
      this.problems.complete()
      this.#user.complete()
    }
  }

  #check(): void {
    if (this.#closing !== undefined) throw closedError()
  }

  #committed(events: readonly RecordedEvent[], bytes: number): void {
    if (!this.#guard('projections', () => this.#replica.apply(events))) this.#checkpoints.spoil()
    for (const projection of this.#user.running) {
      this.#guard(`projection ${projection.name}`, () => projection.apply(events))
    }
    this.#source.tail.advance({ first: events[0]?.position ?? 0, events, bytes })
    this.#commits.next(this.last)
    const idle = !this.#checkpointing && this.#closing === undefined
    if (idle && this.#checkpoints.isDue(this.last + 1)) {
      this.#checkpointing = true
      this.checkpoint()
        .catch((error: unknown) => this.problems.next({ error, where: 'checkpoint' }))
        .finally(() => {
          this.#checkpointing = false
        })
    }
  }

  #guard(where: string, task: () => void): boolean {
    try {
      task()
      return true
    } catch (error) {
      this.problems.next(problemOf(error, where))
      return false
    }
  }
}

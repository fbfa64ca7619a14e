import type { Clock } from '../clock.ts'
import type { Command, Settle } from '../engine.ts'
import { DomainError, kernelError } from '../errors.ts'
import type { NewEvent, RecordedEvent } from '../events/event.ts'
import type { EventTypes } from '../events/event-types.ts'
import { nextTurn, Pace } from '../pace.ts'
import { encodeCommit, type Head } from './commit.ts'
import type { Entry, EventLog, StoredCommit } from './event-log.ts'
import { type Answered, IdempotencyKeys, requestDigest } from './idempotency.ts'
import { answerBefore, type Request, Turn } from './turn.ts'

/** What the commit loop needs. */
export interface CommitterParts {
  readonly log: EventLog
  readonly head: Head
  /** Which ownership of the store writes; every commit carries it. */
  readonly epoch: number
  readonly clock: Clock
  readonly types: EventTypes
  /** Who acts when a command does not say. */
  readonly actor: string
  /** Revision of a stream's last committed event; -1 for none. */
  readonly revision: (stream: string) => number
  /** The events of a range of positions, for answers given before. */
  readonly recorded: (first: number, count: number) => Promise<readonly RecordedEvent[]>
  /** Called after each commit, before its callers hear of it: folds and tells. Does not throw. */
  readonly committed: (events: readonly RecordedEvent[], bytes: number) => void
}

/**
 * The commit loop: takes what callers have queued, decides each command against committed plus pending
 * state, writes one record, folds it, and only then answers. One write is in the air at a time, ever.
 */
export class Committer {
  readonly #parts: CommitterParts
  readonly #keys: IdempotencyKeys
  #queue: Request[] = []
  #tasks: (() => Promise<void>)[] = []
  #head: Head
  #epoch: number
  #running: Promise<void> | undefined
  #failure: DomainError | undefined
  #closed = false

  constructor(parts: CommitterParts) {
    this.#parts = parts
    this.#head = parts.head
    this.#epoch = parts.epoch
    this.#keys = new IdempotencyKeys(parts.log.entries)
  }

  /** What the next commit builds on. */
  get head(): Head {
    return this.#head
  }

  /** Why writes are refused, when a write failed. */
  get failure(): DomainError | undefined {
    return this.#failure
  }

  execute<State>(command: Command<State>): Promise<readonly RecordedEvent[]> {
    return new Promise((resolve, reject) => this.submit(command, { resolve, reject }))
  }

  /** `execute` for a caller that has a promise of its own. */
  submit<State>(command: Command<State>, settle: Settle): void {
    try {
      if (this.#failure !== undefined) throw refusal(this.#failure)
      if (this.#closed) throw closedError()
      // `as`: the decider and the command agree on State; the loop only hands one to the other.
      const known = command as unknown as Command<unknown>
      this.#queue.push({ command: known, digest: requestDigest(command), settle })
      this.#start()
    } catch (error) {
      settle.reject(error)
    }
  }

  /** Runs a task between two commits, so that nothing changes while it runs. */
  exclusive<T>(task: () => Promise<T> | T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) throw closedError()
      this.#tasks.push(async () => {
        try {
          resolve(await task())
        } catch (error) {
          reject(error)
        }
      })
      this.#start()
    })
  }

  /**
   * Accepts commands again after a failure, in a new epoch; call it between two commits.
   *
   * @param head - What the next commit builds on, as the log has it.
   */
  resume(head: Head): void {
    this.#head = head
    this.#epoch = Math.max(this.#epoch, head.epoch) + 1
    this.#failure = undefined
  }

  /**
   * Records an event in a commit of its own, with other payloads in the place of those of earlier commits, all or
   * nothing; call it between two commits. Nobody is told of it yet.
   *
   * @throws `LOG_WRITE_FAILED`
   */
  async replace({ event, actor, commits, entries }: Replacement): Promise<Replaced> {
    if (this.#failure !== undefined) throw refusal(this.#failure)
    const { log, clock, types, revision } = this.#parts
    if (log.replace === undefined) throw cannotReplace()
    const { next, recordedAt: last } = this.#head
    const turn = new Turn({ next, now: clock(), last, actor, types, revision })
    turn.admit({ command: onlyEvent(event), digest: undefined, settle: throwing })
    const { stored, head } = encodeCommit(turn.events, this.#head, this.#epoch)
    try {
      await log.replace(stored, commits, entries)
    } catch (cause) {
      this.#fail([], cause)
      throw this.#failure === undefined ? cause : refusal(this.#failure)
    }
    this.#head = head
    return { events: turn.events.map((prepared) => prepared.event), bytes: stored.bytes.length }
  }

  /** Refuses new commands; resolves when those already queued are answered. */
  async close(): Promise<void> {
    this.#closed = true
    while (this.#running !== undefined) await this.#running
  }

  #start(): void {
    if (this.#running !== undefined) return
    this.#running = this.#run().finally(() => {
      this.#running = undefined
      if (this.#queue.length > 0 || this.#tasks.length > 0) this.#start()
    })
  }

  async #run(): Promise<void> {
    // Lets callers of the same turn of the event loop share the first commit.
    await Promise.resolve()
    const pace = new Pace()
    while (this.#queue.length > 0 || this.#tasks.length > 0) {
      const tasks = this.#tasks
      this.#tasks = []
      for (const task of tasks) await task()
      if (this.#queue.length > 0) await this.#turn()
      if (this.#queue.length > 0) await pace.turn()
    }
  }

  async #turn(): Promise<void> {
    const queue = this.#queue
    this.#queue = []
    const { clock, types, actor, revision } = this.#parts
    const { next, recordedAt: last } = this.#head
    const turn = new Turn({ next, now: clock(), last, actor, types, revision })
    let taken = 0
    try {
      const answered = queue.some(({ digest }) => digest !== undefined)
        ? await this.#keys.find(queue.map(({ command }) => command.options))
        : noAnswers
      // Audit events never share a commit with metric traffic, so that their proofs stay small.
      const decider = queue[0]?.command.decider
      while (taken < queue.length && queue[taken]?.command.decider === decider && !turn.full) {
        const request = queue[taken++]
        if (request !== undefined) this.#admit(turn, request, answered)
      }
      this.#queue = [...queue.slice(taken), ...this.#queue]
      await this.#write(turn)
    } catch (cause) {
      const open = turn.accepted.map(({ request }) => request)
      if (taken === 0) open.push(...queue)
      this.#fail(open, cause)
    }
  }

  #admit(turn: Turn, request: Request, answered: ReadonlyMap<string, Answered>): void {
    try {
      const before = answerBefore(request, answered)
      if (before === undefined) turn.admit(request)
      else {
        const { resolve, reject } = request.settle
        this.#parts.recorded(before.first, before.count).then(resolve, reject)
      }
    } catch (error) {
      request.settle.reject(error)
    }
  }

  async #write(turn: Turn): Promise<void> {
    const events = turn.events.map(({ event }) => event)
    const answers = turn.answers()
    if (events.length > 0) {
      const { stored, head } = encodeCommit(turn.events, this.#head, this.#epoch)
      await this.#parts.log.append(stored, answers)
      this.#head = head
      this.#parts.committed(events, stored.bytes.length)
    } else if (answers.length > 0) {
      await this.#parts.log.entries.write(answers)
    }
    await answer(turn)
  }

  /** Rejects every caller of the commit and all that wait, and refuses every write from here on. */
  #fail(open: readonly Request[], cause: unknown): void {
    const failure = isDeposed(cause) ? cause : writeFailed(cause, this.#head.next)
    this.#failure = failure
    const waiting = this.#queue
    this.#queue = []
    for (const request of [...open, ...waiting]) request.settle.reject(refusal(failure))
  }
}

/** Callers who wrote about so many bytes go on in one turn of the event loop: they will write as much again. */
const settledBytes = 64 * 1024

/** Answers the callers, a few in each turn: what all of them do next would be one long turn. */
const answer = async ({ accepted, events }: Turn): Promise<void> => {
  let bytes = 0
  for (const { request, from, to } of accepted) {
    if (bytes > settledBytes) {
      await nextTurn()
      bytes = 0
    }
    const own: RecordedEvent[] = []
    for (let at = from; at < to; at++) {
      const prepared = events[at]
      if (prepared === undefined) continue
      bytes += prepared.storable.bytes
      own.push(prepared.event)
    }
    request.settle.resolve(own)
  }
}

/** Commits whose payloads are replaced, and the event that says so. */
export interface Replacement {
  readonly event: NewEvent
  readonly actor: string
  readonly commits: readonly StoredCommit[]
  readonly entries: readonly Entry[]
}

/** What was recorded. */
export interface Replaced {
  readonly events: readonly RecordedEvent[]
  readonly bytes: number
}

const onlyEvent = (event: NewEvent): Command<unknown> => ({
  decider: { open: () => undefined, evolve: () => undefined },
  decide: () => [event],
})

const throwing: Settle = {
  resolve: () => undefined,
  reject: (error) => {
    throw error
  },
}

const cannotReplace = (): DomainError =>
  kernelError(
    'UNSUPPORTED',
    'The log of this store cannot put a payload in the place of another, so nothing can be erased. Give its adapter replace() and scrub().',
  )

const noAnswers: ReadonlyMap<string, Answered> = new Map()

/** The store has another owner, who writes a history of its own. */
const isDeposed = (cause: unknown): cause is DomainError =>
  cause instanceof DomainError && cause.code === 'LOG_DEPOSED'

const writeFailed = (cause: unknown, position: number): DomainError =>
  kernelError(
    'LOG_WRITE_FAILED',
    `The storage refused a write (${reasonOf(cause)}). Queries do not show that commit; whether it reached the disk is known when the store is opened again. Reads go on. Free space or mend the disk, then call reopen().`,
    { cause, data: { position } },
  )

/** LevelDB says "Database is not open" or the like, and the disk's own words in the cause. */
const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? `${cause.message} ${cause.cause.message}` : cause.message
}

/** An error of its own for each caller, so that stacks and handlers do not mix. */
const refusal = (failure: DomainError): DomainError =>
  new DomainError(failure.code, failure.message, { data: failure.data, cause: failure })

/** What every call says after `close()`. */
export const closedError = (): DomainError =>
  kernelError('LOG_CLOSED', 'The store is closed. Open it again to go on.')

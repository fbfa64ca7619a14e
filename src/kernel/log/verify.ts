import { kernelError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import {
  decodeEvents,
  emptyHead,
  type Head,
  headAfter,
  learnErasure,
  verifyCommit,
} from './commit.ts'
import { Erasures } from './erasures.ts'
import type { EventLog, StoredCommit } from './event-log.ts'
import { sameBytes } from './sealed.ts'

/**
 * Checks the commits of a log one after the other, as far as it went when the check began. A payload that is not
 * that of its header must be one that a later, recorded erasure vouches for.
 */
export class CommitCheck {
  readonly erasures = new Erasures()
  readonly #log: EventLog
  readonly #from: number
  readonly #upTo: number
  #head: Head
  /** Whether the erasures of the whole rest of the log are known. */
  #isInformed = false

  /** @param upTo - Position of the last event that the log had when the check began. */
  constructor(log: EventLog, head: Head, upTo: number) {
    this.#log = log
    this.#head = head
    this.#from = head.next
    this.#upTo = upTo
  }

  /** The head after what was checked. */
  get head(): Head {
    return this.#head
  }

  /** The head after the next commit. @throws `LOG_CORRUPT`, `LOG_FORMAT` */
  async next(stored: StoredCommit): Promise<Head> {
    this.#head = verifyCommit(stored, this.#head, this.erasures)
    if (this.erasures.isDoubtful(stored.first)) {
      await this.#inform(stored.first)
      this.erasures.settleOne(stored.first, this.#upTo)
    }
    return this.#head
  }

  /** Ends the check: what was erased must not stand there again. @throws `LOG_CORRUPT` */
  end(): void {
    this.erasures.settle(this.#from, this.#upTo)
  }

  async #inform(from: number): Promise<void> {
    if (this.#isInformed) return
    this.#isInformed = true
    for await (const commits of this.#log.read(from)) {
      for (const commit of commits) learnErasure(commit, this.erasures)
    }
  }
}

/**
 * Checks links, digests and gapless positions from a verified head to the end of the log.
 *
 * @throws `LOG_CORRUPT` with the position, `LOG_FORMAT`
 */
export const verifyTail = async (log: EventLog, mark: Head = emptyHead): Promise<Head> => {
  const end = headAfter(await log.last())
  if (end.next < mark.next) throw endsEarly(end.next, mark.next)
  if (end.next === mark.next) return checkSame(mark, end)
  const check = new CommitCheck(log, mark, end.next - 1)
  for await (const commits of log.read(mark.next)) {
    for (const commit of commits) {
      if (commit.first < mark.next) checkSame(mark, headAfter(commit))
      else await check.next(commit)
    }
  }
  check.end()
  return check.head
}

/** Where a log is known to have ended once. */
export interface Known {
  /** Position of the newest event. */
  readonly position: number
  /** Hash of the newest commit's header. */
  readonly hash: Uint8Array
}

/** Checks that a log still has what it is known to have had. @throws `LOG_CORRUPT` */
export const verifyKnown = async (log: EventLog, head: Head, known: Known): Promise<void> => {
  const { position, hash } = known
  if (position >= head.next) throw endsEarly(head.next, position + 1)
  if (position < 0) return
  const found = headAfter(await log.at(position))
  if (found.next === position + 1 && sameBytes(found.hash, hash)) return
  throw kernelError(
    'LOG_CORRUPT',
    `The log is not the one that was closed at position ${position}: another commit stands there. Copy the folder before anything else, and restore a backup.`,
    { data: { position } },
  )
}

const endsEarly = (next: number, known: number): Error =>
  kernelError(
    'LOG_CORRUPT',
    `The log ends at position ${next - 1}, but it was known up to ${known - 1}: its newest events are gone. Copy the folder before anything else, and restore a backup.`,
    { data: { position: next, verified: known } },
  )

const checkSame = (mark: Head, found: Head): Head => {
  const same = mark.hash.every((byte, index) => byte === found.hash[index])
  if (same && mark.next === found.next) return mark
  throw kernelError(
    'LOG_CORRUPT',
    `The log is damaged before position ${mark.next}: its newest verified commit is not the one that was verified. Copy the folder before anything else, and restore a backup.`,
    { data: { position: mark.next } },
  )
}

/** What a check of the whole log has counted. */
export interface Verified {
  readonly head: Head
  readonly events: number
  readonly commits: number
  /** Number of events of which something was erased. */
  readonly erased: number
}

/**
 * Checks the whole log up to a position that it is known to have: links, digests, gapless positions and
 * revisions, times that never decrease.
 *
 * @param each - Is given the events of every commit in order, so that a replay shares the pass.
 * @throws `LOG_CORRUPT` with the position, `LOG_FORMAT`
 */
export const verifyLog = async (
  log: EventLog,
  upTo: number,
  each: (events: readonly RecordedEvent[]) => Promise<void> | void,
): Promise<Verified> => {
  const revisions = new Map<string, number>()
  const check = new CommitCheck(log, emptyHead, upTo)
  for await (const commits of log.read(0)) {
    for (const commit of commits) {
      if (commit.first > upTo) return ended(check)
      const before = check.head
      const head = await check.next(commit)
      const events = decodeEvents(commit)
      checkEvents(events, before, revisions)
      if (events.length !== head.next - before.next) throw miscounted(before.next)
      await each(events)
    }
  }
  if (check.head.next <= upTo) throw endsEarly(check.head.next, upTo + 1)
  return ended(check)
}

const ended = (check: CommitCheck): Verified => {
  check.end()
  const { head, erasures } = check
  return { head, events: head.next, commits: head.commits, erased: erasures.count }
}

const miscounted = (position: number): Error =>
  kernelError(
    'LOG_CORRUPT',
    `The commit at position ${position} does not hold as many events as it says. Restore a backup.`,
    { data: { position } },
  )

const checkEvents = (
  events: readonly RecordedEvent[],
  before: Head,
  revisions: Map<string, number>,
): void => {
  let time = before.recordedAt
  for (const event of events) {
    const expected = (revisions.get(event.stream) ?? -1) + 1
    if (event.revision !== expected || event.recordedAt < time) {
      const why =
        event.recordedAt < time
          ? 'its time is before that of the event before it'
          : `it has revision ${event.revision} of "${event.stream}", not ${expected}`
      throw kernelError(
        'LOG_CORRUPT',
        `The log is damaged at position ${event.position}: ${why}. Restore a backup.`,
        { data: { position: event.position, why } },
      )
    }
    revisions.set(event.stream, event.revision)
    time = event.recordedAt
  }
}

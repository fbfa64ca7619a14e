import { DomainError } from './errors.ts'
import type { EventEngine } from './event-engine.ts'
import type { RecordedEvent } from './events/event.ts'
import type { Entries } from './log/event-log.ts'
import { answersIn } from './log/idempotency.ts'
import { prefix } from './log/keys.ts'
import { sameBytes } from './log/sealed.ts'
import { type Verified, verifyLog } from './log/verify.ts'
import type { AnyProjection } from './projections/projection.ts'
import { Replica } from './projections/replica.ts'
import { cursorOf } from './streams/subscription.ts'

/** Something that does not hold. */
export interface Broken {
  /** Which check found it. */
  readonly check: string
  readonly message: string
  /** Where in the log, when it is there. */
  readonly position?: number
}

/** What a check of the log and the read models found. */
export interface EngineVerification {
  readonly verified: Verified | undefined
  readonly broken: readonly Broken[]
}

/** The checks, in the order in which they are made. */
export const engineChecks = [
  'links',
  'digests',
  'positions',
  'revisions',
  'time',
  'projections',
  'answers',
  'cursors',
] as const

const brokenBy = (check: string, error: unknown): Broken => {
  const message = error instanceof Error ? error.message : String(error)
  const position = error instanceof DomainError ? error.data['position'] : undefined
  return { check, message, ...(typeof position === 'number' ? { position } : {}) }
}

/**
 * Reads the whole log, checks it, folds it anew, and compares that with the live read models. Writers go on
 * meanwhile; only the comparison at the end runs between two commits.
 */
export const verifyEngine = async (
  engine: EventEngine,
  projections: readonly AnyProjection[],
): Promise<EngineVerification> => {
  const { tail } = engine.source
  const { forgotten } = tail
  const found = await verifyOnce(engine, projections)
  // Payloads were replaced in the middle of it: some were read before, and some after.
  return forgotten === tail.forgotten ? found : await verifyEngine(engine, projections)
}

const verifyOnce = async (
  engine: EventEngine,
  projections: readonly AnyProjection[],
): Promise<EngineVerification> => {
  const upTo = engine.last
  const fresh = new Replica(engine.source.log.entries, projections)
  const { entries } = engine.source.log
  const lost: Broken[] = []
  const fold = async (events: readonly RecordedEvent[]): Promise<void> => {
    fresh.apply(events.map((event) => engine.source.types.upcast(event)))
    const gone = await answersGone(entries, events)
    if (gone !== undefined && lost.length === 0) lost.push(gone)
  }
  let verified: Verified
  try {
    verified = await verifyLog(engine.source.log, upTo, fold)
  } catch (error) {
    return { verified: undefined, broken: [brokenBy('log', error)] }
  }
  try {
    const stale = await engine.exclusive(() => compare(engine, fresh, upTo))
    return { verified, broken: [...stale, ...lost, ...(await damagedCursors(entries))] }
  } catch (error) {
    return { verified, broken: [brokenBy('projections', error)] }
  }
}

/** What is wrong with the remembered answers to a commit's requests; most carry no key. */
const answersGone = async (
  entries: Entries,
  events: readonly RecordedEvent[],
): Promise<Broken | undefined> => {
  for (const { key, value } of answersIn(events)) {
    const stored = await entries.get(key).catch(() => undefined)
    if (stored !== undefined && sameBytes(stored, value)) continue
    const position = events[0]?.position ?? 0
    const message = `An idempotency key of the commit at position ${position} is forgotten or damaged: the request, repeated, would not be answered as it was. Restore a backup.`
    return { check: 'answers', message, position }
  }
  return undefined
}

const damagedCursors = async (entries: Entries): Promise<Broken[]> => {
  const broken: Broken[] = []
  for await (const { key, value } of entries.scan(Uint8Array.of(prefix.subscription))) {
    try {
      cursorOf(key, value)
    } catch (error) {
      broken.push(brokenBy('cursors', error))
    }
  }
  return broken
}

const compare = async (engine: EventEngine, fresh: Replica, upTo: number): Promise<Broken[]> => {
  for await (const { events } of engine.read({ from: upTo + 1 })) fresh.apply(events)
  const names = await engine.differences(fresh)
  for (const projection of engine.userProjections) {
    if (projection.failure !== undefined) continue
    const state = await engine.foldUpTo(projection.definition, engine.last)
    if (!projection.equals(state)) names.push(projection.name)
  }
  return names.map((name) => ({
    check: 'projections',
    message: `The live projection ${name} is not what a replay of the log gives. Close the store and open it again; if it stays, report a bug.`,
  }))
}

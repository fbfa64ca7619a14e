import type { EventEngine } from './event-engine.ts'
import type { NewEvent, RecordedEvent } from './events/event.ts'
import { type ErasedData, erasedType, payloadStream } from './events/payload-events.ts'
import type { Entry, EventLog } from './log/event-log.ts'
import { prefix, textKey } from './log/keys.ts'
import { Redacted, type Redacting } from './log/redacted.ts'
import { sealed, unsealed } from './log/sealed.ts'
import { Pace } from './pace.ts'
import type { AnyProjection } from './projections/projection.ts'
import { Replica } from './projections/replica.ts'

/** What is to be erased, by whom and why. */
export interface Erasing extends Redacting {
  readonly reason: string
  readonly actor: string
  readonly projections: readonly AnyProjection[]
  /** Removes files by their digests, those that are there. */
  readonly removeFiles: (digests: readonly string[]) => Promise<void>
}

/** One recorded erasure. */
export interface Erased {
  readonly event: RecordedEvent
  readonly positions: readonly number[]
  readonly kinds: readonly string[]
  /** How many commits have another payload now. */
  readonly commits: number
  /** How many files were removed, and how many were not because another event refers to them. */
  readonly files: number
  readonly shared: number
}

/** Erasures of one engine come one after the other. */
const running = new WeakMap<EventEngine, Promise<unknown>>()

/**
 * Erases what `redact` takes out of events: payloads are replaced and the erasure is recorded, in one batch; read
 * models are folded anew; files and old bytes are removed from the storage. More than fits one batch comes in several.
 *
 * @throws `LOG_WRITE_FAILED`, `UNSUPPORTED`
 */
export const eraseFrom = (engine: EventEngine, erasing: Erasing): Promise<Erased[]> => {
  const before = running.get(engine) ?? Promise.resolve()
  const erased = before.then(() => eraseAll(engine, erasing))
  running.set(
    engine,
    erased.catch(() => undefined),
  )
  return erased
}

const eraseAll = async (engine: EventEngine, erasing: Erasing): Promise<Erased[]> => {
  const all: Erased[] = []
  for (let isMore = true; isMore; ) {
    const fold = new Refold(engine, erasing)
    // Most of it while others write; what they wrote meanwhile, when they wait.
    await fold.goOn()
    isMore = fold.redacted.isFull
    const erased = await engine.exclusive(() => eraseOnce(engine, fold, erasing))
    if (erased === undefined) break
    all.push(erased)
  }
  if (all.length > 0) await engine.checkpoint()
  return all
}

/** What would be erased; nothing is. */
export const findErasable = async (
  engine: EventEngine,
  redacting: Redacting,
): Promise<Omit<Erased, 'event'>> => {
  const redacted = new Redacted(redacting, 'find')
  const pace = new Pace()
  const { last } = engine
  for await (const commits of engine.source.log.read(0)) {
    for (const commit of commits) {
      if (commit.first <= last) redacted.take(commit)
      await pace.turn()
    }
  }
  return summaryOf(redacted)
}

const summaryOf = ({
  positions,
  kinds,
  count,
  files,
  shared,
}: Redacted): Omit<Erased, 'event'> => ({
  positions,
  kinds: [...kinds],
  commits: count,
  files: files.length,
  shared: shared.length,
})

/** The log folded anew, as it will be. */
class Refold {
  readonly replica: Replica
  readonly redacted: Redacted
  readonly #engine: EventEngine
  #next = 0

  constructor(engine: EventEngine, erasing: Erasing) {
    this.#engine = engine
    this.replica = new Replica(engine.source.log.entries, erasing.projections)
    this.redacted = new Redacted(erasing)
  }

  /** Takes the commits up to the head. @throws `PROJECTION_FAILED` */
  async goOn(): Promise<void> {
    const { log, types } = this.#engine.source
    const pace = new Pace()
    if (this.#next > this.#engine.last) return
    for await (const commits of log.read(this.#next)) {
      for (const commit of commits) {
        // What is written and not folded yet comes when writers wait.
        if (commit.first > this.#engine.last) return
        const events = this.redacted.take(commit)
        this.replica.apply(events.map((event) => types.upcast(event)))
        this.#next = commit.first + events.length
        await pace.turn()
      }
    }
  }
}

const eraseOnce = async (
  engine: EventEngine,
  fold: Refold,
  erasing: Erasing,
): Promise<Erased | undefined> => {
  await fold.goOn()
  const { redacted } = fold
  if (redacted.commits.length === 0) return undefined
  const { log } = engine.source
  const { commits, files } = redacted
  const entries = [
    ...redacted.answers,
    ...(await derivedEntries(log)),
    sealed(unfinishedKey, files satisfies Unfinished),
  ]
  const event = eventOf(redacted, erasing.reason)
  const [recorded] = await engine.replace(
    { event, actor: erasing.actor, commits, entries },
    fold.replica,
  )
  if (recorded === undefined) throw new TypeError('A recorded erasure is always answered.')
  await finishErasing(log, erasing.removeFiles)
  return { event: recorded, ...summaryOf(redacted) }
}

const eventOf = (
  { commits, payloads, positions, kinds, files }: Redacted,
  reason: string,
): NewEvent => ({
  stream: payloadStream,
  type: erasedType,
  data: {
    reason,
    kinds: [...kinds],
    positions: Float64Array.from(positions),
    commits: Float64Array.from(commits, ({ first }) => first),
    payloads,
    artifacts: files.length,
  } satisfies ErasedData,
})

/** Removes everything that was folded from the payloads as they were. */
const derivedEntries = async (log: EventLog): Promise<Entry[]> => {
  const doomed: Entry[] = []
  for (const head of [prefix.streamIndex, prefix.projection, prefix.series]) {
    for await (const { key } of log.entries.scan(Uint8Array.of(head))) doomed.push({ key })
  }
  return doomed
}

/** Written with an erasure, and deleted when nothing of what was erased is left in the storage. */
const unfinishedKey = textKey(prefix.setting, 'erasing')

/** Digests of the files that are to be removed. */
type Unfinished = string[]

/**
 * Removes from the storage what is erased and still lies there: after an erasure, and on opening, when a process ended
 * in the middle of one.
 */
export const finishErasing = async (
  log: EventLog,
  removeFiles: Erasing['removeFiles'],
): Promise<void> => {
  const stored = await log.entries.get(unfinishedKey)
  if (stored === undefined) return
  // `as`: the entry is written by `eraseOnce` alone; one that is damaged names no file, and `verify` tells of it.
  const files = (unsealed(unfinishedKey, stored) ?? []) as Unfinished
  await removeFiles(files)
  await log.scrub?.()
  await log.entries.write([{ key: unfinishedKey }])
}

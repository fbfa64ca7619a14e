import { type Clock, systemClock } from './clock.ts'
import { EventEngine } from './event-engine.ts'
import type { EventFamily } from './events/define-events.ts'
import { EventTypes } from './events/event-types.ts'
import { logEvents } from './events/log-events.ts'
import { payloadEvents } from './events/payload-events.ts'
import { decodeEvents } from './log/commit.ts'
import type { Entry, EventLog } from './log/event-log.ts'
import { answersIn } from './log/idempotency.ts'
import { readMark } from './log/settings.ts'
import { type Known, verifyKnown, verifyTail } from './log/verify.ts'
import type { AnyProjection } from './projections/projection.ts'
import { Replica } from './projections/replica.ts'

export interface EngineOptions {
  readonly log: EventLog
  /** Event families beside those of the log itself. */
  readonly families: readonly EventFamily[]
  /** Built-in projections. */
  readonly projections: readonly AnyProjection[]
  /** Who acts when a command does not say. */
  readonly actor: string
  readonly clock?: Clock
  /** What the log is known to hold, from outside of it. */
  readonly known?: Known | undefined
}

/**
 * Opens an engine on a log: verifies from the verified mark to the head, loads the checkpoint, and folds
 * what came after it.
 *
 * @throws `LOG_CORRUPT`, `LOG_FORMAT`, `PROJECTION_FAILED`
 */
export const openEngine = async (options: EngineOptions): Promise<EventEngine> => {
  const { log, families, projections, actor, clock = systemClock } = options
  const types = new EventTypes([logEvents, payloadEvents, ...families])
  const head = await verifyTail(log, await readMark(log.entries))
  if (options.known !== undefined) await verifyKnown(log, head, options.known)
  const replica = new Replica(log.entries, projections)
  const mark = (await readMark(log.entries))?.next ?? 0
  const checkpointed = (await replica.load(mark - 1)) ? mark : 0
  await replay({ log, types, replica }, checkpointed)
  return new EventEngine({ log, head, types, replica, clock, actor, checkpointed })
}

interface Replay {
  readonly log: EventLog
  readonly types: EventTypes
  readonly replica: Replica
}

/** Answers are written again by the thousand: a durable write each would take longer than the fold. */
const answersAtOnce = 4096

const replay = async ({ log, types, replica }: Replay, from: number): Promise<void> => {
  let answers: Entry[] = []
  for await (const commits of log.read(from)) {
    for (const commit of commits) {
      if (commit.first < from) continue
      const events = decodeEvents(commit).map((event) => types.upcast(event))
      replica.apply(events)
      // What came after a checkpoint was written together with its answers.
      if (from === 0) answers.push(...answersIn(events))
    }
    if (answers.length < answersAtOnce) continue
    await log.entries.write(answers)
    answers = []
  }
  if (answers.length > 0) await log.entries.write(answers)
}

import { type Clock, systemClock } from './clock.ts'
import { EventEngine } from './event-engine.ts'
import type { EventFamily } from './events/define-events.ts'
import { EventTypes } from './events/event-types.ts'
import { logEvents } from './events/log-events.ts'
import { decodeEvents, type Head } from './log/commit.ts'
import type { EventLog } from './log/event-log.ts'
import { answersIn } from './log/idempotency.ts'
import { readMark } from './log/settings.ts'
import { verifyTail } from './log/verify.ts'
import { FoldSet } from './projections/fold-set.ts'
import type { AnyProjection, Projection } from './projections/projection.ts'
import { StreamIndex } from './streams/stream-index.ts'

export interface EngineOptions {
  readonly log: EventLog
  /** Event families beside those of the log itself. */
  readonly families: readonly EventFamily[]
  /** Built-in projections. */
  readonly projections: readonly AnyProjection[]
  /** Who acts when a command does not say. */
  readonly actor: string
  readonly clock?: Clock
}

/** The stream index as a projection: it checkpoints with the others. */
const streamIndexProjection = (streams: StreamIndex): Projection<StreamIndex> => ({
  name: 'streams',
  version: 1,
  initial: () => streams,
  handlers: {},
  save: () => streams.save(),
  load: (saved) => {
    streams.load(saved)
    return streams
  },
})

/**
 * Opens an engine on a log: verifies from the verified mark to the head, loads the checkpoint, and folds
 * what came after it.
 *
 * @throws `LOG_CORRUPT`, `LOG_FORMAT`, `PROJECTION_FAILED`
 */
export const openEngine = async (options: EngineOptions): Promise<EventEngine> => {
  const { log, families, projections, actor, clock = systemClock } = options
  const types = new EventTypes([logEvents, ...families])
  const head = await verifyTail(log, await readMark(log.entries))
  const streams = new StreamIndex(log.entries)
  const folds = new FoldSet([streamIndexProjection(streams), ...projections])
  const checkpointed = await loadAll(log, folds, head)
  if (checkpointed === 0) await streams.reset()
  await replay({ log, types, streams, folds }, checkpointed)
  return new EventEngine({ log, head, types, streams, folds, clock, actor, checkpointed })
}

/** Position after the checkpoint that every projection was taken back to; 0 when there is none. */
const loadAll = async (log: EventLog, folds: FoldSet, head: Head): Promise<number> => {
  const mark = await readMark(log.entries)
  if (mark === undefined || mark.next > head.next) return 0
  return (await folds.load(log.entries, mark.next - 1)) ? mark.next : 0
}

interface Replay {
  readonly log: EventLog
  readonly types: EventTypes
  readonly streams: StreamIndex
  readonly folds: FoldSet
}

const replay = async ({ log, types, streams, folds }: Replay, from: number): Promise<void> => {
  for await (const commits of log.read(from)) {
    for (const commit of commits) {
      if (commit.first < from) continue
      const events = decodeEvents(commit).map((event) => types.upcast(event))
      for (const event of events) streams.apply(event)
      folds.apply(events)
      const answers = answersIn(events)
      if (answers.length > 0) await log.entries.write(answers)
    }
  }
}

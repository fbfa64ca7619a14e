import type { RecordedEvent } from '../../kernel/events/event.ts'
import type { EventBatch, ReadOptions } from '../../kernel/streams/read-events.ts'
import type { Varve } from '../../varve.ts'
import type { CommandRun } from '../command.ts'
import { interruption, printLine, shownText } from '../io.ts'
import { jsonOf, timeText } from '../output/print.ts'
import type { Values } from '../values.ts'
import { withStore } from '../with-store.ts'

const shortLine = ({ position, recordedAt, type, stream, actor, meta }: RecordedEvent): string => {
  const comment = meta?.comment === undefined ? '' : `  ${meta.comment}`
  return shownText(
    `${String(position).padStart(7)}  ${timeText(recordedAt)}  ${type.padEnd(24)}  ${stream}  ${actor}${comment}`,
  )
}

const readOptions = async (varve: Varve, values: Values, lines: number): Promise<ReadOptions> => {
  const types = values.list('type')
  const stream = values.text('stream')
  const isAll = types.length === 0 && stream === undefined
  const { position } = await varve.log.info()
  return {
    // Without a choice among them, the last events are those of the last positions.
    from: isAll ? Math.max(0, position + 1 - lines) : 'start',
    ...(types.length === 0 ? {} : { types }),
    ...(stream === undefined ? {} : { stream }),
  }
}

/** The last events of history, then each that comes. */
async function* latest(
  batches: AsyncIterable<EventBatch>,
  lines: number,
): AsyncGenerator<RecordedEvent, void> {
  let last: readonly RecordedEvent[] = []
  let isHistory = true
  for await (const { events, caughtUp } of batches) {
    if (!isHistory) {
      yield* events
      continue
    }
    last = lines === 0 ? [] : [...last, ...events].slice(-lines)
    if (!caughtUp) continue
    isHistory = false
    yield* last
  }
  if (isHistory) yield* last
}

export const run: CommandRun = async ({ values }) => {
  const lines = values.whole('lines') ?? 10
  const lineOf = values.flag('json') ? jsonOf : shortLine
  const follow = values.flag('follow')
  const live = follow ? { live: true, signal: interruption() } : {}
  await withStore(values, async (varve) => {
    const batches = varve.read({ ...(await readOptions(varve, values, lines)), ...live })
    for await (const event of latest(batches, lines)) await printLine(lineOf(event))
  })
  return follow ? 130 : undefined
}

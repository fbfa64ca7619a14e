import type { RecordedEvent } from '../../kernel/events/event.ts'
import type { EventBatch, ReadOptions } from '../../kernel/streams/read-events.ts'
import type { Varve } from '../../varve.ts'
import type { CommandRun } from '../command.ts'
import { printLine, shownText } from '../io.ts'
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

/** Of all that is read, the last so many. */
const lastOf = async (
  batches: AsyncIterable<EventBatch>,
  lines: number,
): Promise<readonly RecordedEvent[]> => {
  let last: readonly RecordedEvent[] = []
  if (lines === 0) return last
  for await (const { events } of batches) last = [...last, ...events].slice(-lines)
  return last
}

export const run: CommandRun = async ({ values }) => {
  const lines = values.whole('lines') ?? 10
  const lineOf = values.flag('json') ? jsonOf : shortLine
  const events = await withStore(values, async (varve) =>
    lastOf(varve.read(await readOptions(varve, values, lines)), lines),
  )
  for (const event of events) await printLine(lineOf(event))
  return undefined
}

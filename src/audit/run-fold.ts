import type { Reader } from '../kernel/engine.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { foldEvent } from '../kernel/projections/projection.ts'
import { runStream } from '../tracking/events.ts'
import { type RunRecord, runsProjection } from '../tracking/index.ts'

/** Some runs, folded from their own events; what their experiments are called is left out. */
export interface RunFold {
  readonly add: (event: RecordedEvent) => void
  readonly record: (id: string) => RunRecord | undefined
}

export const runFold = (): RunFold => {
  const table = runsProjection.initial()
  return {
    add: (event) => {
      foldEvent(runsProjection, table, event)
    },
    record: (id) => {
      const row = table.rowOf(id)
      return row === undefined ? undefined : table.record(row, () => '')
    },
  }
}

/** A run as of a position; its cost is its own history. */
export const runAsOf = async (
  reader: Pick<Reader, 'stream'>,
  id: string,
  position: number,
): Promise<RunRecord | undefined> => {
  const { add, record } = runFold()
  for (const event of await reader.stream(runStream(id), position)) add(event)
  return record(id)
}

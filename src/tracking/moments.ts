import type { Reader } from '../kernel/engine.ts'
import { kernelError } from '../kernel/errors.ts'
import { foldEvent } from '../kernel/projections/projection.ts'
import { runStream } from './events.ts'
import { type Experiments, experimentHandlers, initialExperiments } from './experiment.fold.ts'
import type { TrackingState } from './pending.ts'
import type { Experiment } from './run.ts'
import { runTableHandlers } from './run-table/run-table.fold.ts'
import { RunTable } from './run-table/run-table.ts'
import type { RunSource } from './search/search-runs.ts'

/** Tracking's read models as they stand at one moment. */
export interface TrackingSnapshot {
  readonly experiments: Experiments
  /** Tables to look a run up in, and to search. */
  readonly sources: readonly RunSource[]
  /** The last position that they show. */
  readonly position: number
}

/** Gives a snapshot; use it before waiting for anything else, as a live one goes on. */
export type Snapshots = () => Promise<TrackingSnapshot>

export interface MomentParts {
  readonly reader: Reader
  readonly state: () => TrackingState
  /** Position of the newest event. */
  readonly last: () => number
}

/** Snapshots of now. */
export const liveSnapshots =
  ({ state, last }: MomentParts): Snapshots =>
  async () => {
    const { experiments, runs } = state()
    return { experiments, sources: [{ table: runs }], position: last() }
  }

/** Number of rows that were there at a position: rows are made in the order of positions. */
const rowsAt = (table: RunTable, position: number): number => {
  let low = 0
  let high = table.size
  while (low < high) {
    const middle = (low + high) >>> 1
    if (table.createdAt(middle) <= position) low = middle + 1
    else high = middle
  }
  return low
}

/** Runs that were there at the position, changed since, and are not folded again yet. */
const missing = (table: RunTable, past: RunTable, position: number): string[] => {
  const ids: string[] = []
  for (let row = rowsAt(table, position) - 1; row >= 0; row--) {
    if (table.changedAt(row) <= position) continue
    const id = table.idOf(row)
    if (past.rowOf(id) === undefined) ids.push(id)
  }
  return ids
}

const withoutStart = (id: string, position: number): Error =>
  kernelError(
    'LOG_CORRUPT',
    `The log is damaged at position ${position}: what is there of the run ${id} does not begin with its start. Copy the folder before anything else, and restore a backup.`,
    { data: { position, run: id } },
  )

/**
 * Snapshots of a past position. Runs made later are masked, runs that have not changed since are used as
 * they stand, and only the few that changed are folded again, each from its own stream, once.
 */
export const pastSnapshots = (parts: MomentParts, position: number): Snapshots => {
  const { reader, state } = parts
  const past = new RunTable()
  let experiments: Promise<Experiments> | undefined
  const refold = async (id: string): Promise<void> => {
    const events = await reader.stream(runStream(id), position)
    if (past.rowOf(id) !== undefined) return
    const projection = { name: 'runs', handlers: runTableHandlers }
    for (const event of events) foldEvent(projection, past, event)
    // Who looks for it again would never end.
    if (past.rowOf(id) === undefined) throw withoutStart(id, events[0]?.position ?? position)
  }
  return async () => {
    experiments ??= pastExperiments(parts, position)
    const then = await experiments
    // A run may change while another is folded, so this looks again until none is missing.
    for (let ids = missing(state().runs, past, position); ids.length > 0; ) {
      for (const id of ids) await refold(id)
      ids = missing(state().runs, past, position)
    }
    const { runs } = state()
    const visible = (row: number): boolean =>
      runs.createdAt(row) <= position && runs.changedAt(row) <= position
    return { experiments: then, sources: [{ table: runs, visible }, { table: past }], position }
  }
}

const pastExperiments = async (
  { reader, state }: MomentParts,
  position: number,
): Promise<Experiments> => {
  const past = initialExperiments()
  const keep = (stream: string, experiment: Experiment): void => {
    past.byStream.set(stream, experiment)
    past.byName.set(experiment.name, experiment.id)
  }
  for (const [stream, experiment] of state().experiments.byStream) {
    if (experiment.createdAt > position) continue
    if (experiment.changedAt <= position) {
      keep(stream, experiment)
      continue
    }
    const alone = initialExperiments()
    const projection = { name: 'experiments', handlers: experimentHandlers }
    for (const event of await reader.stream(stream, position)) foldEvent(projection, alone, event)
    const then = alone.byStream.get(stream)
    if (then !== undefined) keep(stream, then)
  }
  return past
}

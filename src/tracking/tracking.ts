import type { BlobStore } from '../artifacts/index.ts'
import type { DerivedEntries, Reader } from '../kernel/engine.ts'
import type { Projection } from '../kernel/projections/projection.ts'
import { experimentById } from './experiment.fold.ts'
import { createExperiments, type Experiments } from './experiments.ts'
import { type ExperimentsView, experimentsView } from './experiments-view.ts'
import { liveSnapshots, type MomentParts, pastSnapshots, type Snapshots } from './moments.ts'
import { type TrackingState, trackingDecider } from './pending.ts'
import { initialRunTable, runTableHandlers } from './run-table/run-table.fold.ts'
import type { RunTable } from './run-table/run-table.ts'
import { runTableParts, runTableVersion } from './run-table/run-table-parts.ts'
import { createRuns, type Runs, type RunsParts } from './runs.ts'
import { type RunsView, runsView } from './runs-view.ts'
import { blockWorth, type HistoryParts } from './series/history.ts'
import { SeriesStore } from './series/series-store.ts'

/** The read model of runs. */
export const runsProjection: Projection<RunTable> = {
  name: 'runs',
  version: runTableVersion,
  initial: initialRunTable,
  handlers: runTableHandlers,
  parts: runTableParts,
}

/** Digests of every artifact that a run has, each once. */
export const artifactDigests = (table: RunTable): Set<string> => {
  const digests = new Set<string>()
  for (const { artifacts } of table.extras.values()) {
    for (const { digest } of artifacts?.values() ?? []) digests.add(digest)
  }
  return digests
}

/** What tracking is built from. */
export interface TrackingParts extends Omit<RunsParts, 'view' | 'decider'> {
  readonly reader: Reader
  /** Entries beside the log. */
  readonly derived: DerivedEntries
  readonly state: () => TrackingState
  /** Position of the newest event. */
  readonly last: () => number
}

interface ViewParts extends MomentParts, HistoryParts {
  readonly blobs: BlobStore
}

/** Runs and experiments, read-only. */
export interface TrackingView {
  readonly runs: RunsView
  readonly experiments: ExperimentsView
}

export interface Tracking {
  readonly runs: Runs
  readonly experiments: Experiments
  /** The same questions as of a position, which may be found out on first use. */
  asOf(position: () => Promise<number>): TrackingView
}

const viewOf = (parts: ViewParts, snapshots: Snapshots) => ({
  runs: runsView({
    ...parts,
    snapshots,
    at: (position) => pastSnapshots(parts, position),
  }),
  experiments: experimentsView(snapshots),
})

/** Wires tracking. */
export const createTracking = (parts: TrackingParts): Tracking => {
  const { reader, blobs, state, last, writer, report } = parts
  const series = new SeriesStore(parts.derived)
  const moments: ViewParts = { reader, blobs, state, last, series, worth: blockWorth, report }
  const decider = trackingDecider(state)
  const live = viewOf(moments, liveSnapshots(moments))
  return {
    runs: createRuns({ ...parts, decider, view: live.runs }),
    experiments: createExperiments({
      writer,
      decider,
      view: live.experiments,
      experiment: (id) => experimentById(state().experiments, id),
      supervise: (write) => parts.writes.track(write),
    }),
    asOf: (position) => {
      let past: Promise<Snapshots> | undefined
      const snapshots: Snapshots = async () => {
        past ??= position().then((at) => pastSnapshots(moments, at))
        return await (await past)()
      }
      return viewOf(moments, snapshots)
    },
  }
}

import * as v from 'valibot'
import { artifactError, artifactPath, type BlobStore, type ByteRange } from '../artifacts/index.ts'
import { checked } from '../kernel/check.ts'
import { type CompareOptions, compareRuns, type RunComparison } from './compare.ts'
import { trackingError } from './errors.ts'
import { type Experiments, experimentById } from './experiment.fold.ts'
import { findExperiment } from './experiments-view.ts'
import type { Snapshots, TrackingSnapshot } from './moments.ts'
import { pageToken, readPageToken } from './page-token.ts'
import type { ArtifactFile, Lifecycle, MetricPoint, RunRecord } from './run.ts'
import type { RunTable } from './run-table/run-table.ts'
import { parseFilter } from './search/parse-filter.ts'
import { parseOrder } from './search/parse-order.ts'
import type { ExperimentFacts } from './search/scope.ts'
import { searchRuns } from './search/search-runs.ts'
import { type HistoryParts, readHistory } from './series/history.ts'

/** What to search for; every part may be left out. */
export interface RunQuery {
  /** Names or ids; all experiments unless given. */
  readonly experiments?: readonly string[]
  /** Ids, instead of `experiments`; one that no experiment has finds nothing. */
  readonly experimentIds?: readonly string[]
  /** MLflow's filter grammar with `or`, `not`, parentheses and aggregates: `metrics.auc@max > 0.9`. */
  readonly filter?: string
  /** `metrics.auc@max desc`; then the latest start first. */
  readonly orderBy?: readonly string[]
  /** From 1 to 50 000; default 100. */
  readonly limit?: number
  /** `nextPageToken` of the page before, with the same query. */
  readonly pageToken?: string
  /** Default `active`. A run of a deleted experiment counts as deleted. */
  readonly lifecycle?: Lifecycle | 'all'
}

export interface RunPage {
  readonly rows: readonly RunRecord[]
  /** Absent on the last page. */
  readonly nextPageToken?: string
}

/** Everything that can be asked about runs, now or as of a moment. */
export interface RunsView {
  /** @throws `RUN_NOT_FOUND` */
  get(id: string): Promise<RunRecord>
  /**
   * Runs that meet a filter, best first. Later pages show the same moment as the first, whatever is logged
   * meanwhile.
   *
   * @throws `FILTER_SYNTAX`, `ORDER_SYNTAX`, `EXPERIMENT_NOT_FOUND`, `PAGE_TOKEN_INVALID`, `INVALID_VALUE`
   */
  search(query?: RunQuery): Promise<RunPage>
  /**
   * The points of one metric by step, then timestamp, then value; with `points`, at most so many of them,
   * chosen so that a line drawn through them looks the same.
   *
   * @throws `RUN_NOT_FOUND`, `METRIC_NOT_FOUND`
   */
  history(
    id: string,
    metric: string,
    options?: { readonly points?: number },
  ): Promise<readonly MetricPoint[]>
  /** Runs side by side: params, metrics, tags, data and code. @throws `RUN_NOT_FOUND` */
  compare(ids: readonly string[], options?: CompareOptions): Promise<RunComparison>
  /** Files at a path among the artifacts of a run; all of them unless given. @throws `RUN_NOT_FOUND` */
  artifacts(id: string, path?: string): Promise<readonly ArtifactFile[]>
  /**
   * The bytes of an artifact, piece by piece.
   *
   * @throws `RUN_NOT_FOUND`, `ARTIFACT_NOT_FOUND`, on the first read.
   */
  readArtifact(id: string, path: string, range?: ByteRange): AsyncIterable<Uint8Array>
}

const runQuery = v.strictObject({
  experiments: v.optional(v.array(v.string())),
  experimentIds: v.optional(v.array(v.string())),
  filter: v.optional(v.string()),
  orderBy: v.optional(v.array(v.string()), []),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(50_000)), 100),
  pageToken: v.optional(v.string()),
  lifecycle: v.optional(v.picklist(['active', 'deleted', 'all']), 'active'),
})

const historyQuery = v.strictObject({
  points: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
})

const compareInput = v.object({
  ids: v.array(v.string()),
  options: v.optional(v.strictObject({ onlyDifferent: v.optional(v.boolean()) })),
})

export interface RunsViewParts extends HistoryParts {
  readonly blobs: BlobStore
  readonly snapshots: Snapshots
  /** Snapshots of a position, for the later pages of a search. */
  readonly at: (position: number) => Snapshots
}

const runNotFound = (id: string): Error =>
  trackingError('RUN_NOT_FOUND', `No run has the id ${id}. runs.search() shows those there are.`, {
    data: { id },
  })

/** @throws `RUN_NOT_FOUND` */
const rowIn = ({ sources }: TrackingSnapshot, id: string): { table: RunTable; row: number } => {
  for (const { table, visible } of sources) {
    const row = table.rowOf(id)
    if (row !== undefined && visible?.(row) !== false) return { table, row }
  }
  throw runNotFound(id)
}

const recordIn = (snapshot: TrackingSnapshot, id: string): RunRecord => {
  const { table, row } = rowIn(snapshot, id)
  const nameOf = (experiment: string): string =>
    experimentById(snapshot.experiments, experiment)?.name ?? ''
  return table.record(row, nameOf)
}

/** @throws `INVALID_VALUE`, `RUN_NOT_FOUND` */
const compareIn = (snapshot: TrackingSnapshot, given: unknown): RunComparison => {
  const { ids, options } = checked(compareInput, given, 'runs.compare')
  return compareRuns(
    ids.map((id) => recordIn(snapshot, id)),
    options,
  )
}

const statusOf =
  (experiments: Experiments) =>
  (id: string): ExperimentFacts => {
    const experiment = experimentById(experiments, id)
    return {
      name: experiment?.name ?? '',
      deleted: experiment?.lifecycle === 'deleted',
      artifactLocation: experiment?.artifactLocation,
    }
  }

/** The answers about runs from one kind of snapshot. */
export const runsView = (parts: RunsViewParts): RunsView => {
  const { blobs, snapshots, at } = parts
  const get = async (id: string): Promise<RunRecord> => recordIn(await snapshots(), id)

  const search = async (input: RunQuery = {}): Promise<RunPage> => {
    const { limit, pageToken: token, ...query } = checked(runQuery, input, 'runs.search')
    const filter = query.filter === undefined ? undefined : parseFilter(query.filter)
    const orderBy = parseOrder(query.orderBy)
    const now = await snapshots()
    const start =
      token === undefined ? undefined : readPageToken(token, { query, last: now.position })
    const snapshot = start === undefined ? now : await at(start.position)()
    const { experiments, sources, position } = snapshot
    const ids =
      query.experimentIds ?? query.experiments?.map((name) => findExperiment(experiments, name).id)
    const offset = start?.offset ?? 0
    const { hits, more } = searchRuns(sources, {
      filter,
      orderBy,
      offset,
      limit,
      lifecycle: query.lifecycle,
      experiments: ids === undefined ? undefined : new Set(ids),
      experiment: statusOf(experiments),
    })
    const nameOf = (id: string): string => experimentById(experiments, id)?.name ?? ''
    const rows = hits.map(({ table, row }) => table.record(row, nameOf))
    if (!more) return { rows }
    return { rows, nextPageToken: pageToken({ position, offset: offset + limit }, query) }
  }

  return {
    get,
    search,
    history: async (id, metric, options = {}) => {
      const { points: count } = checked(historyQuery, options, 'runs.history')
      const snapshot = await snapshots()
      const { table, row } = rowIn(snapshot, id)
      const { position } = snapshot
      const total = table.metric(row, metric)?.count ?? 0
      if (total > 0) return await readHistory(parts, { id, metric, position, total, count })
      const names = Object.keys(recordIn(snapshot, id).metrics)
      throw trackingError(
        'METRIC_NOT_FOUND',
        `The run ${id} has no metric "${metric}". ${names.length > 0 ? `It has ${names.slice(0, 20).join(', ')}.` : 'It has none yet.'}`,
        { data: { id, metric, metrics: names } },
      )
    },
    compare: async (ids, options) => compareIn(await snapshots(), { ids, options }),
    artifacts: async (id, path) => {
      const { artifacts } = await get(id)
      if (path === undefined || path === '') return artifacts
      const below = artifactPath(path)
      return artifacts.filter((file) => file.path === below || file.path.startsWith(`${below}/`))
    },
    readArtifact: async function* (id, path, range) {
      const wanted = artifactPath(path)
      const file = (await get(id)).artifacts.find((artifact) => artifact.path === wanted)
      if (file === undefined) {
        throw artifactError(
          'ARTIFACT_NOT_FOUND',
          `The run ${id} has no artifact "${wanted}". runs.artifacts('${id}') lists those it has.`,
          { data: { id, path: wanted } },
        )
      }
      yield* blobs.open(file.digest, range)
    },
  }
}

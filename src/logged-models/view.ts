import { checked } from '../kernel/check.ts'
import type { Reader } from '../kernel/engine.ts'
import { foldEvent } from '../kernel/projections/projection.ts'
import { nameOf, pageToken, readPageToken } from '../tracking/index.ts'
import { loggedModelEntity } from './entities.ts'
import { loggedModelNotFound } from './errors.ts'
import { loggedModelStream, type MetricDataset } from './events.ts'
import { getOptions, searchInput } from './inputs.ts'
import {
  initialLoggedModels,
  type LoggedModelState,
  type LoggedModels,
  loggedModelHandlers,
} from './logged-model.fold.ts'
import type { LoggedModel, LoggedModelLifecycle } from './model.ts'
import { type LoggedModelOrder, selectionOf } from './search.ts'

/** What to search for; every part may be left out. */
export interface LoggedModelQuery {
  /** Names or ids; all experiments unless given. */
  readonly experiments?: readonly string[]
  /** Ids alone; one that there is no experiment of holds no model. */
  readonly experimentIds?: readonly string[]
  /** `metrics.auc > 0.9 and params.alpha = '1'`; a metric meets it when any of its points does. */
  readonly filter?: string
  /**
   * Conditions on metrics look at points on these data only; without such a condition, models that were
   * measured on them. Without a digest, of any digest.
   */
  readonly datasets?: readonly MetricDataset[]
  /** `metrics.auc desc`; then the latest created first. */
  readonly orderBy?: readonly (string | LoggedModelOrder)[]
  /** From 1 to 50 000; default 100. */
  readonly limit?: number
  /** `nextPageToken` of the page before, with the same query. */
  readonly pageToken?: string
  /** Default `active`. */
  readonly lifecycle?: LoggedModelLifecycle | 'all'
}

export interface LoggedModelPage {
  readonly models: readonly LoggedModel[]
  /** Absent on the last page. */
  readonly nextPageToken?: string
}

/** Everything that can be asked about logged models, now or as of a moment. */
export interface LoggedModelsView {
  /** A deleted one only where that is asked for. @throws `LOGGED_MODEL_NOT_FOUND`, `INVALID_VALUE` */
  get(id: string, options?: { readonly deleted?: boolean }): Promise<LoggedModel>
  /**
   * Logged models that meet a filter. Later pages show the same moment as the first, whatever is logged
   * meanwhile.
   *
   * @throws `FILTER_SYNTAX`, `ORDER_SYNTAX`, `EXPERIMENT_NOT_FOUND`, `PAGE_TOKEN_INVALID`, `INVALID_VALUE`
   */
  search(query?: LoggedModelQuery): Promise<LoggedModelPage>
}

/** What a view is made from. */
export interface ViewSources {
  readonly reader: Pick<Reader, 'stream'>
  /** The state of the live fold; it holds every position up to `position`, and may be beyond. */
  readonly state: () => LoggedModels
  /** The last position that counts. */
  readonly position: () => number | Promise<number>
  /** The id of an experiment by its name or id, at that position. @throws `EXPERIMENT_NOT_FOUND` */
  readonly experimentId: (nameOrId: string) => Promise<string>
}

/** A model as it stood: as it is when nothing happened to it since, else folded from its own stream. */
export const loggedModelAsOf = async (
  { reader, state }: Pick<ViewSources, 'reader' | 'state'>,
  stream: string,
  position: number,
): Promise<LoggedModelState | undefined> => {
  const now = state().byStream.get(stream)
  if (now === undefined || now.createdAt > position) return undefined
  if (now.changedAt <= position) return now
  const alone = initialLoggedModels()
  const projection = { name: 'logged-models', handlers: loggedModelHandlers }
  for (const event of await reader.stream(stream, position)) foldEvent(projection, alone, event)
  return alone.byStream.get(stream)
}

/** Logged models as of a position. */
export const loggedModelsView = (sources: ViewSources): LoggedModelsView => ({
  get: async (given, options) => {
    const id = nameOf(given, 'id')
    const { deleted = false } = checked(getOptions, options, 'loggedModels.get: options')
    const position = await sources.position()
    const found = await loggedModelAsOf(sources, loggedModelStream(id), position)
    if (found === undefined || (found.lifecycle === 'deleted' && !deleted)) {
      throw loggedModelNotFound(id)
    }
    return loggedModelEntity(found)
  },
  search: async (input) => {
    const { limit, pageToken: token, ...query } = checked(searchInput, input, 'loggedModels.search')
    const select = selectionOf(query)
    const last = await sources.position()
    const start = token === undefined ? undefined : readPageToken(token, { query, last })
    const { position, offset } = start ?? { position: last, offset: 0 }
    const ids = await experimentIds(sources, query)
    const models = await modelsAsOf(sources, position)
    const wanted = models.filter(
      ({ experiment, lifecycle }) =>
        (query.lifecycle === 'all' || query.lifecycle === lifecycle) &&
        (ids === undefined || ids.has(experiment)),
    )
    const found = select(wanted)
    const page = found.slice(offset, offset + limit).map(loggedModelEntity)
    if (found.length <= offset + limit) return { models: page }
    return {
      models: page,
      nextPageToken: pageToken({ position, offset: offset + limit }, query),
    }
  },
})

interface AskedExperiments {
  readonly experiments?: readonly string[] | undefined
  readonly experimentIds?: readonly string[] | undefined
}

/** `undefined` where all are meant. */
const experimentIds = async (
  { experimentId }: ViewSources,
  { experiments, experimentIds: given }: AskedExperiments,
): Promise<ReadonlySet<string> | undefined> => {
  if (experiments === undefined) return given && new Set(given)
  const ids = new Set(given)
  for (const nameOrId of experiments) ids.add(await experimentId(nameOrId))
  return ids
}

const modelsAsOf = async (
  sources: ViewSources,
  position: number,
): Promise<readonly LoggedModelState[]> => {
  const found: LoggedModelState[] = []
  for (const stream of [...sources.state().byStream.keys()]) {
    const model = await loggedModelAsOf(sources, stream, position)
    if (model !== undefined) found.push(model)
  }
  return found
}

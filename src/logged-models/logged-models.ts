import type { Reader, WriteOptions, Writer } from '../kernel/engine.ts'
import { writeOptionsOf } from '../kernel/write-options.ts'
import type { MetricInput, Named, Scalar } from '../tracking/index.ts'
import { type Change, changes } from './changes.ts'
import { loggedModelEntity } from './entities.ts'
import { loggedModelNotFound } from './errors.ts'
import { type LoggedModelStatus, loggedModelStream, type MetricDataset } from './events.ts'
import type { LoggedModel } from './model.ts'
import { type CommittedFacts, loggedModelDecider } from './pending.ts'
import { type LoggedModelsView, loggedModelAsOf } from './view.ts'

export interface CreateLoggedModelOptions extends WriteOptions {
  /** Name of its experiment; without one, the experiment of the run, else `Default`. */
  readonly experiment?: string
  /** Id of the experiment, instead of its name. */
  readonly experimentId?: string
  /** Default: two words and a number. */
  readonly name?: string
  readonly type?: string
  /** Id of the run that makes it; it may be one of another store. */
  readonly run?: string
  readonly params?: Named<Scalar>
  readonly tags?: Named<Scalar>
  /** Where its files are. */
  readonly artifactLocation?: string
  readonly user?: string
  /** Default `m-` and a new random id. */
  readonly id?: string
  /** When it was made, where another system knows; ms since the epoch. */
  readonly createdAt?: number
}

export interface FinalizeOptions extends WriteOptions {
  /** Why its files are not there. */
  readonly message?: string
}

export interface ModelMetricOptions extends WriteOptions {
  /** An integer; default 0. */
  readonly step?: number
  /** Default now. */
  readonly timestamp?: number | Date
  /** Id of the run that measured them. */
  readonly run?: string
  /** The data that they were measured on. */
  readonly dataset?: MetricDataset
}

/**
 * Logged models: models as runs make them, each with params, metrics and tags of its own. Writes take effect
 * in the order of the calls. Beside the codes named, each throws `INVALID_VALUE` for arguments of the wrong
 * kind and what {@link Writer.execute} throws; then nothing was written.
 */
export interface LoggedModels extends LoggedModelsView {
  /**
   * Creates a logged model, whose files are still to come.
   *
   * @throws `EXPERIMENT_NOT_FOUND`, `EXPERIMENT_DELETED`, `LOGGED_MODEL_EXISTS`
   */
  create(options?: CreateLoggedModelOptions): Promise<LoggedModel>
  /** Says whether its files are there; of a deleted one, too. @throws `LOGGED_MODEL_NOT_FOUND` */
  finalize(
    ...args: [id: string, status: LoggedModelStatus, options?: FinalizeOptions]
  ): Promise<LoggedModel>
  /**
   * Logs params; a param is written once.
   *
   * @throws `LOGGED_MODEL_NOT_FOUND`, `LOGGED_MODEL_DELETED`, `PARAM_CONFLICT`
   */
  logParams(id: string, params: Named<Scalar>, options?: WriteOptions): Promise<LoggedModel>
  /**
   * Logs one point for each name, of the model alone: `run.logMetrics(values, { model })` logs them of the
   * run, too.
   *
   * @throws `LOGGED_MODEL_NOT_FOUND`, `LOGGED_MODEL_DELETED`
   */
  logMetrics(id: string, values: Named<number>, options?: ModelMetricOptions): Promise<LoggedModel>
  /**
   * Logs points that have steps, times and data of their own.
   *
   * @throws `LOGGED_MODEL_NOT_FOUND`, `LOGGED_MODEL_DELETED`
   */
  logPoints(
    id: string,
    points: readonly Omit<MetricInput, 'model'>[],
    options?: WriteOptions & { readonly run?: string },
  ): Promise<LoggedModel>
  /** @throws `LOGGED_MODEL_NOT_FOUND`, `LOGGED_MODEL_DELETED` */
  setTags(id: string, tags: Named<Scalar>, options?: WriteOptions): Promise<LoggedModel>
  /** @throws `LOGGED_MODEL_NOT_FOUND`, `LOGGED_MODEL_DELETED`, `TAG_NOT_FOUND` */
  deleteTag(id: string, key: string, options?: WriteOptions): Promise<LoggedModel>
  /** Hides a logged model; its history stays. @throws `LOGGED_MODEL_NOT_FOUND` */
  delete(id: string, options?: WriteOptions): Promise<LoggedModel>
}

export interface LoggedModelsParts extends CommittedFacts {
  readonly writer: Writer
  readonly reader: Reader
  readonly view: LoggedModelsView
  readonly clock: () => number
  /** Is given each write before the caller is, so that one that fails and that nobody awaited is not lost. */
  readonly supervise: <T>(write: Promise<T>) => Promise<T>
}

type Write = (change: Change) => Promise<LoggedModel>

const writeOf = (parts: LoggedModelsParts): Write => {
  const { writer, reader, models } = parts
  const decider = loggedModelDecider(parts)
  return async ({ id, rule, options, request }) => {
    const events = await writer.execute({
      decider,
      decide: rule,
      options: writeOptionsOf(options, 'loggedModels: options'),
      request,
    })
    // What the events made, so that a repeated write answers as it did the first time; a new id, too.
    const last = events.at(-1)
    const stream = last?.stream ?? loggedModelStream(id)
    const position = last?.position ?? Number.POSITIVE_INFINITY
    const made = await loggedModelAsOf({ reader, state: models }, stream, position)
    if (made === undefined) throw loggedModelNotFound(id)
    return loggedModelEntity(made)
  }
}

/** The public object of logged models. */
export const createLoggedModels = (parts: LoggedModelsParts): LoggedModels => {
  const { view, supervise, clock } = parts
  const write = writeOf(parts)
  const calling = <Arguments extends readonly unknown[]>(
    change: (...args: Arguments) => Change,
  ): ((...args: Arguments) => Promise<LoggedModel>) => {
    // Async, so that arguments of the wrong kind are a rejection, too.
    const made = async (args: Arguments): Promise<LoggedModel> => await write(change(...args))
    return (...args) => supervise(made(args))
  }
  return {
    ...view,
    create: calling(changes.create),
    finalize: calling(changes.finalize),
    logParams: calling(changes.logParams),
    logMetrics: calling((id, values, options) =>
      changes.logMetrics(id, values, { given: options, now: clock() }),
    ),
    logPoints: calling((id, points, options) =>
      changes.logPoints(id, points, { given: options, now: clock() }),
    ),
    setTags: calling(changes.setTags),
    deleteTag: calling(changes.deleteTag),
    delete: calling(changes.delete),
  }
}

import type { WriteOptions } from '../kernel/engine.ts'
import type { Feed, FeedStart } from '../kernel/streams/feed.ts'
import type { TagsInput } from './inputs.ts'
import type { ModelVersion, RegisteredModel, Transition } from './model.ts'
import type { RegistryView } from './reader.ts'

export interface RegisterOptions extends WriteOptions {
  readonly description?: string
  readonly tags?: TagsInput
  /** At least two, in order: versions start in the first, replaced ones go to the last. Default MLflow's. */
  readonly stages?: readonly string[]
  /** When it was made, where another system knows; ms since the epoch. */
  readonly createdAt?: number
}

/** What a version is made from: a run, a logged model, a source, or several of them. */
export interface VersionDetails extends WriteOptions {
  /** The run that made it. */
  readonly run?: string
  /** Where in the artifacts of that run the model lies. */
  readonly path?: string
  /** Whether the run may be one of another store, which is not looked up. Default false. */
  readonly foreignRun?: boolean
  /** The logged model that it is made from; its run is that of the version unless another is given. */
  readonly loggedModel?: string
  /** Where the bytes are, as a URI; `runs:/<run>/<path>` or `models:/<logged model>` unless given. */
  readonly source?: string
  /** Where the bytes lie when `source` is a name for them; those of the logged model unless given. */
  readonly storageLocation?: string
  /** Where the run that made it can be looked at, as a URL. */
  readonly runLink?: string
  /** `false`: `MODEL_NOT_FOUND` where the model is not registered yet. */
  readonly register?: boolean
  readonly description?: string
  readonly user?: string
  readonly tags?: TagsInput
  /** When it was made, where another system knows; ms since the epoch. */
  readonly createdAt?: number
}

export interface TransitionOptions extends WriteOptions {
  /** Why. */
  readonly comment?: string
  /**
   * Whether the other versions of the stage go to the last stage, in the same commit. Default true; of
   * no effect in the first and the last stage, where versions gather.
   */
  readonly archiveExisting?: boolean
  /** The version that must be current in the stage now, `null` for none; else `REVISION_CONFLICT`. */
  readonly expect?: number | null
}

export interface RollbackOptions extends WriteOptions {
  /** Default `Production`. */
  readonly stage?: string
  /** A version that held the stage before; the one before the present holder unless given. */
  readonly to?: number
  /** Why. */
  readonly comment?: string
}

export interface TransitionQuery {
  /** Only of models that bore this name at the time. */
  readonly model?: string
  /** Only moves into this stage, in any case. */
  readonly stage?: string
  /** Default `'now'`. */
  readonly from?: FeedStart
}

/** The arguments of a call whose last one says how to write. */
type WithOptions<Arguments extends readonly unknown[], Options = WriteOptions> = [
  ...Arguments,
  options?: Options,
]

/**
 * The model registry. Writes take effect in the order of the calls, and answer with what they made when it
 * is recorded. Beside the codes named, each throws `INVALID_VALUE` for arguments of the wrong kind and
 * what {@link Writer.execute} throws; then nothing was written.
 */
export interface Registry extends RegistryView {
  /** Registers a model. @throws `NAME_INVALID`, `MODEL_EXISTS`, `STAGE_INVALID` */
  register(model: string, options?: RegisterOptions): Promise<RegisteredModel>
  /**
   * Creates the next version of a model, and registers the model on first use. Numbers are never used
   * again.
   *
   * @throws `RUN_NOT_FOUND`, `LOGGED_MODEL_NOT_FOUND`, `SOURCE_REQUIRED`, `NAME_INVALID`
   */
  createVersion(model: string, details: VersionDetails): Promise<ModelVersion>
  /**
   * Moves a version into a stage; where it is current there already, only what else stands there moves.
   *
   * @throws `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND`, `STAGE_INVALID`, `REVISION_CONFLICT`
   */
  transition(
    ...args: WithOptions<[model: string, version: number, stage: string], TransitionOptions>
  ): Promise<ModelVersion>
  /**
   * Gives a stage back to the version that held it before; what it undoes goes to the last stage. A second
   * rollback goes one further back. Answers with the version that holds the stage then.
   *
   * @throws `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND`, `STAGE_INVALID`, `NOTHING_TO_ROLL_BACK`
   */
  rollback(model: string, options?: RollbackOptions): Promise<ModelVersion>
  /**
   * Points an alias at a version.
   *
   * @throws `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND`, `ALIAS_INVALID`
   */
  setAlias(
    ...args: WithOptions<[model: string, alias: string, version: number]>
  ): Promise<ModelVersion>
  /** Takes an alias away. @throws `MODEL_NOT_FOUND`, `ALIAS_NOT_FOUND` */
  deleteAlias(model: string, alias: string, options?: WriteOptions): Promise<RegisteredModel>
  /** Sets the description of a model. @throws `MODEL_NOT_FOUND` */
  describe(model: string, description: string, options?: WriteOptions): Promise<RegisteredModel>
  /**
   * Gives a model a new name; its history goes with it and the old name is free.
   *
   * @throws `MODEL_NOT_FOUND`, `MODEL_EXISTS`, `NAME_INVALID`
   */
  rename(model: string, name: string, options?: WriteOptions): Promise<RegisteredModel>
  /** Sets a tag of a model. @throws `MODEL_NOT_FOUND` */
  setTag(
    ...args: WithOptions<[model: string, key: string, value: string]>
  ): Promise<RegisteredModel>
  /** Takes a tag of a model away. @throws `MODEL_NOT_FOUND`, `TAG_NOT_FOUND` */
  deleteTag(model: string, key: string, options?: WriteOptions): Promise<RegisteredModel>
  /** Sets the stages of a model. @throws `MODEL_NOT_FOUND`, `STAGE_INVALID`, `STAGE_IN_USE` */
  setStages(
    model: string,
    stages: readonly string[],
    options?: WriteOptions,
  ): Promise<RegisteredModel>
  /** Deletes a model; its history stays and its name is free. @throws `MODEL_NOT_FOUND` */
  delete(model: string, options?: WriteOptions): Promise<RegisteredModel>
  /** Sets the description of a version. @throws `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND` */
  describeVersion(
    ...args: WithOptions<[model: string, version: number, description: string]>
  ): Promise<ModelVersion>
  /** Sets a tag of a version. @throws `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND` */
  setVersionTag(
    ...args: WithOptions<[model: string, version: number, key: string, value: string]>
  ): Promise<ModelVersion>
  /** Takes a tag of a version away. @throws `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND`, `TAG_NOT_FOUND` */
  deleteVersionTag(
    ...args: WithOptions<[model: string, version: number, key: string]>
  ): Promise<ModelVersion>
  /**
   * Deletes a version with its aliases; its history stays and its number is never used again.
   *
   * @throws `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND`
   */
  deleteVersion(model: string, version: number, options?: WriteOptions): Promise<ModelVersion>
  /**
   * Gives the moves of versions, history first, then live.
   *
   * @throws `INVALID_VALUE` at once
   */
  transitions(query?: TransitionQuery): Feed<Transition>
}

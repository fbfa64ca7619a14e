/** Whether something is there for callers, or only for history. */
export type ModelLifecycle = 'active' | 'deleted'

/** A registered model as it stands, plain and readonly. Maps of user-chosen keys have no prototype. */
export interface RegisteredModel {
  readonly name: string
  /** The stream of its events; stays the same when the model is renamed. */
  readonly stream: string
  readonly description?: string
  readonly tags: Readonly<Record<string, string>>
  /** Version by alias. */
  readonly aliases: Readonly<Record<string, number>>
  /** In order: the first is where new versions stand, the last is where replaced ones go. */
  readonly stages: readonly string[]
  /** The current version of each stage that has one. */
  readonly current: Readonly<Record<string, number>>
  /** How many versions it has; deleted ones do not count. */
  readonly versionCount: number
  /** The highest version that is not deleted. */
  readonly latest?: number
  readonly lifecycle: ModelLifecycle
  /** Positions of its first and its latest event. */
  readonly createdAt: number
  readonly changedAt: number
  /** Ms since the epoch. */
  readonly createdTime: number
  readonly changedTime: number
  /** As MLflow counts: when its name, description or a stage changed, or a version came or went. */
  readonly updatedTime: number
}

/** A version of a registered model as it stands, plain and readonly. */
export interface ModelVersion {
  /** Name of the model. */
  readonly model: string
  readonly version: number
  /** The run that made it. */
  readonly run?: string
  /** Where in the artifacts of that run the model lies. */
  readonly path?: string
  /** Where the bytes are, as a URI. */
  readonly source: string
  /** Digest of the bytes, where varve holds them. */
  readonly digest?: string
  /** The logged model that it was made from. */
  readonly loggedModel?: string
  /** Where the bytes lie when `source` is a name for them, such as `models:/m-…`. */
  readonly storageLocation?: string
  readonly description?: string
  readonly user?: string
  /** Where the run that made it can be looked at, as a URL. */
  readonly runLink?: string
  readonly tags: Readonly<Record<string, string>>
  readonly stage: string
  readonly aliases: readonly string[]
  readonly lifecycle: ModelLifecycle
  /** Positions of its first and its latest event. */
  readonly createdAt: number
  readonly changedAt: number
  /** Ms since the epoch. */
  readonly createdTime: number
  readonly changedTime: number
  /** As MLflow counts: when its stage or description, or the name of the model, changed. */
  readonly updatedTime: number
}

/** The version that a stage or an alias stands for, and who put it there. */
export interface CurrentVersion {
  readonly model: string
  readonly version: number
  /** The stage that was asked for. */
  readonly stage?: string
  /** The alias that was asked for. */
  readonly alias?: string
  readonly run?: string
  readonly path?: string
  readonly source: string
  readonly digest?: string
  /** When it came there, in ms since the epoch. */
  readonly since: number
  /** Who put it there. */
  readonly by: string
  /** Why, in the words of who did it. */
  readonly comment?: string
  /** Position of the event that put it there. */
  readonly position: number
}

/** What a `models:/` URI stands for. */
export interface ResolvedModel {
  readonly model: string
  readonly version: number
  readonly source: string
  readonly run?: string
  readonly path?: string
  readonly digest?: string
  readonly loggedModel?: string
  readonly storageLocation?: string
}

/** One move of a version from stage to stage. */
export interface Transition {
  /** Name that the model bore at the time. */
  readonly model: string
  readonly version: number
  readonly from: string
  readonly to: string
  /** When, by the engine's clock, in ms since the epoch. */
  readonly at: number
  readonly by: string
  readonly comment?: string
  /** The version that was current in the stage `to` before. */
  readonly replaced?: number
  /** `archived`: another version took its stage. `rollback`: the stage went back to this version. */
  readonly cause?: 'archived' | 'rollback'
  /** The move was not witnessed: its time and actor are claimed by this source. */
  readonly claimed?: string
  readonly position: number
}

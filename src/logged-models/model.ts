import type { LoggedModelStatus } from './events.ts'
import type { LoggedMetric } from './metric-points.ts'

/** Whether something is there for callers, or only for history. */
export type LoggedModelLifecycle = 'active' | 'deleted'

/** A version of a registered model that was created from a logged model. */
export interface ModelRegistration {
  /** Name of the registered model when the version was created. */
  readonly model: string
  readonly version: number
}

/** A logged model as it stands, plain and readonly. Maps of user-chosen keys have no prototype. */
export interface LoggedModel {
  /** `m-` and 32 hex digits, unless somebody chose another. */
  readonly id: string
  readonly name: string
  readonly experimentId: string
  readonly status: LoggedModelStatus
  /** Why its files are not there. */
  readonly statusMessage?: string
  readonly type?: string
  /** Id of the run that made it. */
  readonly run?: string
  readonly artifactLocation?: string
  readonly user?: string
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  /** Every point, in the order of logging. */
  readonly metrics: readonly LoggedMetric[]
  /** Versions that were created from it, in order. */
  readonly registrations: readonly ModelRegistration[]
  readonly lifecycle: LoggedModelLifecycle
  /** Positions of its first and its latest event. */
  readonly createdAt: number
  readonly changedAt: number
  /** Ms since the epoch. */
  readonly createdTime: number
  readonly changedTime: number
}

import type { DatasetInput, RunStatus } from './events.ts'

/** What a metric came to in one run. "Later" compares step, then timestamp, then value, as MLflow does. */
export interface MetricSummary {
  /** Value of the latest point: highest step, then timestamp, then value. */
  readonly last: number
  /** Step of the latest point. */
  readonly step: number
  /** Timestamp of the latest point, ms since the epoch. */
  readonly timestamp: number
  /** Value of the earliest point. */
  readonly first: number
  readonly firstStep: number
  /** Least and greatest value that is not NaN, and where each was first reached; NaN if there is none. */
  readonly min: number
  readonly minStep: number
  readonly max: number
  readonly maxStep: number
  /** Number of points. */
  readonly count: number
}

/** A file among the artifacts of a run. */
export interface ArtifactFile {
  /** Relative to the run's artifacts, with `/`. */
  readonly path: string
  /** `sha256:` and 64 hex digits. */
  readonly digest: string
  /** Bytes. */
  readonly size: number
}

/** A logged model that a run produced. */
export interface ModelOutput {
  readonly id: string
  readonly step: number
}

/** A run as it stands, plain and readonly. Maps of user-chosen keys have no prototype. */
export interface RunRecord {
  readonly id: string
  readonly name: string
  /** Name of its experiment; `experimentId` is the id. */
  readonly experiment: string
  readonly experimentId: string
  readonly user: string
  readonly status: RunStatus
  readonly lifecycle: Lifecycle
  /** Ms since the epoch, as the client stated it. */
  readonly startTime: number | null
  readonly endTime: number | null
  /** The message of the error that ended it. */
  readonly error?: string
  /** Id of the run inside which it was started. */
  readonly parent?: string
  readonly artifactLocation?: string
  readonly params: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, MetricSummary>>
  readonly tags: Readonly<Record<string, string>>
  readonly inputs: readonly DatasetInput[]
  readonly modelInputs: readonly string[]
  readonly outputs: readonly ModelOutput[]
  readonly artifacts: readonly ArtifactFile[]
  /** Positions of its first and its latest event. */
  readonly createdAt: number
  readonly changedAt: number
}

export type Lifecycle = 'active' | 'deleted'

/** One point of a metric. */
export interface MetricPoint {
  readonly value: number
  readonly step: number
  /** Ms since the epoch, as the client stated it. */
  readonly timestamp: number
}

/** An experiment as it stands. */
export interface Experiment {
  readonly id: string
  readonly name: string
  readonly lifecycle: Lifecycle
  readonly artifactLocation?: string
  readonly tags: Readonly<Record<string, string>>
  /** Ms since the epoch. */
  readonly creationTime: number
  readonly updateTime: number
  /** Positions of its first and its latest event. */
  readonly createdAt: number
  readonly changedAt: number
}

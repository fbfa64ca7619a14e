import type { LoggedModelStatus, ModelMetrics } from '../../logged-models/events.ts'
import type { DatasetInput, MetricColumns, RunStatus } from '../../tracking/events.ts'

/** Keys with values, sorted by key. Keys are the user's, so this is no object. */
export type Pairs = readonly (readonly [key: string, value: string])[]

/**
 * A published MLflow store, read only: an `mlruns` folder or an SQLite file, told apart by nobody who
 * reads from here.
 *
 * Nothing in it is trusted: what is damaged becomes an entry of {@link MlflowSource.problems} and the rest
 * is read. Each iteration reads the store anew, in the order of the times that the store states, and
 * holds one run in memory.
 */
export interface MlflowSource extends AsyncDisposable {
  readonly kind: 'mlruns' | 'sqlite'
  /** The folder or the file, absolute, without links. */
  readonly path: string
  /** What could not be read so far, in the order of finding; the same problem is listed once. */
  readonly problems: readonly SourceProblem[]
  /**
   * SHA-256 of the whole content, as `sha256:` and 64 hex digits; equal for equal content wherever it
   * lies. Asked again after reading, it tells whether the source changed meanwhile.
   */
  digest(): Promise<string>
  /** By time of creation, then by id; experiments without a time come first. */
  experiments(): AsyncIterable<SourceExperiment>
  /** By start time, then by id; runs without a time come first. */
  runs(): AsyncIterable<SourceRun>
  /** Registered models, by time of creation, then by name. */
  models(): AsyncIterable<SourceModel>
  /** Logged models of MLflow 3, by time of creation, then by id. */
  loggedModels(): AsyncIterable<SourceLoggedModel>
  /** What the store holds that this reader has no records for: traces, webhooks, …, with how many. */
  leftOut(): Promise<readonly LeftOut[]>
  close(): Promise<void>
}

/** A damaged or missing thing. `file` is relative to the source, with `/`; for a database, its file name. */
export interface SourceProblem {
  readonly file: string
  readonly line?: number
  readonly message: string
}

export interface LeftOut {
  readonly kind: string
  readonly count: number
}

/** Times are milliseconds since the epoch as the store states them; `null` where it states none. */
export interface SourceExperiment {
  readonly id: string
  readonly name: string
  readonly artifactLocation: string | null
  readonly createdAt: number | null
  readonly updatedAt: number | null
  readonly deleted: boolean
  readonly tags: Pairs
}

export interface SourceRun {
  readonly id: string
  /** Id of its experiment, which {@link MlflowSource.experiments} gives, too. */
  readonly experiment: string
  readonly name: string
  readonly user: string
  readonly status: RunStatus
  readonly startTime: number | null
  readonly endTime: number | null
  readonly deleted: boolean
  readonly deletedAt: number | null
  readonly artifactLocation: string | null
  readonly params: Pairs
  readonly tags: Pairs
  readonly datasets: readonly DatasetInput[]
  /** Ids of logged models that the run read. */
  readonly modelInputs: readonly string[]
  /** Logged models that the run made. */
  readonly modelOutputs: readonly { readonly id: string; readonly step: number }[]
  /** Reads every metric point, by timestamp; points of one time keep the order of the store. */
  metrics(): Promise<MetricColumns>
  /** The files at hand, by path. None, with a problem, where the store keeps them out of reach. */
  artifacts(): AsyncIterable<SourceArtifact>
}

export interface SourceArtifact {
  /** Relative to the artifacts of the run, with `/`. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Absolute, without links. */
  readonly file: string
  /** Streams the bytes. */
  open(): AsyncIterable<Uint8Array>
}

export interface SourceModel {
  readonly name: string
  readonly description: string | null
  readonly createdAt: number | null
  readonly updatedAt: number | null
  readonly tags: Pairs
  readonly aliases: readonly (readonly [alias: string, version: number])[]
  /** By number. */
  readonly versions: readonly SourceVersion[]
}

export interface SourceVersion {
  readonly version: number
  readonly createdAt: number | null
  /** MLflow keeps no history of stages: a version whose stage is not `None` got there at this time. */
  readonly updatedAt: number | null
  /** `None`, `Staging`, `Production` or `Archived`; of a deleted version, `None`. */
  readonly stage: string
  readonly run: string | null
  readonly source: string | null
  /** Where the bytes are when `source` names a logged model. */
  readonly storageLocation: string | null
  readonly description: string | null
  readonly user: string | null
  readonly status: string | null
  readonly deleted: boolean
  readonly tags: Pairs
}

export interface SourceLoggedModel {
  readonly id: string
  readonly name: string
  readonly experiment: string
  readonly type: string | null
  readonly run: string | null
  readonly status: LoggedModelStatus
  readonly statusMessage: string | null
  readonly createdAt: number | null
  readonly updatedAt: number | null
  readonly deleted: boolean
  readonly artifactLocation: string | null
  readonly params: Pairs
  readonly tags: Pairs
  /** Reads every metric point: by run and data, then by timestamp. */
  metrics(): Promise<readonly ModelMetrics[]>
}

export interface MlflowSourceOptions {
  /**
   * Folders that hold artifacts, beside the source itself. A store names absolute places, and reading
   * whatever a published file names would let it pick any file of this machine; so nothing outside of
   * the source and these folders is read.
   */
  readonly artifactRoots?: readonly string[]
}

import type { LeftOut, SourceProblem } from '../mlflow/index.ts'

/** How many of each kind of record. `metrics` counts points. */
export interface ImportCounts {
  readonly experiments: number
  readonly runs: number
  readonly params: number
  readonly metrics: number
  readonly tags: number
  readonly datasets: number
  readonly artifacts: number
  /** Each with its params, metrics and tags, which are not counted one by one. */
  readonly loggedModels: number
  readonly models: number
  readonly versions: number
  readonly transitions: number
  readonly aliases: number
}

/** What an import read, wrote and refused: plain and JSON-safe. */
export interface ImportSummary {
  readonly kind: 'mlflow-folder' | 'mlflow-sqlite'
  /** The folder or the file, absolute, without links. */
  readonly source: string
  /** SHA-256 of the whole content, as `sha256:` and 64 hex digits. */
  readonly digest: string
  /**
   * `claimed`: the source's own times are `recordedAt`. `recorded`: events have the time of the import, and
   * the source's times as client times. `nothing`: the store had everything already.
   */
  readonly times: 'claimed' | 'recorded' | 'nothing'
  readonly read: ImportCounts
  /** What was new to the store. */
  readonly written: ImportCounts
  /** Number of {@link problems}: each is something that did not come in, or not as it was. */
  readonly refused: number
  readonly problems: readonly SourceProblem[]
  /** What the source holds that is not imported: traces, webhooks, …, with how many. */
  readonly leftOut: readonly LeftOut[]
  /** Times that contradicted others, or lay in the future, and were moved to the nearest possible one. */
  readonly clamped: number
  /** Number of events that were recorded, `log.imported` among them. */
  readonly events: number
}

/** How far an import has come. */
export interface ImportProgress {
  /** Runs that were read. */
  readonly runs: number
  /** Events that were recorded. */
  readonly events: number
}

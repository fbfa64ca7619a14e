import { type ArtifactContent, artifactPath, type BlobStore } from '../artifacts/index.ts'
import { checked } from '../kernel/check.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Decider, Submitter } from '../kernel/engine.ts'
import type { NewEvent } from '../kernel/events/event.ts'
import type { Writes } from '../kernel/writes.ts'
import type { MetricDataset } from '../logged-models/events.ts'
import * as decide from './decide.ts'
import { type RunStatus, runStream } from './events.ts'
import {
  batchOf,
  type DatasetSource,
  datasetInput,
  endInput,
  type MetricInput,
  metricRow,
  type Named,
  nameOf,
  timeOf,
  updateOf,
} from './input.ts'
import { metricsOfModels, metricsOfRow } from './model-metrics.ts'
import type { PendingTracking } from './pending.ts'
import type { ArtifactFile } from './run.ts'

/** When and at which step metrics were measured. */
export interface MetricOptions {
  /** An integer; default 0. */
  readonly step?: number
  /** Default now. */
  readonly timestamp?: number | Date
  /** Id of a logged model that they are metrics of, too. */
  readonly model?: string
  /** The data that they were measured on; only of a logged model. */
  readonly dataset?: MetricDataset
}

/** What may be the value of a param or tag; it becomes text. */
export type Scalar = string | number | boolean

/** What a dataset was read for, and tags of the link. */
export interface InputOptions {
  /** `training`, `validation`, …. */
  readonly context?: string
  readonly tags?: Named<string>
}

/** What may change while a run goes on. */
export interface RunChanges {
  readonly name?: string
  readonly status?: RunStatus
  readonly startTime?: number | Date
}

/** Params, metrics and tags to log together. */
export interface Batch {
  readonly metrics?: readonly MetricInput[]
  readonly params?: Named<Scalar>
  readonly tags?: Named<Scalar>
}

export interface EndOptions {
  /** Default `FINISHED`. */
  readonly status?: 'FINISHED' | 'FAILED' | 'KILLED'
  /** Why it failed. */
  readonly error?: string
  /** Default now. */
  readonly endTime?: number | Date
}

/**
 * A run that is being logged. Every write may be left unawaited: order is kept, and `end()` rejects if one
 * was lost. `await using` ends it as FINISHED.
 *
 * Writes reject with `RUN_DELETED`, `INVALID_VALUE` (then nothing of the call was written),
 * `LOG_WRITE_FAILED` or `LOG_CLOSED`.
 */
export interface Run extends AsyncDisposable {
  readonly id: string
  readonly name: string
  /** Id of its experiment. */
  readonly experimentId: string
  /** One point for each name, at one step and time. */
  logMetrics(values: Named<number>, options?: MetricOptions): Promise<void>
  logMetric(key: string, value: number, options?: MetricOptions): Promise<void>
  /** A param is written once; numbers and booleans become text. @throws `PARAM_CONFLICT` */
  logParams(params: Named<Scalar>): Promise<void>
  logParam(key: string, value: Scalar): Promise<void>
  /** Metrics, params and tags; points may have steps and times of their own. */
  logBatch(batch: Batch): Promise<void>
  setTags(tags: Named<Scalar>): Promise<void>
  setTag(key: string, value: Scalar): Promise<void>
  /** @throws `TAG_NOT_FOUND` */
  deleteTag(key: string): Promise<void>
  /** A dataset that the run read; `context` says for what: `training`, `validation`. */
  logInput(dataset: DatasetSource, options?: InputOptions): Promise<void>
  /** Stores content under a path; the same path again replaces it. Streams are never whole in memory. */
  logArtifact(path: string, content: ArtifactContent): Promise<ArtifactFile>
  /** Stores a file of this machine, under its own name unless given a path. */
  logFile(source: string, path?: string): Promise<ArtifactFile>
  /** Stores the files of a folder of this machine, and of the folders in it. */
  logArtifacts(folder: string, prefix?: string): Promise<readonly ArtifactFile[]>
  /** Changes name, status or times while the run goes on. */
  update(changes: RunChanges): Promise<void>
  /** Waits for every write, ends the run, and rejects if a write that nobody awaited was lost. */
  end(options?: EndOptions): Promise<void>
}

/** A file of this machine, as the platform finds it. */
export interface FoundFile {
  readonly path: string
  open(): AsyncIterable<Uint8Array>
}

export interface RunHandleParts {
  readonly writer: Submitter
  readonly decider: Decider<PendingTracking>
  readonly blobs: BlobStore
  readonly clock: Clock
  /** The files at a path of this machine, to be stored under another. */
  readonly findFile: (source: string, path: string | undefined) => Promise<FoundFile>
  readonly findFiles: (folder: string, prefix: string | undefined) => Promise<readonly FoundFile[]>
}

/** What a handle is made for. */
export interface RunIdentity {
  readonly id: string
  readonly name: string
  readonly experimentId: string
}

/** What the task gives, or its error as a promise; an async function would cost a promise more. */
const started = <T>(task: () => Promise<T>): Promise<T> => {
  try {
    return task()
  } catch (error) {
    return Promise.reject(error)
  }
}

/** A path of this machine, of any length. @throws `INVALID_VALUE` */
const fileOf = (path: unknown): string => nameOf(path, 'path', Number.POSITIVE_INFINITY)

type Rule = (facts: PendingTracking) => readonly NewEvent[]

/** The handle of a run, whose writes are followed by `writes`. */
export class RunHandle implements Run {
  readonly id: string
  readonly name: string
  readonly experimentId: string
  readonly #parts: RunHandleParts
  readonly #writes: Writes
  readonly #stream: string

  constructor(parts: RunHandleParts, run: RunIdentity, writes: Writes) {
    this.id = run.id
    this.name = run.name
    this.experimentId = run.experimentId
    this.#parts = parts
    this.#writes = writes
    this.#stream = runStream(run.id)
  }

  logMetrics(values: Named<number>, options?: MetricOptions): Promise<void> {
    if (options?.model !== undefined || options?.dataset !== undefined) {
      return this.#tracked(() => this.#logRowOfModel(values, options))
    }
    return this.#writes.follow((settle) => {
      const { writer, decider, clock } = this.#parts
      const { id } = this
      const row = { id, stream: this.#stream, metrics: metricRow(values, options, clock()) }
      writer.submit({ decider, decide: (facts) => decide.logMetrics(facts, row) }, settle)
    })
  }

  logMetric(key: string, value: number, options?: MetricOptions): Promise<void> {
    return this.logMetrics([[key, value]], options)
  }

  logParams(params: Named<Scalar>): Promise<void> {
    return this.logBatch({ params })
  }

  logParam(key: string, value: Scalar): Promise<void> {
    return this.logBatch({ params: [[key, value]] })
  }

  logBatch(batch: Batch): Promise<void> {
    return this.#tracked(() => this.#logBatch(batch))
  }

  setTags(tags: Named<Scalar>): Promise<void> {
    return this.logBatch({ tags })
  }

  setTag(key: string, value: Scalar): Promise<void> {
    return this.logBatch({ tags: [[key, value]] })
  }

  deleteTag(key: string): Promise<void> {
    return this.#tracked(() => {
      const tag = { id: this.id, key: nameOf(key, 'key') }
      return this.#write((facts) => decide.deleteTag(facts, tag))
    })
  }

  logInput(dataset: DatasetSource, options?: InputOptions): Promise<void> {
    return this.#tracked(() => {
      const datasets = [datasetInput(dataset, options)]
      return this.#write((facts) => decide.logInputs(facts, { id: this.id, datasets, models: [] }))
    })
  }

  logArtifact(path: string, content: ArtifactContent): Promise<ArtifactFile> {
    return this.#tracked(() => this.#store(path, content))
  }

  logFile(source: string, path?: string): Promise<ArtifactFile> {
    return this.#tracked(async () => {
      const file = await this.#parts.findFile(fileOf(source), path)
      return await this.#store(file.path, file.open())
    })
  }

  logArtifacts(folder: string, prefix?: string): Promise<readonly ArtifactFile[]> {
    return this.#tracked(async () => {
      const stored: ArtifactFile[] = []
      for (const file of await this.#parts.findFiles(fileOf(folder), prefix)) {
        stored.push(await this.#store(file.path, file.open()))
      }
      return stored
    })
  }

  update(changes: RunChanges): Promise<void> {
    return this.#tracked(() => {
      const parsed = updateOf(changes)
      return this.#write((facts) => decide.updateRun(facts, { id: this.id, ...parsed }))
    })
  }

  end(options: EndOptions = {}): Promise<void> {
    // The writes to wait for are those up to here: this one is followed only from then on.
    return this.#tracked(() => this.#end(options))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }

  async #end(options: EndOptions): Promise<void> {
    const { endTime: given, ...rest } = checked(endInput, options, 'run.end')
    const endTime = given === undefined ? this.#parts.clock() : timeOf(given, 'endTime')
    await this.#writes.settled()
    await this.#write((facts) => decide.endRun(facts, { id: this.id, ...rest, endTime }))
    const lost = this.#writes.takeLost()
    if (lost !== undefined) throw lost
  }

  #logRowOfModel(values: Named<number>, options: MetricOptions): Promise<void> {
    const { id } = this
    const { model, dataset, ...rest } = options
    const metrics = metricRow(values, rest, this.#parts.clock())
    const models = metricsOfRow({ model, dataset }, id, metrics)
    return this.#write((facts) => [
      ...decide.logMetrics(facts, { id, metrics }),
      ...decide.logModelMetrics(facts, { id, models }),
    ])
  }

  #logBatch(batch: Batch): Promise<void> {
    const { id } = this
    const now = this.#parts.clock()
    const { metrics, points, params, tags } = batchOf(batch, now)
    const models = metricsOfModels(points, id, now)
    return this.#write((facts) => [
      ...decide.logParams(facts, { id, params }),
      ...decide.logMetrics(facts, { id, metrics }),
      ...decide.logModelMetrics(facts, { id, models }),
      ...decide.setTags(facts, { id, tags }),
    ])
  }

  async #write(rule: Rule): Promise<void> {
    await this.#parts.writer.execute({ decider: this.#parts.decider, decide: rule })
  }

  async #store(path: string, content: ArtifactContent): Promise<ArtifactFile> {
    const file = { path: artifactPath(path), ...(await this.#parts.blobs.put(content)) }
    await this.#write((facts) => decide.logArtifact(facts, { id: this.id, ...file }))
    return file
  }

  /** Parses at once, so that later changes to what the caller passed do no harm, and follows the write. */
  #tracked<T>(task: () => Promise<T>): Promise<T> {
    return this.#writes.track(started(task))
  }
}

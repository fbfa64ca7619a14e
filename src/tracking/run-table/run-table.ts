import { ChangedParts } from '../../kernel/projections/parts.ts'
import { type RunStatus, runStatuses, runStream } from '../events.ts'
import type { ArtifactFile, Lifecycle, MetricSummary, RunRecord } from '../run.ts'
import { blockRows } from './cells.ts'
import { ColumnKeys } from './column-keys.ts'
import { Dictionary } from './dictionary.ts'
import { MetricColumn } from './metric-column.ts'
import { type Extras, extrasOf, metricsOf, NAME_TAG, tagsOf, textsOf } from './run-record.ts'
import { TextColumn } from './text-column.ts'
import { bytes, codes, floats, Integers } from './vectors.ts'

const STREAM_PREFIX = runStream('').length

/** What a run is born with. */
export interface NewRow {
  readonly stream: string
  readonly experiment: string
  readonly name: string
  readonly user: string
  readonly position: number
}

/**
 * Every run as it stands, by columns and in memory: the state of the run fold, and what search scans.
 *
 * Rows are numbered from 0 in the order in which runs were started, and a run keeps its row for ever.
 * Numbers lie in typed arrays, strings behind dictionary codes, one column per param, tag and metric key.
 */
export class RunTable {
  size = 0
  /** How many rows there will be, while a checkpoint is loaded. */
  expected = 0
  /** By row: `run:` and the id, as events have it. Kept once, for the table and its index. */
  readonly streams: string[] = []
  readonly names: string[] = []
  /** By row: whether the run has the tag that holds its name. */
  readonly nameTagged = bytes()
  readonly experiments = new Dictionary()
  readonly experimentCodes = codes()
  readonly users = new Dictionary()
  readonly userCodes = codes()
  /** By row: index into `runStatuses`. */
  readonly statuses = bytes()
  readonly deleted = bytes()
  /** By row, ms since the epoch; NaN where it is null. */
  readonly startTimes = floats()
  readonly endTimes = floats()
  /** By row: positions of the first and the latest event. */
  readonly created = new Integers()
  readonly changed = new Integers()
  readonly params = new Map<string, TextColumn>()
  readonly tags = new Map<string, TextColumn>()
  readonly metrics = new Map<string, MetricColumn>()
  /** By row: what few runs have. */
  readonly extras = new Map<number, Extras>()
  /** Which columns the runs of an experiment use. */
  readonly keys = new ColumnKeys()
  /** The blocks of rows that changed since a checkpoint took them. */
  readonly changedBlocks = new ChangedParts()
  readonly #rows = new Map<string, number>()
  /** What was looked up last: events of one run often come together. */
  #lastStream = ''
  #lastRow: number | undefined

  /** The row of a run, if there is one with that id. */
  rowOf(id: string): number | undefined {
    return this.#rows.get(runStream(id))
  }

  /** The row of a run by the name of its stream. */
  rowOfStream(stream: string): number | undefined {
    if (stream !== this.#lastStream || this.#lastRow === undefined) {
      this.#lastRow = this.#rows.get(stream)
      this.#lastStream = stream
    }
    return this.#lastRow
  }

  idOf(row: number): string {
    return (this.streams[row] ?? '').slice(STREAM_PREFIX)
  }

  nameOf(row: number): string {
    return this.names[row] ?? ''
  }

  experimentId(row: number): string {
    return this.experiments.values[this.experimentCodes.at(row)] ?? ''
  }

  user(row: number): string {
    return this.users.values[this.userCodes.at(row)] ?? ''
  }

  status(row: number): RunStatus {
    return runStatuses[this.statuses.at(row)] ?? 'RUNNING'
  }

  lifecycle(row: number): Lifecycle {
    return this.deleted.at(row) === 0 ? 'active' : 'deleted'
  }

  startTime(row: number): number | null {
    return orNull(this.startTimes.at(row))
  }

  endTime(row: number): number | null {
    return orNull(this.endTimes.at(row))
  }

  /** Position of the run's first event. */
  createdAt(row: number): number {
    return this.created.at(row)
  }

  /** Position of the run's latest event. */
  changedAt(row: number): number {
    return this.changed.at(row)
  }

  param(row: number, key: string): string | undefined {
    return this.params.get(key)?.get(row)
  }

  tag(row: number, key: string): string | undefined {
    if (key === NAME_TAG) return this.nameTagged.at(row) === 0 ? undefined : this.nameOf(row)
    return this.tags.get(key)?.get(row)
  }

  metric(row: number, key: string): MetricSummary | undefined {
    const column = this.metrics.get(key)
    return column?.summary(column.slots.slotOf(row))
  }

  artifact(row: number, path: string): ArtifactFile | undefined {
    return this.extras.get(row)?.artifacts?.get(path)
  }

  /** The run as a plain object; keys, and the paths of artifacts, are sorted. */
  record(row: number, experimentName: (id: string) => string): RunRecord {
    const keys = this.keys.of(this.experimentCodes.at(row))
    const experimentId = this.experimentId(row)
    return {
      id: this.idOf(row),
      name: this.nameOf(row),
      experiment: experimentName(experimentId),
      experimentId,
      user: this.user(row),
      status: this.status(row),
      lifecycle: this.lifecycle(row),
      startTime: this.startTime(row),
      endTime: this.endTime(row),
      params: textsOf(keys.params, row),
      metrics: metricsOf(keys.metrics, row),
      tags: tagsOf(keys.tags, row, this.tag(row, NAME_TAG)),
      ...extrasOf(this.extras.get(row) ?? {}),
      createdAt: this.createdAt(row),
      changedAt: this.changedAt(row),
    }
  }

  /** Makes a row; everything else about the run is then set on it. */
  add({ stream, experiment, name, user, position }: NewRow): number {
    const row = this.size++
    for (const vector of this.vectors) vector.reserve(this.size)
    this.addStream(stream, row)
    this.names.push(name)
    this.experimentCodes.data[row] = this.experiments.acquire(experiment)
    this.userCodes.data[row] = this.users.acquire(user)
    this.startTimes.data[row] = Number.NaN
    this.endTimes.data[row] = Number.NaN
    this.created.set(row, position)
    this.setChanged(row, position)
    return row
  }

  /** The latest event of a run is the one at a position. */
  setChanged(row: number, position: number): void {
    this.changed.set(row, position)
    this.changedBlocks.add(Math.floor(row / blockRows))
  }

  /** Makes room for so many rows. */
  expect(rows: number): void {
    this.expected = rows
    for (const vector of this.vectors) vector.make(rows)
  }

  /** Makes rows, as a checkpoint has them; everything else about the runs is then set on them. */
  extend(streams: readonly string[], names: readonly string[]): void {
    const from = this.size
    this.size += streams.length
    for (const vector of this.vectors) vector.reserve(this.size)
    for (const [index, stream] of streams.entries()) {
      this.addStream(stream, from + index)
      this.names.push(names[index] ?? '')
    }
  }

  addStream(stream: string, row: number): void {
    this.#rows.set(stream, row)
    this.streams[row] = stream
  }

  setParam(row: number, key: string, value: string): void {
    const column = columnOf(this.params, key, TextColumn)
    column.set(row, value)
    this.keys.noteParam(column, this.experimentCodes.at(row))
  }

  setTag(row: number, key: string, value: string): void {
    if (key === NAME_TAG) {
      this.setName(row, value)
      return
    }
    const column = columnOf(this.tags, key, TextColumn)
    column.set(row, value)
    this.keys.noteTag(column, this.experimentCodes.at(row))
  }

  deleteTag(row: number, key: string): void {
    if (key === NAME_TAG) this.nameTagged.data[row] = 0
    else this.tags.get(key)?.delete(row)
  }

  /** Sets the name, and with it the tag that holds it. */
  setName(row: number, name: string): void {
    this.names[row] = name
    this.nameTagged.data[row] = 1
  }

  /** The column of a metric, made if it is new, for points of one run. */
  metricColumn(row: number, key: string): MetricColumn {
    const column = columnOf(this.metrics, key, MetricColumn)
    this.keys.noteMetric(column, this.experimentCodes.at(row))
    return column
  }

  /** What few runs have, made if this run had nothing of it. */
  extra(row: number): Extras {
    const known = this.extras.get(row)
    if (known !== undefined) return known
    const made: Extras = {}
    this.extras.set(row, made)
    return made
  }

  /** What has one number per row, beside codes. */
  get numbers() {
    const { nameTagged, statuses, deleted, startTimes, endTimes, created, changed } = this
    return [nameTagged, statuses, deleted, startTimes, endTimes, created, changed] as const
  }

  /** What has one number per row. */
  get vectors() {
    return [...this.numbers, this.experimentCodes, this.userCodes] as const
  }
}

const orNull = (time: number): number | null => (Number.isNaN(time) ? null : time)

/** The column of a key, made if it is new. */
export const columnOf = <Column>(
  columns: Map<string, Column>,
  key: string,
  Kind: new (key: string) => Column,
): Column => {
  const known = columns.get(key)
  if (known !== undefined) return known
  const made = new Kind(key)
  columns.set(key, made)
  return made
}

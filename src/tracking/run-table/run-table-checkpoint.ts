import type { DatasetInput } from '../events.ts'
import type { ArtifactFile, ModelOutput } from '../run.ts'
import type { SavedDictionary } from './dictionary.ts'
import { MetricColumn, type SavedMetricColumn } from './metric-column.ts'
import type { Extras } from './run-record.ts'
import { RunTable } from './run-table.ts'
import { type SavedTextColumn, TextColumn } from './text-column.ts'

/** Changes when what `saveRunTable` gives changes: a checkpoint of another version is replayed instead. */
export const runTableVersion = 2

/**
 * A run table as plain data: numbers, strings, arrays, plain objects with fixed keys, `Uint32Array` and
 * `Float64Array`. No key of the user's choice is an object's key.
 */
export interface SavedRunTable {
  readonly version: number
  readonly streams: readonly string[]
  readonly names: readonly string[]
  readonly experiments: SavedDictionary
  readonly users: SavedDictionary
  /** One per number that each row has. */
  readonly rows: readonly Float64Array[]
  readonly params: readonly SavedTextColumn[]
  readonly tags: readonly SavedTextColumn[]
  readonly metrics: readonly SavedMetricColumn[]
  readonly extras: readonly SavedExtras[]
}

interface SavedExtras {
  readonly row: number
  readonly error?: string
  readonly parent?: string
  readonly artifactLocation?: string
  readonly inputs?: readonly DatasetInput[]
  readonly modelInputs?: readonly string[]
  readonly outputs?: readonly ModelOutput[]
  readonly artifacts?: readonly ArtifactFile[]
}

/** The table as plain data, which shares nothing with it. */
export const saveRunTable = (table: RunTable): SavedRunTable => ({
  version: runTableVersion,
  streams: table.streams.slice(),
  names: table.names.slice(),
  experiments: table.experiments.save(),
  users: table.users.save(),
  rows: table.vectors.map((vector) => Float64Array.from(vector.copy(table.size))),
  params: [...table.params.values()].map((column) => column.save()),
  tags: [...table.tags.values()].map((column) => column.save()),
  metrics: [...table.metrics.values()].map((column) => column.save()),
  extras: [...table.extras].map(([row, extras]) => saveExtras(row, extras)),
})

/** A table equal to the saved one. Believes what it is given: check it before by version and digest. */
export const loadRunTable = (plain: unknown): RunTable => {
  // A border: what a checkpoint holds is what `saveRunTable` gave.
  const saved = plain as SavedRunTable
  const table = new RunTable()
  table.size = saved.streams.length
  for (const [row, stream] of saved.streams.entries()) {
    table.names.push(saved.names[row] ?? '')
    table.addStream(stream, row)
  }
  table.experiments.load(saved.experiments)
  table.users.load(saved.users)
  for (const [index, vector] of table.vectors.entries()) vector.load(saved.rows[index] ?? [])
  loadTexts(table, 'params', saved.params)
  loadTexts(table, 'tags', saved.tags)
  for (const each of saved.metrics) {
    const column = new MetricColumn(each.key)
    column.load(each)
    table.metrics.set(each.key, column)
    column.slots.each((row) => table.keys.noteMetric(column, table.experimentCodes.at(row)))
  }
  for (const each of saved.extras) table.extras.set(each.row, loadExtras(each))
  return table
}

const loadTexts = (
  table: RunTable,
  kind: 'params' | 'tags',
  saved: readonly SavedTextColumn[],
): void => {
  for (const each of saved) {
    const column = new TextColumn(each.key)
    column.load(each)
    table[kind].set(each.key, column)
    column.slots.each((row) => {
      const experiment = table.experimentCodes.at(row)
      if (kind === 'params') table.keys.noteParam(column, experiment)
      else table.keys.noteTag(column, experiment)
    })
  }
}

/** Keys in one order, whatever came first: equal tables are saved as equal bytes. */
const saveExtras = (row: number, extras: Extras): SavedExtras => {
  const { error, parent, artifactLocation, inputs, modelInputs, outputs, artifacts } = extras
  return {
    row,
    ...(error === undefined ? {} : { error }),
    ...(parent === undefined ? {} : { parent }),
    ...(artifactLocation === undefined ? {} : { artifactLocation }),
    ...(inputs === undefined ? {} : { inputs }),
    ...(modelInputs === undefined ? {} : { modelInputs }),
    ...(outputs === undefined ? {} : { outputs }),
    ...(artifacts === undefined ? {} : { artifacts: [...artifacts.values()] }),
  }
}

const loadExtras = (saved: SavedExtras): Extras => {
  const { row: _row, artifacts, inputs, modelInputs, outputs, ...texts } = saved
  return {
    ...texts,
    ...(inputs === undefined ? {} : { inputs: inputs.slice() }),
    ...(modelInputs === undefined ? {} : { modelInputs: modelInputs.slice() }),
    ...(outputs === undefined ? {} : { outputs: outputs.slice() }),
    ...(artifacts === undefined
      ? {}
      : { artifacts: new Map(artifacts.map((file) => [file.path, file])) }),
  }
}

import type { EncodedColumn } from '../../kernel/events/columns.ts'
import type { DatasetInput } from '../events.ts'
import type { ArtifactFile, ModelOutput } from '../run.ts'
import {
  blockRows,
  loadNumbers,
  type Rows,
  type SavedTexts,
  saveNumbers,
  saveTexts,
  usesOf,
} from './cells.ts'
import type { Dictionary } from './dictionary.ts'
import { MetricColumn, type SavedMetrics } from './metric-column.ts'
import type { Extras } from './run-record.ts'
import { columnOf, type RunTable } from './run-table.ts'
import { type SavedColumn, TextColumn } from './text-column.ts'
import type { Vector } from './vectors.ts'

/**
 * Neighbouring rows of the run table as plain data, all that is known of them: numbers, strings, arrays, byte
 * arrays and plain objects with fixed keys. No key of the user's choice is an object's key.
 */
export interface SavedRows {
  readonly streams: readonly string[]
  readonly names: readonly string[]
  readonly experiments: SavedTexts
  readonly users: SavedTexts
  /** One per number that each row has. */
  readonly numbers: readonly EncodedColumn[]
  readonly params: readonly SavedColumn[]
  readonly tags: readonly SavedColumn[]
  readonly metrics: readonly SavedMetrics[]
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

const rangeOf = ({ from, to }: Rows): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index)

interface Keyed {
  readonly key: string
}

/** The columns that some rows use, by key: the same order however the table came to be. */
const columnsOf = <C extends Keyed>(lists: Iterable<readonly C[]>): C[] => {
  const columns = new Set<C>()
  for (const list of lists) for (const column of list) columns.add(column)
  return [...columns].sort((a, b) => Number(a.key > b.key) - Number(a.key < b.key))
}

const saveColumns = <C extends Keyed, Saved>(
  lists: Iterable<readonly C[]>,
  save: (column: C) => Saved | undefined,
): Saved[] => {
  const saved: Saved[] = []
  for (const column of columnsOf(lists)) {
    const cells = save(column)
    if (cells !== undefined) saved.push(cells)
  }
  return saved
}

/** A block of rows as plain data, which shares nothing with the table. */
export const saveRows = (table: RunTable, block: number): SavedRows => {
  const rows = { from: block * blockRows, to: Math.min(table.size, (block + 1) * blockRows) }
  const range = rangeOf(rows)
  const experiments = new Set(range.map((row) => table.experimentCodes.at(row)))
  const keys = Array.from(experiments, (code) => table.keys.of(code))
  return {
    streams: table.streams.slice(rows.from, rows.to),
    names: table.names.slice(rows.from, rows.to),
    experiments: saveTexts(range.map((row) => table.experimentId(row))),
    users: saveTexts(range.map((row) => table.user(row))),
    numbers: table.numbers.map((vector) => saveNumbers(range, (row) => vector.at(row))),
    params: saveColumns(
      keys.map(({ params }) => params),
      (column) => column.save(rows),
    ),
    tags: saveColumns(
      keys.map(({ tags }) => tags),
      (column) => column.save(rows),
    ),
    metrics: saveColumns(
      keys.map(({ metrics }) => metrics),
      (column) => column.save(rows),
    ),
    extras: range.flatMap((row) => {
      const extras = table.extras.get(row)
      return extras === undefined ? [] : [saveExtras(row, extras)]
    }),
  }
}

/** Adds rows after those that are there. Believes what it is given: check it before by version and digest. */
export const loadRows = (table: RunTable, saved: SavedRows): void => {
  const from = table.size
  table.extend(saved.streams, saved.names)
  loadCodes(table.experimentCodes, { dictionary: table.experiments, from }, saved.experiments)
  loadCodes(table.userCodes, { dictionary: table.users, from }, saved.users)
  for (const [index, vector] of table.numbers.entries()) {
    const numbers = saved.numbers[index]
    if (numbers !== undefined) vector.put(from, loadNumbers(numbers))
  }
  loadColumns(table, from, saved)
  for (const each of saved.extras) table.extras.set(each.row, loadExtras(each))
}

const loadColumns = (table: RunTable, from: number, saved: SavedRows): void => {
  const { keys } = table
  for (const each of saved.params) {
    const column = columnOf(table.params, each.key, TextColumn)
    column.load(from, each, table.expected)
    for (const code of usersOf(table, column, from)) keys.noteParam(column, code)
  }
  for (const each of saved.tags) {
    const column = columnOf(table.tags, each.key, TextColumn)
    column.load(from, each, table.expected)
    for (const code of usersOf(table, column, from)) keys.noteTag(column, code)
  }
  for (const each of saved.metrics) {
    const column = columnOf(table.metrics, each.key, MetricColumn)
    column.load(from, each, table.expected)
    for (const code of usersOf(table, column, from)) keys.noteMetric(column, code)
  }
}

/** Codes of the experiments whose runs, from a row on, have a cell in a column. */
const usersOf = (
  { experimentCodes, size }: RunTable,
  column: TextColumn | MetricColumn,
  from: number,
): Set<number> => {
  const codes = new Set<number>()
  let latest = -1
  for (let row = from; row < size; row++) {
    const code = experimentCodes.at(row)
    if (code === latest || !column.has(row)) continue
    codes.add(code)
    latest = code
  }
  return codes
}

const loadCodes = (
  codes: Vector<Uint32Array>,
  { dictionary, from }: { readonly dictionary: Dictionary; readonly from: number },
  saved: SavedTexts,
): void => {
  const uses = usesOf(saved)
  const known = saved.values.map((value, at) => dictionary.acquire(value, uses[at]))
  codes.put(
    from,
    Uint32Array.from(saved.codes, (code) => known[code] ?? 0),
  )
}

/** Keys in one order, whatever came first: equal tables are saved as equal bytes. */
const saveExtras = (row: number, extras: Extras): SavedExtras => {
  const { error, parent, artifactLocation, inputs, modelInputs, outputs, artifacts } = extras
  return {
    row,
    ...(error === undefined ? {} : { error }),
    ...(parent === undefined ? {} : { parent }),
    ...(artifactLocation === undefined ? {} : { artifactLocation }),
    ...(inputs === undefined ? {} : { inputs: inputs.slice() }),
    ...(modelInputs === undefined ? {} : { modelInputs: modelInputs.slice() }),
    ...(outputs === undefined ? {} : { outputs: outputs.slice() }),
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

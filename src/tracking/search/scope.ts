import type { RunTable } from '../run-table/run-table.ts'
import { addRow, emptyRows, type RowSet } from './row-set.ts'

/** What a search wants to know of an experiment. */
export interface ExperimentFacts {
  readonly name: string
  readonly deleted: boolean
  /** Where the artifacts of its runs are, unless a run says otherwise. */
  readonly artifactLocation?: string | undefined
}

/** One table with the facts of its experiments, by their code in the table. */
export interface Scope {
  readonly table: RunTable
  readonly experiments: readonly ExperimentFacts[]
}

export interface ScopeQuery {
  /** Ids of the experiments to look in; all unless given. */
  readonly experiments?: ReadonlySet<string> | undefined
  /** A run of a deleted experiment counts as deleted. */
  readonly lifecycle: 'active' | 'deleted' | 'all'
  readonly experiment: (id: string) => ExperimentFacts
}

const NONE: ExperimentFacts = { name: '', deleted: false }

export const scopeOf = (table: RunTable, experiment: ScopeQuery['experiment']): Scope => ({
  table,
  // Code 0 stands for no experiment.
  experiments: table.experiments.values.map((id, code) => (code === 0 ? NONE : experiment(id))),
})

export const experimentOf = ({ table, experiments }: Scope, row: number): ExperimentFacts =>
  experiments[table.experimentCodes.at(row)] ?? NONE

/** A run counts as deleted when it is, or when its experiment is. */
export const isDeleted = (scope: Scope, row: number): boolean =>
  scope.table.deleted.at(row) !== 0 || experimentOf(scope, row).deleted

const NO_RUN = 0
const EVERY_RUN = 1
const ACTIVE_RUNS = 2
const DELETED_RUNS = 3

/** The rows that a search looks at. */
export const rowsInScope = (scope: Scope, query: ScopeQuery): RowSet => {
  const { table } = scope
  // Decided once per experiment.
  const wanted = Uint8Array.from(table.experiments.values, (id, code) => {
    if (query.experiments?.has(id) === false) return NO_RUN
    if (query.lifecycle === 'all') return EVERY_RUN
    const wantsDeleted = query.lifecycle === 'deleted'
    if (scope.experiments[code]?.deleted === true) return wantsDeleted ? EVERY_RUN : NO_RUN
    return wantsDeleted ? DELETED_RUNS : ACTIVE_RUNS
  })
  const codes = table.experimentCodes.data
  const deleted = table.deleted.data
  const rows = emptyRows(table.size)
  for (let row = 0; row < table.size; row++) {
    const which = wanted[codes[row] ?? 0] ?? NO_RUN
    const isIn = which === EVERY_RUN || which === (deleted[row] === 0 ? ACTIVE_RUNS : DELETED_RUNS)
    if (isIn) addRow(rows, row)
  }
  return rows
}

import type { RunTable } from '../run-table/run-table.ts'
import { type RowSet, rowsThat } from './row-set.ts'

/** What a search wants to know of an experiment. */
export interface ExperimentFacts {
  readonly name: string
  readonly deleted: boolean
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

/** The rows that a search looks at. */
export const rowsInScope = (scope: Scope, query: ScopeQuery): RowSet => {
  const { table } = scope
  const isWanted = table.experiments.values.map((id) => query.experiments?.has(id) ?? true)
  const { lifecycle } = query
  return rowsThat(table.size, (row) => {
    if (isWanted[table.experimentCodes.at(row)] !== true) return false
    return lifecycle === 'all' || isDeleted(scope, row) === (lifecycle === 'deleted')
  })
}

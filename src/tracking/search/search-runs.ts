import type { RunTable } from '../run-table/run-table.ts'
import type { Filter, OrderBy } from './filter.ts'
import { type Hit, rankingOf } from './ranking.ts'
import { eachRowDown } from './row-set.ts'
import { rowsInScope, type ScopeQuery, scopeOf } from './scope.ts'
import { select } from './select.ts'

/** Runs to look in. A view of the past is a masked table and a small one of the runs that changed since. */
export interface RunSource {
  readonly table: RunTable
  /** Whether a row counts; all do unless given. */
  readonly visible?: ((row: number) => boolean) | undefined
}

export interface CompiledQuery extends ScopeQuery {
  readonly filter?: Filter | undefined
  readonly orderBy: readonly OrderBy[]
  readonly offset: number
  readonly limit: number
}

export interface SearchResult {
  /** Best first. */
  readonly hits: readonly Hit[]
  /** Whether there are hits after these. */
  readonly more: boolean
}

/**
 * Finds the runs that meet a filter, in a total order: the given fields, then start time (latest first),
 * then run id. Costs a pass over the columns that the filter names, and memory for offset + limit hits.
 */
export const searchRuns = (sources: readonly RunSource[], query: CompiledQuery): SearchResult => {
  const { filter, offset, limit } = query
  const ranking = rankingOf(query.orderBy, offset + limit)
  let found = 0
  for (const { table, visible } of sources) {
    const scope = scopeOf(table, query.experiment)
    const candidates = rowsInScope(scope, query)
    const matching = filter === undefined ? candidates : select(scope, filter, candidates)
    const offer = ranking.offers(scope)
    // Latest first, as most orders want them: then nearly all later candidates lose at once.
    eachRowDown(matching, (row) => {
      if (visible !== undefined && !visible(row)) return
      found++
      offer(row)
    })
  }
  return { hits: ranking.best().slice(offset), more: found > offset + limit }
}

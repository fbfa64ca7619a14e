import type { DatasetInput } from '../events.ts'
import type { Dictionary } from '../run-table/dictionary.ts'
import type { RowSlots } from '../run-table/row-slots.ts'
import { NAME_TAG } from '../run-table/run-record.ts'
import type { TextColumn } from '../run-table/text-column.ts'
import type { Comparison, DatasetKey, Filter, TextAttribute, TextField } from './filter.ts'
import { matchNumber, matchText, type TextMatch } from './match.ts'
import { metricCells, numberReader, readerOf, textReader } from './readers.ts'
import { addRow, hasRow, keepRows, type RowSet, unite, without } from './row-set.ts'
import type { Scope } from './scope.ts'

/** The tag of a dataset input that says what it was used for. */
const DATASET_CONTEXT = 'mlflow.data.context'

/**
 * The rows of a set that meet a filter.
 *
 * Goes column by column, not row by row: each condition narrows the set that the next one looks at.
 */
export const select = (scope: Scope, filter: Filter, within: RowSet): RowSet => {
  switch (filter.kind) {
    case 'and':
      return filter.terms.reduce((left, term) => select(scope, term, left), within)
    case 'or': {
      const found = new Uint32Array(within.length)
      let left = within
      for (const term of filter.terms) {
        unite(found, select(scope, term, left))
        left = without(left, found)
      }
      return found
    }
    case 'not':
      return without(within, select(scope, filter.term, within))
    default:
      return selectComparison(scope, filter, within)
  }
}

const selectComparison = (scope: Scope, comparison: Comparison, within: RowSet): RowSet => {
  switch (comparison.kind) {
    case 'number':
      return selectNumber(scope, comparison, within)
    case 'null': {
      const read = readerOf(scope, comparison.field)
      const { negated } = comparison
      return keepRows(within, scope.table.size, (row) => (read(row) === undefined) !== negated)
    }
    case 'text':
    case 'in': {
      const { field } = comparison
      const match = matchText(comparison)
      if (field.kind === 'dataset') return selectDataset(scope, { key: field.key, match }, within)
      return selectText(scope, { field, match }, within)
    }
  }
}

const selectNumber = (
  scope: Scope,
  { field, operator, value }: Extract<Comparison, { kind: 'number' }>,
  within: RowSet,
): RowSet => {
  const test = matchNumber(operator, value)
  if (field.kind === 'number-attribute') {
    const read = numberReader(scope, field)
    return keepRows(within, scope.table.size, (row) => {
      const found = read(row)
      return found !== undefined && test(found)
    })
  }
  const column = scope.table.metrics.get(field.key)
  if (column === undefined) return new Uint32Array(within.length)
  const shape = column.shape.data
  const read = metricCells(column, field.aggregate)
  return keepCells(column.slots, within, (slot) => shape[slot] !== 0 && test(read(slot)))
}

interface TextCondition {
  readonly field: TextField
  readonly match: TextMatch
}

const selectText = (scope: Scope, { field, match }: TextCondition, within: RowSet): RowSet => {
  const isColumn = field.kind === 'param' || (field.kind === 'tag' && field.key !== NAME_TAG)
  if (isColumn) {
    const columns = field.kind === 'param' ? scope.table.params : scope.table.tags
    const column = columns.get(field.key)
    return column === undefined
      ? new Uint32Array(within.length)
      : selectCodes(column, match, within)
  }
  const read = textReader(scope, field)
  const test =
    field.kind === 'text-attribute' && isShared(field.name) ? remember(match) : match.test
  return keepRows(within, scope.table.size, (row) => {
    const found = read(row)
    return found !== undefined && test(found)
  })
}

/** Decides once per distinct value, then compares codes only. */
const selectCodes = (column: TextColumn, match: TextMatch, within: RowSet): RowSet => {
  const isMatch = matchingCodes(column.dictionary, match)
  const codes = column.codes.data
  return keepCells(column.slots, within, (slot) => isMatch[codes[slot] ?? 0] === 1)
}

const matchingCodes = (dictionary: Dictionary, { only, test }: TextMatch): Uint8Array => {
  const isMatch = new Uint8Array(dictionary.values.length)
  if (only !== undefined) {
    for (const value of only) isMatch[dictionary.find(value)] = 1
  } else {
    for (const [code, value] of dictionary.values.entries()) {
      if (dictionary.isUsed(code) && test(value)) isMatch[code] = 1
    }
  }
  // Code 0 is "the run lacks the key", and what `find` gives for a value that no run has.
  isMatch[0] = 0
  return isMatch
}

/** The rows of a set whose cell passes a test: over the set where the column is dense, else over its cells. */
const keepCells = (slots: RowSlots, within: RowSet, test: (slot: number) => boolean): RowSet => {
  const { rows } = slots
  if (rows === undefined) return keepRows(within, slots.length, test)
  const kept = new Uint32Array(within.length)
  for (let slot = 0; slot < slots.length; slot++) {
    const row = rows[slot] ?? 0
    if (hasRow(within, row) && test(slot)) addRow(kept, row)
  }
  return kept
}

/** Attributes that many runs have the same value of. */
const isShared = (name: TextAttribute): boolean =>
  name !== 'run_id' && name !== 'run_name' && name !== 'artifact_uri' && name !== 'parent_run_id'

const remember = ({ test }: TextMatch): TextMatch['test'] => {
  const known = new Map<string, boolean>()
  return (value) => {
    const before = known.get(value)
    if (before !== undefined) return before
    const now = test(value)
    known.set(value, now)
    return now
  }
}

/** A run matches when one of its datasets does. */
const selectDataset = (
  { table }: Scope,
  { key, match }: { readonly key: DatasetKey; readonly match: TextMatch },
  within: RowSet,
): RowSet => {
  const found = new Uint32Array(within.length)
  for (const [row, { inputs }] of table.extras) {
    if (!hasRow(within, row)) continue
    const isMatch = inputs?.some((input) => {
      const value = datasetValue(input, key)
      return value !== undefined && match.test(value)
    })
    if (isMatch === true) addRow(found, row)
  }
  return found
}

const datasetValue = (input: DatasetInput, key: DatasetKey): string | undefined =>
  key === 'context' ? input.tags.find(([tag]) => tag === DATASET_CONTEXT)?.[1] : input[key]

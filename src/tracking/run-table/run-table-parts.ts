import type { Parts } from '../../kernel/projections/parts.ts'
import { blockRows } from './cells.ts'
import { loadRows, type SavedRows, saveRows } from './row-block.ts'
import type { RunTable } from './run-table.ts'

/** Changes when what a block is saved as changes: a checkpoint of another version is replayed instead. */
export const runTableVersion = 3

/** How the run table lies in a checkpoint: by blocks of rows. */
export const runTableParts: Parts<RunTable> = {
  count: ({ size }) => Math.ceil(size / blockRows),
  changed: ({ changedBlocks }) => changedBlocks,
  save: saveRows,
  expect: (table, parts) => table.expect(parts * blockRows),
  // `as`: what a checkpoint holds is what `saveRows` gave.
  load: (table, saved) => loadRows(table, saved as SavedRows),
}

import type { CommandRun } from '../command.ts'
import { tell } from '../io.ts'
import { printList } from '../output/print.ts'
import { runColumns } from '../run-columns.ts'
import type { Values } from '../values.ts'
import { withView } from '../with-store.ts'

/** Where runs are looked for, as it was typed. */
export const scopeOf = (
  values: Values,
): { readonly filter?: string; readonly experiments?: readonly string[] } => {
  const filter = values.text('filter')
  const experiments = values.list('experiment')
  return {
    ...(filter === undefined ? {} : { filter }),
    ...(experiments.length === 0 ? {} : { experiments }),
  }
}

export const run: CommandRun = async ({ values }) => {
  const limit = values.whole('limit', 1) ?? 100
  const columns = runColumns(values.list('cols'))
  const query = { ...scopeOf(values), orderBy: values.list('sort'), limit }
  const { rows, nextPageToken } = await withView(values, (view) => view.runs.search(query))
  await printList(values, { name: 'runs', items: rows, columns })
  if (nextPageToken !== undefined)
    tell(`There are more than ${limit}. Say --limit for more of them.`)
  return undefined
}

import type { CommandRun } from '../command.ts'
import { cliError } from '../errors.ts'
import { printList } from '../output/print.ts'
import { metricOf, runColumns } from '../run-columns.ts'
import { withView } from '../with-store.ts'
import { scopeOf } from './runs-ls.ts'

export const run: CommandRun = async ({ values }) => {
  const metric = values.text('metric')
  if (metric === undefined)
    throw cliError('USAGE', 'The best run by what? Say it with --metric, such as --metric auc@max.')
  const { key, aggregate } = metricOf(metric)
  const least = values.flag('least') || aggregate === 'min'
  const field = `metrics.\`${key}\`@${aggregate}`
  const limit = values.whole('limit', 1) ?? 1
  const query = { ...scopeOf(values), orderBy: [`${field} ${least ? 'asc' : 'desc'}`], limit }
  const { rows } = await withView(values, (view) => view.runs.search(query))
  // Runs without the metric come last, and are not the best by it.
  const items = rows.filter(({ metrics }) => metrics[key] !== undefined)
  if (items.length === 0) throw nobody(key)
  const columns = runColumns([`metrics.${metric}`, 'experiment', 'status', 'started'])
  await printList(values, { name: 'runs', items, columns })
  return undefined
}

const nobody = (metric: string): Error =>
  cliError('NO_RUN', `None of these runs has the metric "${metric}".`, { data: { metric } })

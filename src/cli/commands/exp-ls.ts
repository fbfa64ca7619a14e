import type { CommandRun } from '../command.ts'
import { printList, timeText } from '../output/print.ts'
import { withView } from '../with-store.ts'

export const run: CommandRun = async ({ values }) => {
  const lifecycle = values.flag('all') ? 'all' : 'active'
  const items = await withView(values, (view) => view.experiments.list({ lifecycle }))
  await printList(values, {
    name: 'experiments',
    items,
    columns: [
      ['id', ({ id }) => id],
      ['name', ({ name }) => name],
      ['state', (experiment) => experiment.lifecycle],
      ['created', ({ creationTime }) => timeText(creationTime)],
    ],
  })
  return undefined
}

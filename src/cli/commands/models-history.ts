import type { CommandRun } from '../command.ts'
import { printList, timeText } from '../output/print.ts'
import { withView } from '../with-store.ts'

export const run: CommandRun = async ({ args: [name = ''], values }) => {
  const items = await withView(values, ({ registry }) => registry.history(name))
  await printList(values, {
    name: 'transitions',
    items,
    columns: [
      ['position', ({ position }) => position],
      ['at', ({ at }) => timeText(at)],
      ['version', ({ version }) => version],
      ['from', ({ from }) => from],
      ['to', ({ to }) => to],
      ['by', ({ by }) => by],
      ['cause', ({ cause }) => cause],
      ['comment', ({ comment }) => comment],
    ],
  })
  return undefined
}

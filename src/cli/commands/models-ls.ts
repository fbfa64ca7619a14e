import type { CommandRun } from '../command.ts'
import { printList, timeText } from '../output/print.ts'
import { withView } from '../with-store.ts'

/** Pairs on one line: `Production: 7, Staging: 9`. */
export const pairsText = (pairs: Readonly<Record<string, number>>): string =>
  Object.entries(pairs)
    .map(([name, version]) => `${name}: ${version}`)
    .join(', ')

export const run: CommandRun = async ({ values }) => {
  const items = await withView(values, (view) => view.registry.list())
  await printList(values, {
    name: 'models',
    items,
    columns: [
      ['name', ({ name }) => name],
      ['versions', ({ versionCount }) => versionCount],
      ['current', ({ current }) => pairsText(current)],
      ['aliases', ({ aliases }) => pairsText(aliases)],
      ['changed', ({ changedTime }) => timeText(changedTime)],
    ],
  })
  return undefined
}

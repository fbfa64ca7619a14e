import type { CommandRun } from '../command.ts'
import { printFacts, timeText } from '../output/print.ts'
import { withStore } from '../with-store.ts'

export const run: CommandRun = async ({ values }) => {
  const info = await withStore(values, (varve) => varve.log.info())
  await printFacts(values, { log: info }, [
    ['store', info.folder],
    ['id', info.id],
    ['created', timeText(info.createdAt)],
    ['events', info.events],
    ['commits', info.commits],
    ['position', info.position],
    ['head', info.head],
    ['bytes', info.bytes],
    ['durability', info.durability],
  ])
  return undefined
}

import { storePath } from '#platform'
import { open } from '../../open.ts'
import type { CommandRun } from '../command.ts'
import { printFacts } from '../output/print.ts'
import { hasStore } from '../with-store.ts'

export const run: CommandRun = async ({ args: [path = '.varve'], values }) => {
  const folder = storePath(path)
  const made = !(await hasStore(folder))
  const durability = values.text('durability')
  const options = durability === 'os' || durability === 'fsync' ? ({ durability } as const) : {}
  await using varve = await open(folder, options)
  const info = await varve.log.info()
  await printFacts(values, { store: { folder, made, id: info.id, durability: info.durability } }, [
    ['store', folder],
    ['id', info.id],
    ['durability', info.durability],
    ['state', made ? 'made' : `was there, with ${info.events} events`],
  ])
  return undefined
}

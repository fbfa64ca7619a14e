import type { CommandRun } from '../command.ts'
import { printCopy } from '../copied.ts'
import { interruption } from '../io.ts'
import { withStore } from '../with-store.ts'

export const run: CommandRun = async ({ args: [to = ''], values }) => {
  const signal = interruption()
  await printCopy(values, await withStore(values, (varve) => varve.backup(to, { signal })))
  return undefined
}

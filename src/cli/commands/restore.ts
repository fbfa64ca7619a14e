import { restore } from '../../keeping/index.ts'
import type { CommandRun } from '../command.ts'
import { newStore, printCopy } from '../copied.ts'
import { interruption } from '../io.ts'

export const run: CommandRun = async ({ args: [from = ''], values }) => {
  await printCopy(values, await restore(from, newStore(values), { signal: interruption() }))
  return undefined
}

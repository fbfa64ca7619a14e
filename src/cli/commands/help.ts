import type { CommandRun } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { print } from '../io.ts'
import { runProgram } from '../program.ts'

export const run: CommandRun = async ({ args, tree }) => {
  if (args.join(' ') !== 'exit-codes') return await runProgram(tree, '', [...args, '--help'])
  const lines = Object.entries(exitCodes).map(
    ([code, meaning]) => `${code.padStart(3)}  ${meaning}`,
  )
  await print(`${lines.join('\n')}\n`)
  return undefined
}

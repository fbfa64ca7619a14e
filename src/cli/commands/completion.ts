import type { CommandRun } from '../command.ts'
import { bashCompletion } from '../completion.ts'
import { cliError } from '../errors.ts'
import { print } from '../io.ts'
import { optionsOf } from '../program.ts'

export const run: CommandRun = async ({ args: [shell = ''], tree }) => {
  if (shell !== 'bash')
    throw cliError('USAGE', `There is no script for "${shell}". There is one for bash.`)
  const words = tree.map((command) => ({
    name: command.name,
    flags: optionsOf(command)
      .filter(({ hidden }) => hidden !== true)
      .flatMap(({ flags }) => flags.match(/--[\w-]+/g) ?? []),
  }))
  await print(bashCompletion(words))
  return undefined
}

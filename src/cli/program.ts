import { Command, CommanderError, Option } from 'commander'
import type { CommandCall, CommandSpec, OptionSpec } from './command.ts'
import { cliError } from './errors.ts'
import type { ExitCode } from './exit-codes.ts'
import { families, optionGroups } from './tree/groups.ts'
import { valuesOf } from './values.ts'

const optionOf = ({ flags, about, default: unless, choices, many, hidden }: OptionSpec): Option => {
  const option = new Option(flags, unless === undefined ? about : `${about} (default: ${unless})`)
  if (choices !== undefined) option.choices([...choices])
  if (many === true) {
    const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
      ...(before ?? []),
      value,
    ]
    option.argParser(collect)
  }
  return hidden === true ? option.hideHelp() : option
}

export const optionsOf = ({ groups = [], options = [] }: CommandSpec): readonly OptionSpec[] => [
  ...options,
  ...groups.flatMap((group) => optionGroups[group]),
]

/** What was typed, without the parser's own names for it. */
const callOf = (command: Command, tree: readonly CommandSpec[]): CommandCall => {
  const given = new Map(
    command.options.flatMap((option): [string, unknown][] => {
      const value: unknown = command.getOptionValue(option.attributeName())
      return value === undefined ? [] : [[option.name().replace(/^no-/, ''), value]]
    }),
  )
  const args: readonly unknown[] = command.processedArgs.flat()
  return {
    args: args.filter((arg): arg is string => typeof arg === 'string'),
    values: valuesOf(given),
    tree,
  }
}

/** What running a command needs beside its own words. */
interface Running {
  readonly tree: readonly CommandSpec[]
  /** Told what it ended with. */
  readonly ended: (exit: ExitCode) => void
}

const addCommand = (parent: Command, spec: CommandSpec, { tree, ended }: Running): void => {
  const word = spec.name.split(' ').at(-1) ?? spec.name
  const command = parent.command(word).description(spec.about)
  for (const [arg, about] of Object.entries(spec.args ?? {})) command.argument(arg, about)
  const options = optionsOf(spec)
  for (const option of options) command.addOption(optionOf(option))
  command.addOption(new Option('--debug', 'Shows where an error came from'))
  // MLflow's `server` has `-h` for `--host`.
  if (options.some(({ flags }) => flags.startsWith('-h,')))
    command.helpOption('--help', 'Shows this')
  else command.helpOption('-h, --help', 'Shows this')
  if (spec.examples !== undefined)
    command.addHelpText(
      'after',
      `\nExamples:\n${spec.examples.map((line) => `  ${line}`).join('\n')}`,
    )
  command.action(async () => {
    const { run } = await spec.load()
    ended((await run(callOf(command, tree))) ?? 0)
  })
}

/** The commands as a tree that the parser walks. */
const programOf = (
  specs: readonly CommandSpec[],
  version: string,
  ended: Running['ended'],
): Command => {
  const program = new Command('varve')
    .description('The record that machine-learning teams can trust.')
    .version(version, '-V, --version', 'Prints the version')
    .helpOption('-h, --help', 'Shows this')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
  const parents = new Map<string, Command>()
  for (const spec of specs) {
    const [family = '', word] = spec.name.split(' ')
    if (word === undefined) {
      addCommand(program, spec, { tree: specs, ended })
      continue
    }
    const known = parents.get(family)
    const parent = known ?? program.command(family).description(families[family] ?? family)
    if (known === undefined) parent.helpCommand(false).helpOption('-h, --help', 'Shows this')
    parents.set(family, parent)
    addCommand(parent, spec, { tree: specs, ended })
  }
  return program
}

const isHelp = ({ code }: CommanderError): boolean =>
  code === 'commander.helpDisplayed' || code === 'commander.version'

/** Parses what was typed and runs it. @throws `USAGE`, and whatever the command throws. */
export const runProgram = async (
  specs: readonly CommandSpec[],
  version: string,
  words: readonly string[],
): Promise<ExitCode> => {
  let exit: ExitCode = 0
  const program = programOf(specs, version, (code) => {
    exit = code
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (isHelp(error)) return 0
    // Without a command the help was shown, on stderr: it was not asked for.
    if (error.code === 'commander.help') return 2
    throw cliError('USAGE', sentence(error.message), { cause: error })
  }
  return exit
}

const sentence = (message: string): string => {
  const text = message.replace(/^error: /, '').trim()
  const [first = '', ...rest] = text.split('\n')
  const ended = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`
  return [ended, ...rest].join(' ')
}

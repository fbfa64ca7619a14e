import type { CommandSpec, OptionSpec } from '../../src/cli/command.ts'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { optionsOf } from '../../src/cli/program.ts'

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<')

const choicesOf = ({ choices, default: unless }: OptionSpec): string => {
  const said = [
    ...(choices === undefined ? [] : [choices.join(', ')]),
    ...(unless === undefined ? [] : [`default: ${unless}`]),
  ]
  return said.length === 0 ? '' : ` (${said.join('; ')})`
}

const rowsOf = (command: CommandSpec): readonly string[] => [
  ...Object.entries(command.args ?? {}).map(([arg, about]) => `| \`${arg}\` | ${escaped(about)} |`),
  ...optionsOf(command)
    .filter(({ hidden }) => hidden !== true)
    .map((option) => {
      const about = escaped(`${option.about}${choicesOf(option)}`)
      return `| \`${option.flags}\` | ${about} |`
    }),
]

const sectionOf = (command: CommandSpec): string => {
  const rows = rowsOf(command)
  const table = rows.length === 0 ? [] : ['', '| | |', '|---|---|', ...rows]
  const examples = command.examples === undefined ? [] : ['', '```text', ...command.examples, '```']
  return [`## varve ${command.name}`, '', escaped(command.about), ...table, ...examples].join('\n')
}

const codes = (): string =>
  Object.entries(exitCodes)
    .map(([code, meaning]) => `| ${code} | ${meaning} |`)
    .join('\n')

/** The page about the command line, from the commands themselves. */
export const commandReference = (commands: readonly CommandSpec[]): string => `# The command line

Made from the commands themselves; \`varve help <command>\` says the same. How they work together is told in
[the guide](../guides/command-line.md). Each takes \`--debug\`, which shows where an error came from.

## Exit codes

| code | when |
|--:|---|
${codes()}

${commands.map(sectionOf).join('\n\n')}
`

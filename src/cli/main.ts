#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { codeOf } from '../kernel/errors.ts'
import type { ExitCode } from './exit-codes.ts'
import { tell } from './io.ts'
import { runProgram } from './program.ts'
import { commands } from './tree/commands.ts'

const versionOf = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const manifest: { readonly version: string } = JSON.parse(text)
  return manifest.version
}

/** Says on stderr what went wrong, and what helps; gives what the process ends with. */
const refused = async (error: unknown, words: readonly string[]): Promise<ExitCode> => {
  const [{ outcomeOf }, { shownText }] = await Promise.all([
    import('./exit-of.ts'),
    import('./io.ts'),
  ])
  const code = codeOf(error)
  const { exit, next } = outcomeOf(code)
  const message = error instanceof Error ? error.message : String(error)
  // A filter is the caller's own text, and shown with a mark below the place; other text may be anybody's.
  const lines = code?.endsWith('_SYNTAX') === true ? message.split('\n') : [message]
  tell(`varve: ${lines.map(shownText).join('\n')}`)
  const help =
    exit === 2 ? `varve ${commandWords(words).join(' ')} --help`.replace('  ', ' ') : next
  if (help !== undefined) tell(`  next: ${help}`)
  if (words.includes('--debug') && error instanceof Error) tell(error.stack ?? '')
  return exit
}

/** The words of the command itself, before its arguments and options. */
const commandWords = (words: readonly string[]): readonly string[] => {
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(' ')
    if (commands.some((command) => command.name === name || command.name.startsWith(`${name} `)))
      return name.split(' ')
  }
  return []
}

const main = async (words: readonly string[]): Promise<ExitCode> => {
  try {
    return await runProgram(commands, versionOf(), words)
  } catch (error) {
    return await refused(error, words)
  }
}

// Who reads what is printed may have read enough: `varve runs ls | head`.
process.stdout.on('error', (error) => process.exit(codeOf(error) === 'EPIPE' ? 0 : 1))
process.exitCode = await main(process.argv.slice(2))

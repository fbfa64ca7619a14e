import { errorsOf } from '../kernel/errors.ts'

/** Every code that the command line itself throws, with its meaning. */
const cliMeanings = {
  USAGE: 'The command line cannot be understood, or asks for what makes no sense.',
  NO_STORE: 'There is no store where one was looked for.',
  FILE_NOT_FOUND: 'A file that was named is not there.',
  FILE_EXISTS: 'A file that would be written is there already.',
  TOKEN_NOT_FOUND: 'No token has the id.',
  NO_RUN: 'No run has what was asked for.',
  NO_CURRENT_VERSION: 'No version holds the stage or the alias.',
  PORT_IN_USE: 'Another process listens at the port.',
  PORT_REFUSED: 'The system does not let this user listen there.',
  ADDRESS_UNSAFE: 'Others could reach the server, and nobody would have to say who they are.',
  NOT_INTACT: 'A check found something broken.',
  INTERRUPTED: 'Ctrl-C was pressed.',
} as const

export type CliCode = keyof typeof cliMeanings

export const cliError = errorsOf(cliMeanings)

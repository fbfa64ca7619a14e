/** What the process ends with, and when. */
export const exitCodes = {
  0: 'It worked.',
  1: 'It failed: the disk, a source that cannot be read. With `diff --exit-code`: something differs.',
  2: 'The command line cannot be understood, or asks for what makes no sense.',
  3: 'What was asked for is not there: the store, a run, a model, a version, a file.',
  4: 'Not allowed: the store is read-only, the port or the folder belongs to others, the address needs a token.',
  5: 'A conflict: the store or the port is in use, a name is taken, something changed meanwhile.',
  6: 'A check failed: the log, an artifact or a copy is not what it should be.',
  130: 'Interrupted with Ctrl-C.',
} as const

export type ExitCode = keyof typeof exitCodes

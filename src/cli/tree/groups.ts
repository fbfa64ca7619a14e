import type { OptionGroup, OptionSpec } from '../command.ts'

const json: OptionSpec = { flags: '--json', about: 'Prints JSON, of a stable shape' }

/** Options that many commands share, by group. */
export const optionGroups: Readonly<Record<OptionGroup, readonly OptionSpec[]>> = {
  store: [
    {
      flags: '--store <folder>',
      about: 'The folder of the store',
      default: 'VARVE_STORE, or the nearest .varve upward',
    },
  ],
  'as-of': [
    {
      flags: '--as-of <moment>',
      about: 'Answers as of then: a position, a date, an instant, now-7d',
      default: 'now',
    },
  ],
  list: [
    {
      flags: '--format <form>',
      about: 'How rows are printed',
      choices: ['table', 'md', 'csv', 'tsv', 'json', 'jsonl'],
    },
    json,
    { flags: '--jsonl', about: 'Prints a line of JSON for each row' },
    { flags: '-q, --quiet', about: 'Prints ids alone' },
  ],
  json: [json],
}

/** What each word stands for that has commands below it. */
export const families: Readonly<Record<string, string>> = {
  exp: 'Experiments',
  runs: 'Runs',
  models: 'Registered models',
  log: 'The log of events',
  import: 'Stores of other tools',
  tokens: 'Tokens for a server that others reach',
}

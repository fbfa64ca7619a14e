import type { CommandSpec } from '../command.ts'

/** Commands about a store as a whole. */
export const storeCommands: readonly CommandSpec[] = [
  {
    name: 'init',
    args: { '[folder]': 'Where; .varve here unless given' },
    about: 'Makes a store.',
    groups: ['json'],
    options: [
      {
        flags: '--durability <level>',
        about: 'What an acknowledged event survives: a power cut, or the death of the process',
        choices: ['fsync', 'os'],
      },
    ],
    load: () => import('../commands/init.ts'),
  },
  {
    name: 'diff',
    about: 'Shows what changed between two moments, and the events that did it.',
    groups: ['store', 'list'],
    options: [
      { flags: '--from <moment>', about: 'A position, a date, an instant, now-7d' },
      { flags: '--to <moment>', about: 'Likewise', default: 'now' },
      { flags: '--exit-code', about: 'Ends with 1 if anything differs' },
    ],
    examples: ['varve diff --from 2026-11-01 --to 2026-11-14 --format md'],
    load: () => import('../commands/diff.ts'),
  },
  {
    name: 'why',
    args: { '<uri>': 'models:/<name>/<stage>, /<version>, /latest or @<alias>' },
    about: 'Says why a model URI means what it means: who moved it, when, and what differs.',
    groups: ['store', 'as-of', 'json'],
    examples: ['varve why models:/churn/Production --as-of 2026-11-14'],
    load: () => import('../commands/why.ts'),
  },
  {
    name: 'log tail',
    about: 'Prints the newest events.',
    groups: ['store'],
    options: [
      { flags: '-n, --lines <number>', about: 'How many', default: '10' },
      { flags: '--type <types>', about: 'Only these types, with commas', many: true },
      { flags: '--stream <stream>', about: 'Only this stream: run:<id>, model:<name>' },
      { flags: '--json', about: 'Prints a line of JSON for each event' },
    ],
    examples: ['varve log tail --type run.started,run.ended --json'],
    load: () => import('../commands/log-tail.ts'),
  },
  {
    name: 'log verify',
    about: 'Checks the chain, every answer against a replay, and the bytes of every artifact.',
    groups: ['store', 'json'],
    load: () => import('../commands/log-verify.ts'),
  },
  {
    name: 'log stats',
    about: 'Shows how large the log is, where it ends, and what it promises.',
    groups: ['store', 'json'],
    load: () => import('../commands/log-stats.ts'),
  },
  {
    name: 'log export',
    about: 'Writes the store to a file: all of it as an archive, or its events as CloudEvents.',
    groups: ['store'],
    options: [
      { flags: '--to <file>', about: 'The file, which must be new; - for stdout' },
      { flags: '--events', about: 'Events alone, as lines of JSON' },
    ],
    examples: ['varve log export --to store.varve', 'varve log export --events --to - | jq .type'],
    load: () => import('../commands/log-export.ts'),
  },
  {
    name: 'log import',
    args: { '<file>': 'What `log export` wrote; - for stdin' },
    about: 'Makes a store from an archive or from exported events, each commit checked.',
    groups: ['json'],
    options: [{ flags: '--store <folder>', about: 'Where, a new folder' }],
    examples: ['varve log import store.varve --store ./copy'],
    load: () => import('../commands/log-import.ts'),
  },
  {
    name: 'import mlflow',
    args: { '<path>': 'An mlruns folder, or an mlflow.db file' },
    about: 'Brings in an MLflow store with its original times; again, it adds what is new.',
    groups: ['store', 'json'],
    options: [
      { flags: '--no-artifacts', about: 'Leaves the bytes of artifacts out' },
      {
        flags: '--artifact-root <folder>',
        about: 'A folder that holds artifacts, beside the source itself',
        many: true,
      },
    ],
    examples: ['varve import mlflow ./mlruns', 'varve import mlflow ./mlflow.db --json'],
    load: () => import('../commands/import-mlflow.ts'),
  },
  {
    name: 'backup',
    args: { '<folder>': 'A new folder' },
    about: 'Copies a store, checked, into a new folder.',
    groups: ['store', 'json'],
    load: () => import('../commands/backup.ts'),
  },
  {
    name: 'restore',
    args: { '<backup>': 'The folder of a backup' },
    about: 'Makes a store from a backup; every commit, event and artifact is checked.',
    groups: ['json'],
    options: [{ flags: '--store <folder>', about: 'Where, a new folder' }],
    load: () => import('../commands/restore.ts'),
  },
  {
    name: 'doctor',
    about: 'Looks at what a store needs: Node, the folder, its rights, its room, its owner.',
    groups: ['store', 'json'],
    load: () => import('../commands/doctor.ts'),
  },
]

/** Commands about the command line itself. */
export const ownCommands: readonly CommandSpec[] = [
  {
    name: 'version',
    about: 'Prints the version of varve and of Node.',
    groups: ['json'],
    load: () => import('../commands/version.ts'),
  },
  {
    name: 'completion',
    args: { '<shell>': 'bash' },
    about: 'Prints a script that completes commands and options in bash.',
    examples: ['source <(varve completion bash)'],
    load: () => import('../commands/completion.ts'),
  },
  {
    name: 'help',
    args: { '[words...]': 'A command, or exit-codes' },
    about: 'Shows how a command is used, or what the exit codes mean.',
    load: () => import('../commands/help.ts'),
  },
]

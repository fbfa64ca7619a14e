import type { CommandSpec, OptionSpec } from '../command.ts'

const filter: OptionSpec = {
  flags: '-f, --filter <text>',
  about: "Which ones, in MLflow's grammar: metrics.auc > 0.9 and params.depth = '8'",
}
const experiment: OptionSpec = {
  flags: '-e, --experiment <names>',
  about: 'Only of these experiments, by name or id; may be given again',
  many: true,
}
const comment: OptionSpec = { flags: '-m, --comment <text>', about: 'Why; history keeps it' }
const actor: OptionSpec = {
  flags: '--actor <name>',
  about: 'Who does it',
  default: 'the user of the system',
}

/** Commands about experiments and runs. */
export const runCommands: readonly CommandSpec[] = [
  {
    name: 'exp ls',
    about: 'Lists experiments, the latest first.',
    groups: ['store', 'as-of', 'list'],
    options: [{ flags: '--all', about: 'Deleted ones too' }],
    load: () => import('../commands/exp-ls.ts'),
  },
  {
    name: 'runs ls',
    about: 'Lists runs, the latest first.',
    groups: ['store', 'as-of', 'list'],
    options: [
      filter,
      experiment,
      {
        flags: '--sort <order>',
        about: 'metrics.auc@max desc; may be given again',
        many: true,
      },
      {
        flags: '--cols <names>',
        about: 'Columns, with commas: metrics.auc, metrics.auc@max, params.depth, tags.team',
        many: true,
      },
      { flags: '-n, --limit <number>', about: 'At most so many', default: '100' },
    ],
    examples: [
      "varve runs ls -f 'metrics.auc@max > 0.9' --sort 'metrics.auc@max desc' --cols metrics.auc@max",
      'varve runs ls --as-of 2026-11-14 --format csv',
    ],
    load: () => import('../commands/runs-ls.ts'),
  },
  {
    name: 'runs show',
    args: { '<id>': 'The id of a run' },
    about: 'Shows a run: its params, metrics, tags, data and artifacts.',
    groups: ['store', 'as-of', 'json'],
    load: () => import('../commands/runs-show.ts'),
  },
  {
    name: 'runs compare',
    args: { '<ids...>': 'Ids of runs' },
    about: 'Puts runs side by side.',
    groups: ['store', 'as-of', 'list'],
    options: [{ flags: '--diff-only', about: 'Leaves out what is the same in all' }],
    examples: ['varve runs compare <id> <id> --diff-only --format md'],
    load: () => import('../commands/runs-compare.ts'),
  },
  {
    name: 'runs best',
    about: 'Finds the best run by a metric.',
    groups: ['store', 'as-of', 'list'],
    options: [
      { flags: '--metric <name>', about: 'auc, auc@max; with @min the least is the best' },
      { flags: '--least', about: 'The least is the best' },
      filter,
      experiment,
      { flags: '-n, --limit <number>', about: 'So many of the best', default: '1' },
    ],
    examples: ['varve runs best --metric auc@max', 'varve runs best --metric loss@min -n 5'],
    load: () => import('../commands/runs-best.ts'),
  },
]

const stage: OptionSpec = { flags: '--stage <stage>', about: 'Which stage', default: 'Production' }

/** Commands about registered models. */
export const modelCommands: readonly CommandSpec[] = [
  {
    name: 'models ls',
    about: 'Lists registered models, with the version in each stage.',
    groups: ['store', 'as-of', 'list'],
    load: () => import('../commands/models-ls.ts'),
  },
  {
    name: 'models show',
    args: { '<model>': 'Name of a model', '[version]': 'One of its versions' },
    about: 'Shows a model with its versions, or one version.',
    groups: ['store', 'as-of', 'list'],
    load: () => import('../commands/models-show.ts'),
  },
  {
    name: 'models current',
    args: { '<model>': 'Name of a model' },
    about: 'Shows the version that holds a stage or an alias, who put it there and why.',
    groups: ['store', 'as-of', 'json'],
    options: [
      stage,
      { flags: '--alias <alias>', about: 'Which alias, instead of a stage' },
      { flags: '-q, --quiet', about: 'Prints the number of the version alone' },
    ],
    examples: ['varve models current churn --as-of 2026-11-14'],
    load: () => import('../commands/models-current.ts'),
  },
  {
    name: 'models history',
    args: { '<model>': 'Name of a model' },
    about: 'Lists every move of its versions from stage to stage.',
    groups: ['store', 'as-of', 'list'],
    load: () => import('../commands/models-history.ts'),
  },
  {
    name: 'models as-of',
    args: { '<moment>': 'A position, a date, an instant, now-7d', '[model]': 'Only this model' },
    about: 'Lists what held each stage and alias at a moment.',
    groups: ['store', 'list'],
    load: () => import('../commands/models-as-of.ts'),
  },
  {
    name: 'models promote',
    args: {
      '<model>': 'Name of a model',
      '<version>': 'One of its versions',
      '<stage>': 'The stage that it moves to',
    },
    about: 'Moves a version to a stage; what was there goes to the last stage.',
    groups: ['store', 'json'],
    options: [
      comment,
      actor,
      {
        flags: '--expect <version>',
        about: 'Refuses unless this version holds the stage now; none for nobody',
      },
      { flags: '--keep', about: 'Leaves in the stage what is there' },
    ],
    examples: ["varve models promote churn 7 Production -m 'beats 6 on every slice'"],
    load: () => import('../commands/models-promote.ts'),
  },
  {
    name: 'models rollback',
    args: { '<model>': 'Name of a model' },
    about: 'Gives a stage back to the version that held it before. It is a new event.',
    groups: ['store', 'json'],
    options: [
      stage,
      {
        flags: '--to <version>',
        about: 'A version that held the stage',
        default: 'the one before',
      },
      comment,
      actor,
    ],
    examples: ["varve models rollback churn -m 'drift'"],
    load: () => import('../commands/models-rollback.ts'),
  },
]

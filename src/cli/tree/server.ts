import type { CommandSpec } from '../command.ts'

const foreign = (flags: string): { flags: string; about: string; hidden: true } => ({
  flags,
  about: 'A flag of `mlflow server`',
  hidden: true,
})

export const serverCommands: readonly CommandSpec[] = [
  {
    name: 'serve',
    about: "Serves a store to MLflow's clients; makes the store where there is none.",
    groups: ['store'],
    options: [
      { flags: '-h, --host <address>', about: 'Where to listen', default: '127.0.0.1' },
      { flags: '-p, --port <number>', about: 'Which port; 0 takes a free one', default: '5000' },
      { flags: '--auth', about: 'Requires a token, which it always does beyond this machine' },
      { flags: '--insecure', about: 'Lets everybody in who reaches the address' },
      { flags: '--read-only', about: 'Refuses whatever would write' },
      { flags: '--static-prefix <path>', about: 'Serves below this path: /ml' },
      {
        flags: '--allowed-hosts <names>',
        about: 'Names that it may be called by, with commas; * for any part',
        many: true,
        default: 'addresses, localhost, this machine',
      },
      {
        flags: '--cors-allowed-origins <origins>',
        about: 'Origins whose pages may use it, with commas; * for any part',
        many: true,
      },
      {
        flags: '--default-artifact-root <uri>',
        about: 'Where clients are told that artifacts go',
        default: 'mlflow-artifacts:/, which is this server',
      },
      {
        flags: '--artifacts-destination <folder>',
        about: 'Keeps uploaded artifacts there as well, as plain files at the path of their URL',
      },
      {
        flags: '--no-serve-artifacts',
        about: 'Clients write artifacts themselves, to --default-artifact-root',
      },
      { flags: '--json', about: 'Prints where it serves as JSON, and logs lines of JSON' },
      { flags: '-q, --quiet', about: 'Logs no requests' },
      foreign('--backend-store-uri <uri>'),
      foreign('--registry-store-uri <uri>'),
      foreign('--serve-artifacts'),
      foreign('--app-name <name>'),
      foreign('--artifacts-only'),
      foreign('-w, --workers <number>'),
      foreign('--gunicorn-opts <text>'),
      foreign('--waitress-opts <text>'),
      foreign('--uvicorn-opts <text>'),
      foreign('--expose-prometheus <folder>'),
      foreign('--dev'),
    ],
    examples: [
      'varve serve',
      'varve serve --store ./.varve --port 5000 --read-only',
      'varve serve --host 0.0.0.0 --allowed-hosts ml.example.org',
    ],
    load: () => import('../commands/serve.ts'),
  },
  {
    name: 'tokens create',
    about: 'Makes a token, and prints it: it is not shown again.',
    groups: ['store', 'json'],
    options: [
      { flags: '--actor <name>', about: 'Who it speaks for, as history will say' },
      {
        flags: '--scope <scopes>',
        about: 'What it allows, with commas: read, write, approve, admin',
        many: true,
        default: 'write',
      },
      { flags: '--expires-in <age>', about: 'For how long: 30d, 12h, 90m', default: 'for ever' },
    ],
    examples: ['varve tokens create --actor ada', 'varve tokens create --actor ci --scope read'],
    load: () => import('../commands/tokens-create.ts'),
  },
  {
    name: 'tokens ls',
    about: 'Lists the tokens of a store, without their secrets.',
    groups: ['store', 'list'],
    load: () => import('../commands/tokens-ls.ts'),
  },
  {
    name: 'tokens revoke',
    args: { '<id>': 'The id of a token' },
    about: 'Takes a token back; a server that runs refuses it at once.',
    groups: ['store'],
    load: () => import('../commands/tokens-revoke.ts'),
  },
]

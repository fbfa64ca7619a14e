import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import { root } from '../docs/built-package.ts'
import { normal } from './normal.ts'
import { ownEnvironment, type Served } from './servers.ts'

const outcome = v.object({
  scenario: v.string(),
  steps: v.record(v.string(), v.unknown()),
  crash: v.optional(v.string()),
})

/** What a client saw in one scenario, by the names of its steps, with ids and times made comparable. */
export interface Seen {
  readonly steps: Readonly<Record<string, unknown>>
  /** Where the scenario broke off, if it did. */
  readonly crash: string | undefined
}

interface Play {
  readonly python: string
  readonly url: string
  /** Where the client works, and keeps what it caches. */
  readonly folder: string
  readonly groups: readonly string[]
}

/** Has the client play scenarios against a server. */
const play = async ({ python, url, folder, groups }: Play): Promise<ReadonlyMap<string, Seen>> => {
  const child = spawn(python, [join(root, 'test/mlflow/client/main.py'), ...groups], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: ownEnvironment({
      MLFLOW_TRACKING_URI: url,
      // An answer that has the client try again is not one to wait for.
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
      MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false',
      MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT: 'true',
      MPLBACKEND: 'Agg',
      PYTHONUNBUFFERED: '1',
      PYTHONPYCACHEPREFIX: join(root, 'node_modules/.cache/varve-mlflow/compiled'),
    }),
  })
  const exit = once(child, 'exit')
  const seen = new Map<string, Seen>()
  for await (const line of createInterface({ input: child.stdout })) {
    const { scenario, steps, crash } = v.parse(outcome, JSON.parse(line))
    seen.set(scenario, { steps: normal(steps, { url, folder }), crash })
  }
  const [code] = await exit
  if (code !== 0) throw new Error(`The scenarios ended with ${code}, after ${seen.size} of them.`)
  return seen
}

interface Stage {
  readonly python: string
  /** Groups of scenarios; none for all. */
  readonly groups: readonly string[]
  /** Starts a server on an empty folder. */
  readonly start: (folder: string) => Promise<Served>
}

/** Plays scenarios against a server of their own, which ends with them. */
export const playOn = async ({
  python,
  groups,
  start,
}: Stage): Promise<ReadonlyMap<string, Seen>> => {
  const folder = await mkdtemp(join(tmpdir(), 'varve-mlflow-'))
  const [store, work] = [join(folder, 'store'), join(folder, 'work')]
  await Promise.all([mkdir(store), mkdir(work)])
  try {
    await using server = await start(store)
    return await play({ python, url: server.url, folder: work, groups })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

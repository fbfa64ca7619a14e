import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { root } from '../docs/built-package.ts'
import { compatibilityPage } from './compatibility-page.ts'
import { differences } from './differences.ts'
import { play, type Seen } from './play.ts'
import { type Served, serveMlflow, serveVarve } from './servers.ts'

const groups = (process.env['MLFLOW_TEST_GROUPS'] ?? '').split(',').filter((group) => group !== '')

/** Plays all scenarios against a server, which it ends. */
const playOn = async (
  start: (folder: string) => Promise<Served>,
): Promise<ReadonlyMap<string, Seen>> => {
  const folder = await mkdtemp(join(tmpdir(), 'varve-mlflow-'))
  const [store, work] = [join(folder, 'store'), join(folder, 'work')]
  await Promise.all([mkdir(store), mkdir(work)])
  try {
    await using server = await start(store)
    return await play({ python: inject('python'), url: server.url, folder: work, groups })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const elsewhere = process.env['MLFLOW_TEST_SERVER']

describe('MLflow’s client sees of this server what it sees of MLflow’s', async () => {
  const [theirs, ours] = await Promise.all([
    playOn((folder) => serveMlflow(inject('python'), folder)),
    playOn((folder) =>
      elsewhere === undefined
        ? serveVarve(inject('mlflowPrograms'), folder)
        : Promise.resolve({ url: elsewhere, [Symbol.asyncDispose]: async () => undefined }),
    ),
  ])
  const scenarios = [...theirs].map(([scenario, expected]) => ({
    scenario,
    expected,
    seen: ours.get(scenario),
    listed: new Set(differences.filter((one) => one.scenario === scenario).map(({ step }) => step)),
  }))

  it.each(scenarios)('in $scenario', ({ expected, seen, listed }) => {
    const unlisted = ({ steps, crash }: Seen) => ({
      crash,
      steps: Object.fromEntries(Object.entries(steps).filter(([step]) => !listed.has(step))),
    })
    expect(expected.crash).toBeUndefined()
    expect(seen && unlisted(seen)).toEqual(unlisted(expected))
  })

  const played = differences.filter(({ scenario }) => groups.length === 0 || theirs.has(scenario))

  it.each(played)('and something else on purpose: $scenario, $step: $why', (difference) => {
    const [expected, seen] = [theirs, ours].map(
      (all) => all.get(difference.scenario)?.steps[difference.step],
    )
    expect(expected).toBeDefined()
    expect(seen).toBeDefined()
    expect(seen).not.toEqual(expected)
  })

  // What is written down is what the whole came to.
  if (groups.length === 0 && elsewhere === undefined)
    it('and what it sees is what the reference says (`-- --update` rewrites it)', async () => {
      const page = compatibilityPage(theirs, differences)
      await expect(page).toMatchFileSnapshot(join(root, 'docs/reference/mlflow-compatibility.md'))
    })
})

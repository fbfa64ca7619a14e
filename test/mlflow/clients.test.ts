import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { root } from '../docs/built-package.ts'
import { compatibilityPage } from './compatibility-page.ts'
import { differences } from './differences.ts'
import { playOn, type Seen } from './play.ts'
import { type Served, serveMlflow, serveVarve } from './servers.ts'

const groups = (process.env['MLFLOW_TEST_GROUPS'] ?? '').split(',').filter((group) => group !== '')

/** Any other server, by its URL: it has to be empty. */
const elsewhere = process.env['MLFLOW_TEST_SERVER']

const serveOurs = async (folder: string): Promise<Served> =>
  elsewhere === undefined
    ? await serveVarve(inject('mlflowPrograms'), folder)
    : { url: elsewhere, [Symbol.asyncDispose]: async () => undefined }

describe("MLflow's client sees of this server what it sees of MLflow's", async () => {
  const python = inject('python')
  const [theirs, ours] = await Promise.all([
    playOn({ python, groups, start: (folder) => serveMlflow(python, folder) }),
    playOn({ python, groups, start: serveOurs }),
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

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { open } from '../src/index.ts'
import { importMlflow } from '../src/interop/index.ts'
import { openMlflowSource } from '../src/interop/mlflow/index.ts'

const at = (name: string): string =>
  fileURLToPath(new URL(`../../shared/corpus/${name}`, import.meta.url))

/** Published stores that lie beside the repository where it is developed, too many to ship. */
const stores = [
  {
    name: 'house-price',
    kind: 'mlruns',
    experiments: 3,
    runs: 21,
    points: 102,
    versions: 58,
    artifacts: 74,
    loggedModels: 0,
    problems: 0,
  },
  {
    name: 'credit-approval',
    kind: 'mlruns',
    experiments: 1,
    runs: 3,
    points: 19,
    versions: 0,
    artifacts: 10,
    loggedModels: 0,
    problems: 4,
  },
  {
    name: 'churn-mlflow.db',
    kind: 'sqlite',
    experiments: 2,
    runs: 2,
    points: 11,
    versions: 1,
    artifacts: 0,
    loggedModels: 2,
    problems: 2,
  },
] as const

const count = async (items: AsyncIterable<unknown>): Promise<number> => {
  let total = 0
  for await (const _ of items) total += 1
  return total
}

const read = async (path: string): Promise<Record<string, unknown>> => {
  await using source = await openMlflowSource(path)
  const counts = { experiments: 0, runs: 0, points: 0, versions: 0, artifacts: 0 }
  const found = { kind: source.kind, ...counts, loggedModels: 0 }
  found.experiments = await count(source.experiments())
  found.loggedModels = await count(source.loggedModels())
  for await (const run of source.runs()) {
    found.runs += 1
    found.points += (await run.metrics()).value.length
    found.artifacts += await count(run.artifacts())
  }
  for await (const model of source.models()) found.versions += model.versions.length
  return { ...found, problems: source.problems.length }
}

const isHere = existsSync(at(''))

describe.skipIf(!isHere)(
  isHere
    ? 'the corpus'
    : 'the corpus is not at ../shared/corpus, so its stores are neither read nor imported',
  () => {
    it.each(stores)('gives everything in $name', async ({ name, ...expected }) => {
      expect(await read(at(name))).toEqual(expected)
    })

    it.each(stores)('comes in once from $name, whole', async ({ name, ...expected }) => {
      await using varve = await open({ memory: true })
      const summary = await importMlflow(varve, at(name))
      const { experiments, runs, versions, artifacts, loggedModels } = expected
      const counts = { experiments, runs, versions, artifacts, loggedModels }
      expect(summary).toMatchObject({
        times: 'claimed',
        written: { ...counts, metrics: expected.points },
      })
      expect(summary.written).toEqual(summary.read)
      expect(summary.problems).toHaveLength(expected.problems)
      expect((await varve.runs.search({ lifecycle: 'all', limit: 1000 })).rows).toHaveLength(runs)
      const { head } = await varve.log.info()
      expect(await importMlflow(varve, at(name))).toMatchObject({ times: 'nothing' })
      expect((await varve.log.info()).head).toBe(head)
      expect(await varve.verify()).toMatchObject({ ok: true, broken: [] })
    })

    it('has the logged models of churn-mlflow.db, as its version and its run know them', async () => {
      await using varve = await open({ memory: true })
      expect((await importMlflow(varve, at('churn-mlflow.db'))).leftOut).toEqual([])
      const { models } = await varve.loggedModels.search({ experiments: ['1'] })
      expect(models.map(({ status, metrics }) => [status, metrics.length])).toEqual([
        ['READY', 7],
        ['READY', 4],
      ])
      const version = await varve.registry.version('ChurnPredictor', 1)
      const [newest] = models
      expect(version.loggedModel).toBe(newest?.id)
      expect(version.storageLocation).toBe(newest?.artifactLocation)
      expect(newest?.registrations).toEqual([{ model: 'ChurnPredictor', version: 1 }])
      const run = await varve.runs.get(newest?.run ?? '')
      expect(run.outputs).toMatchObject([{ id: newest?.id }])
      for (const { key, value } of newest?.metrics ?? []) expect(run.metrics[key]?.last).toBe(value)
    })
  },
)

import type { Varve } from 'varve'

/** Options under which two stores that are told the same have the same bytes. */
export const likewise = () => {
  let now = Date.UTC(2026, 10, 1)
  return { facts: false, actor: 'ada', clock: () => (now += 60_000) } as const
}

const ids = ['a1', 'a2', 'a3'] as const

const train = (varve: Varve, id: string, depth: number): Promise<void> => {
  const options = {
    id,
    name: `depth ${depth}`,
    experiment: 'churn-model',
    user: 'ada',
    startTime: Date.UTC(2026, 10, 1),
    params: { max_depth: depth, features: 'v3' },
    tags: { team: 'growth' },
  }
  return varve.runs.start(options, async (run) => {
    for (let step = 0; step < 20; step++) {
      const auc = 0.8 + depth / 100 - 1 / (step + 10)
      await run.logMetrics(
        { auc, odd: step % 2 === 0 ? Number.NaN : -0 },
        { step, timestamp: step },
      )
    }
    await run.logArtifact('model/tree.json', JSON.stringify({ depth }))
    await run.end({ endTime: Date.UTC(2026, 10, 2) })
  })
}

/** A season of work: runs, versions, promotions and a rollback, each awaited, so that commits are the same. */
export const playSeason = async (varve: Varve): Promise<void> => {
  const { registry } = varve
  await varve.experiments.create('churn-model')
  for (const [at, id] of ids.entries()) await train(varve, id, 4 + 4 * at)
  for (const run of ids) await registry.createVersion('churn', { run, path: 'model' })
  await registry.transition('churn', 1, 'Production', { comment: 'good enough' })
  await registry.transition('churn', 3, 'Production', { comment: 'deeper is better', expect: 1 })
  await registry.setAlias('churn', 'champion', 3)
  await registry.rollback('churn', { stage: 'Production', comment: 'drift in segment B' })
}

/** What is asked of it afterwards, of now and of the past. */
export const askAbout = async (varve: Varve) => {
  const { runs, registry } = varve
  const history = await registry.history('churn')
  const promoted = history.find(({ comment }) => comment === 'deeper is better')?.position ?? -1
  const then = varve.asOf(promoted)
  const { ok, broken, artifacts } = await varve.verify()
  const { position, head, durability } = await varve.log.info()
  const best = {
    experiments: ['churn-model'],
    filter: "metrics.auc@max > 0.8 and tags.team = 'growth'",
    orderBy: ['metrics.auc@max desc'],
  }
  return {
    found: (await runs.search(best)).rows,
    foundThen: (await varve.asOf('2026-11-01').runs.search(best)).rows.length,
    compared: await runs.compare([...ids], { onlyDifferent: true }),
    curve: await runs.history('a1', 'auc', { points: 5 }),
    current: await registry.current('churn', 'Production'),
    before: await then.registry.current('churn', 'Production'),
    champion: await registry.resolve('models:/churn@champion'),
    history,
    why: await varve.why('models:/churn/Production'),
    diff: await varve.diff(promoted - 1, promoted),
    verified: { ok, broken, artifacts },
    log: { position, head },
    durability,
  }
}

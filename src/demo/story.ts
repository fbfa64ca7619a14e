import type { RunRecord, VarveView } from '../index.ts'
import { codeOf } from '../kernel/errors.ts'
import { sweep, tooBold } from './model/sweep.ts'
import { judgeLater } from './season.ts'
import { breathe, chapter, experiment, four, model, type Stage } from './stage.ts'
import { type PenguinData, trainAll, trainOne } from './training.ts'

/** The finished runs, best validation AUC first; of equals, the one with the smaller loss. */
export const bestRuns = async (
  view: Pick<VarveView, 'runs'>,
  limit: number,
): Promise<readonly RunRecord[]> => {
  const { rows } = await view.runs.search({
    experiments: [experiment],
    filter: "status = 'FINISHED'",
    orderBy: ['metrics.val_auc desc', 'metrics.val_loss asc'],
    limit,
  })
  return rows
}

/** The best linear model goes into production. */
export const linearChapter = async (stage: Stage, data: PenguinData): Promise<void> => {
  const { varve, print } = stage
  chapter(stage, '2  Train linear models and put the best one into production')
  const configurations = sweep(0)
  await trainAll(stage, data, configurations)
  print(`${configurations.length} runs on ${data.training.length} penguins of 2007 and 2008`)
  print(await refusedTraining(stage, data))
  const best = await register(stage, 'ana')
  const comment = `best of ${configurations.length} linear models, validation AUC ${aucOf(best)}`
  await varve.registry.transition(model, 1, 'Staging', { actor: 'ana', comment })
  await varve.registry.transition(model, 1, 'Production', {
    actor: 'ben',
    comment: 'the first model; reviewed the report',
    expect: null,
  })
  print(`version 1 of ${model} in production: ${best.name} (AUC ${aucOf(best)})`)
}

/** Some runs fail, and their records say why. */
const refusedTraining = async (stage: Stage, data: PenguinData): Promise<string> => {
  try {
    await trainOne(stage, data, tooBold)
    return 'and one more, with a learning rate of 300'
  } catch (error) {
    stage.signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    return `1 run FAILED, with a learning rate of ${tooBold.learningRate}: ${reason}`
  }
}

/** The best network replaces it; who had not noticed is refused. */
export const networkChapter = async (stage: Stage, data: PenguinData): Promise<void> => {
  const { varve, print } = stage
  chapter(stage, '3  Train networks and replace the model in production')
  const [linear] = await bestRuns(varve, 1)
  const configurations = sweep(8)
  await trainAll(stage, data, configurations)
  print(`${configurations.length} runs with 8 hidden units`)
  const best = await register(stage, 'ana')
  const comment = `beats version 1 on validation AUC, ${aucOf(best)} over ${aucOf(linear)}`
  await varve.registry.transition(model, 2, 'Production', { actor: 'ana', comment, expect: 1 })
  print(`version 2 replaced version 1: ${best.name} (AUC ${aucOf(best)})`)
  print(`cleo, who expected no version there, was refused: ${await lateMove(stage)}`)
}

/** A compare-and-set promotion by someone who looked too early. */
const lateMove = async ({ varve }: Stage): Promise<string> => {
  try {
    await varve.registry.transition(model, 1, 'Production', { actor: 'cleo', expect: null })
    return 'no'
  } catch (error) {
    const code = codeOf(error)
    if (code === undefined) throw error
    return code
  }
}

/** A new season shows that the replacement was a mistake. */
export const rollbackChapter = async (stage: Stage, data: PenguinData): Promise<void> => {
  const { varve, print } = stage
  chapter(stage, '4  A new season arrives: judge both versions on it, and roll back')
  const one = await judgeLater(stage, data, 1)
  const two = await judgeLater(stage, data, 2)
  print(`${data.later.length} penguins of 2009`)
  print(`version 1: AUC ${four(one.auc)}, log loss ${four(one.loss)}`)
  print(`version 2: AUC ${four(two.auc)}, log loss ${four(two.loss)}`)
  const comment = `on season 2009 version 2 is worse: log loss ${four(two.loss)}, was ${four(one.loss)}`
  await varve.registry.rollback(model, { stage: 'Production', actor: 'ben', comment })
  await varve.registry.setAlias(model, 'champion', 1, { actor: 'ben' })
  print(`rolled back to version 1`)
}

const register = async (stage: Stage, actor: string): Promise<RunRecord> => {
  await breathe(stage.signal)
  const [best] = await bestRuns(stage.varve, 1)
  if (best === undefined) throw new Error(`No run of ${experiment} has finished.`)
  await stage.varve.registry.createVersion(model, { run: best.id, path: 'model', actor })
  return best
}

const aucOf = (run: RunRecord | undefined): string => four(run?.metrics['val_auc']?.last)

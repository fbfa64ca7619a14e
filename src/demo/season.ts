import { text } from 'node:stream/consumers'
import type { Varve } from '../index.ts'
import { fromJson, judge, type Scores, scoresOf } from './model/classifier.ts'
import { model, type Stage } from './stage.ts'
import { logPenguins, type PenguinData } from './training.ts'

/** Judges a registered version on the season that came later, from its stored bytes, as a run. */
export const judgeLater = async (
  { varve }: Stage,
  data: PenguinData,
  version: number,
): Promise<Scores> => {
  const classifier = fromJson(await modelFile(varve, `models:/${model}/${version}`))
  const scores = scoresOf(judge(classifier, data.later))
  const { loss, auc, accuracy, f1 } = scores
  await varve.runs.start(
    { experiment: 'penguins-2009', name: `version ${version}`, params: { model, version } },
    async (run) => {
      await logPenguins(run, data, 'season 2009')
      await run.logMetrics({ loss, auc, accuracy, f1 })
    },
  )
  return scores
}

const modelFile = async (varve: Varve, uri: string): Promise<string> => {
  const { run, path } = await varve.registry.resolve(uri)
  if (run === undefined || path === undefined) throw new Error(`${uri} was not made by a run.`)
  return await text(varve.runs.readArtifact(run, `${path}/model.json`))
}

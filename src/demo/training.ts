import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Run } from '../index.ts'
import { confusionTable, lossFigure, rocFigure } from './figures.ts'
import { fixture } from './folder.ts'
import {
  type Classifier,
  type ClassifierSettings,
  judge,
  judgeSamples,
  type Scores,
  scoresOf,
  toJson,
} from './model/classifier.ts'
import { learnScaling, toSamples } from './model/features.ts'
import { confusion, logLoss, rocCurve } from './model/metrics.ts'
import { type Network, train } from './model/network.ts'
import { readPenguins, type Split, splitPenguins } from './model/penguins.ts'
import { settingsName, splitSeed } from './model/sweep.ts'
import { breathe, experiment, four, type Stage } from './stage.ts'

/** The penguins, divided, with the digest of the file that they came from. */
export interface PenguinData extends Split {
  readonly digest: string
}

const dataFile = 'data/penguins.csv'

export const loadPenguins = async (): Promise<PenguinData> => {
  const bytes = await readFile(fixture(dataFile))
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return { digest, ...splitPenguins(readPenguins(bytes.toString('utf8')), splitSeed) }
}

/** Records that a run read the penguins. */
export const logPenguins = (run: Run, { digest }: PenguinData, context: string): Promise<void> =>
  run.logInput({ name: 'penguins', digest, source: `test/fixtures/${dataFile}` }, { context })

/** Several runs at a time: they share the cost of making each write durable. */
const atATime = 4

/** Trains each configuration as a run. */
export const trainAll = async (
  stage: Stage,
  data: PenguinData,
  configurations: readonly ClassifierSettings[],
): Promise<void> => {
  for (let start = 0; start < configurations.length; start += atATime) {
    const some = configurations.slice(start, start + atATime)
    const ended = await Promise.allSettled(some.map((each) => trainOne(stage, data, each)))
    const failed = ended.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

/**
 * Trains one configuration as a run: a curve of five metrics, the model, two figures and a report.
 *
 * @throws `Error` when the loss is no longer a number; the run has failed then.
 */
export const trainOne = async (
  { varve, signal }: Stage,
  data: PenguinData,
  settings: ClassifierSettings,
): Promise<void> => {
  const { features, hidden, learningRate, l2, epochs, seed } = settings
  const params = { features, hidden, learning_rate: learningRate, l2, epochs, seed }
  await varve.runs.start({ experiment, name: settingsName(settings), params }, async (run) => {
    const results = learnAndLog(run, data, settings)
    await breathe(signal)
    await logFiles(run, results)
  })
}

interface Results {
  readonly name: string
  readonly classifier: Classifier
  readonly data: PenguinData
  readonly trainingLoss: readonly number[]
  readonly validationLoss: readonly number[]
}

/** Nothing here is awaited: the run keeps the order, and ending it says if a write was lost. */
const learnAndLog = (run: Run, data: PenguinData, settings: ClassifierSettings): Results => {
  void logPenguins(run, data, 'training')
  const scaling = learnScaling(settings.features, data.training)
  const training = toSamples(data.training, scaling)
  const validation = toSamples(data.validation, scaling)
  const trainingLoss: number[] = []
  const validationLoss: number[] = []
  let network: Network = []
  for (network of train(training, settings)) {
    const loss = logLoss(judgeSamples(network, training))
    const scores = scoresOf(judgeSamples(network, validation))
    const step = trainingLoss.push(loss)
    validationLoss.push(scores.loss)
    void run.logMetrics(metricsOf(loss, scores), { step })
    if (Number.isNaN(loss)) throw new Error(`The loss is not a number after epoch ${step}.`)
  }
  const name = settingsName(settings)
  return { name, classifier: { scaling, network }, data, trainingLoss, validationLoss }
}

const metricsOf = (loss: number, validation: Scores): Record<string, number> => ({
  loss,
  val_loss: validation.loss,
  val_auc: validation.auc,
  val_accuracy: validation.accuracy,
  val_f1: validation.f1,
})

const logFiles = async (run: Run, results: Results): Promise<void> => {
  const { classifier, data, trainingLoss, validationLoss } = results
  const judged = judge(classifier, data.validation)
  const { auc } = scoresOf(judged)
  await Promise.all([
    run.logArtifact('model/model.json', toJson(classifier)),
    run.logArtifact('figures/roc.svg', rocFigure(rocCurve(judged), auc)),
    run.logArtifact('figures/loss.svg', lossFigure(trainingLoss, validationLoss)),
    run.logArtifact('report.md', report(results)),
  ])
}

const report = ({ name, classifier, data }: Results): string => {
  const judged = judge(classifier, data.validation)
  const { loss, auc, accuracy, f1 } = scoresOf(judged)
  return `# ${name}

Male or female, from ${classifier.scaling.features.join(', ')}.
Trained on ${data.training.length} penguins, judged on ${data.validation.length} others.

| log loss | AUC | accuracy | F1 |
|--:|--:|--:|--:|
| ${four(loss)} | ${four(auc)} | ${four(accuracy)} | ${four(f1)} |

${confusionTable(confusion(judged))}

![ROC curve](figures/roc.svg) ![Log loss](figures/loss.svg)
`
}

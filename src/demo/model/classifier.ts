import { type FeatureSet, type Samples, type Scaling, toSamples } from './features.ts'
import { accuracy, auc, f1, type Judged, logLoss } from './metrics.ts'
import { type Layer, type Network, predict, type TrainingSettings } from './network.ts'
import type { Penguin } from './penguins.ts'

/** A network with the scaling that it was trained behind: all that is needed to judge a bird. */
export interface Classifier {
  readonly scaling: Scaling
  readonly network: Network
}

export interface ClassifierSettings extends TrainingSettings {
  readonly features: FeatureSet
}

/** What a network says about samples, beside the truth. */
export const judgeSamples = (network: Network, samples: Samples): Judged => ({
  probabilities: predict(network, samples),
  labels: samples.labels,
})

/** What the classifier says about birds, beside the truth. */
export const judge = ({ scaling, network }: Classifier, penguins: readonly Penguin[]): Judged =>
  judgeSamples(network, toSamples(penguins, scaling))

export interface Scores {
  readonly loss: number
  readonly auc: number
  readonly accuracy: number
  readonly f1: number
}

export const scoresOf = (judged: Judged): Scores => ({
  loss: logLoss(judged),
  auc: auc(judged),
  accuracy: accuracy(judged),
  f1: f1(judged),
})

/** The classifier as JSON, complete: {@link fromJson} gives one that judges exactly alike. */
export const toJson = ({ scaling, network }: Classifier): string => {
  const layers = network.map((layer) => ({
    ...layer,
    weights: Array.from(layer.weights),
    bias: Array.from(layer.bias),
  }))
  return `${JSON.stringify({ format: 'penguin-classifier/1', scaling, layers }, null, 2)}\n`
}

interface Saved {
  readonly scaling: Scaling
  readonly layers: readonly SavedLayer[]
}

interface SavedLayer extends Pick<Layer, 'inputs' | 'outputs'> {
  readonly weights: readonly number[]
  readonly bias: readonly number[]
}

export const fromJson = (text: string): Classifier => {
  // `as` at the border: only files that toJson wrote come here, named by their digest.
  const { scaling, layers } = JSON.parse(text) as Saved
  const network = layers.map((layer) => ({
    ...layer,
    weights: Float64Array.from(layer.weights),
    bias: Float64Array.from(layer.bias),
  }))
  return { scaling, network }
}

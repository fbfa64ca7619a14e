import type { ClassifierSettings } from './classifier.ts'
import { type FeatureSet, featureSets } from './features.ts'

/** Decides which birds train and which validate. */
export const splitSeed = 8

const learningRates = [0.003, 0.03] as const
const decays = [0, 0.03] as const
const common = { epochs: 60, seed: 7 } as const

/** One configuration for each set of features, learning rate and weight decay. */
export const sweep = (hidden: number): ClassifierSettings[] =>
  // `as` because Object.keys forgets that the keys are literals.
  (Object.keys(featureSets) as FeatureSet[]).flatMap((features) =>
    learningRates.flatMap((learningRate) =>
      decays.map((l2) => ({ ...common, features, hidden, learningRate, l2 })),
    ),
  )

/** Steps so long that the weights grow until they are no longer numbers. */
export const tooBold: ClassifierSettings = {
  ...common,
  features: 'measurements',
  hidden: 8,
  learningRate: 300,
  l2: 0.03,
}

/** What the settings are called in the table of runs: `mass, 8 hidden, lr 0.03, l2 0`. */
export const settingsName = ({
  features,
  hidden,
  learningRate,
  l2,
}: ClassifierSettings): string => {
  const shape = hidden === 0 ? 'linear' : `${hidden} hidden`
  return `${features}, ${shape}, lr ${learningRate}, l2 ${l2}`
}

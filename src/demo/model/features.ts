import type { Penguin } from './penguins.ts'

/** Rows of numbers, row after row in one array, with the answer to each. */
export interface Samples {
  readonly width: number
  readonly values: Float64Array
  /** 1 for male, 0 for female. */
  readonly labels: Uint8Array
}

type Measure = (penguin: Penguin) => number

const measures = {
  bill_length_mm: (penguin) => penguin.billLength,
  bill_depth_mm: (penguin) => penguin.billDepth,
  flipper_length_mm: (penguin) => penguin.flipperLength,
  body_mass_g: (penguin) => penguin.bodyMass,
  is_chinstrap: (penguin) => Number(penguin.species === 'Chinstrap'),
  is_gentoo: (penguin) => Number(penguin.species === 'Gentoo'),
} as const satisfies Record<string, Measure>

export type FeatureName = keyof typeof measures

/** The sets of features that the sweep tries. */
export const featureSets = {
  mass: ['body_mass_g'],
  bill: ['bill_length_mm', 'bill_depth_mm'],
  measurements: ['bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g'],
  'measurements+species': [
    'bill_length_mm',
    'bill_depth_mm',
    'flipper_length_mm',
    'body_mass_g',
    'is_chinstrap',
    'is_gentoo',
  ],
} as const satisfies Record<string, readonly FeatureName[]>

export type FeatureSet = keyof typeof featureSets

/** How raw measures become numbers around 0: part of the model, for it was learnt from the training rows. */
export interface Scaling {
  readonly features: readonly FeatureName[]
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

/** Learns the mean and the standard deviation of each feature. */
export const learnScaling = (set: FeatureSet, penguins: readonly Penguin[]): Scaling => {
  const features = featureSets[set]
  const mean = features.map((name) => average(penguins.map(measures[name])))
  const deviation = features.map((name, column) => {
    const middle = mean[column] ?? 0
    return Math.sqrt(average(penguins.map((penguin) => (measures[name](penguin) - middle) ** 2)))
  })
  return { features, mean, deviation }
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Turns birds into samples that a model with this scaling understands. */
export const toSamples = (penguins: readonly Penguin[], scaling: Scaling): Samples => {
  const { features, mean, deviation } = scaling
  const values = penguins.flatMap((penguin) =>
    features.map((name, column) => {
      const scale = deviation[column] || 1
      return (measures[name](penguin) - (mean[column] ?? 0)) / scale
    }),
  )
  return {
    width: features.length,
    values: Float64Array.from(values),
    labels: Uint8Array.from(penguins, ({ male }) => Number(male)),
  }
}

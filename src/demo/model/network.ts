import type { Samples } from './features.ts'
import { type Random, seeded, shuffled } from './random.ts'

/** One dense layer: `weights[output * inputs + input]`. */
export interface Layer {
  readonly inputs: number
  readonly outputs: number
  readonly weights: Float64Array
  readonly bias: Float64Array
}

/** Tanh in every layer but the last, whose one output is a log-odds. One layer is logistic regression. */
export type Network = readonly Layer[]

export interface TrainingSettings {
  /** Units of the hidden layer; 0 for none. */
  readonly hidden: number
  readonly learningRate: number
  /** Weight decay. */
  readonly l2: number
  readonly epochs: number
  readonly seed: number
}

const batchSize = 16
const momentum = 0.9

/**
 * Trains by mini-batch gradient descent with momentum and gives the network after each epoch. It is the
 * same object every time, and goes on learning when the next epoch is asked for.
 */
export function* train(samples: Samples, settings: TrainingSettings): Generator<Network, void> {
  const random = seeded(settings.seed)
  const network = newNetwork(samples.width, settings.hidden, random)
  const speed = network.map(zeroLike)
  const rows = Array.from(samples.labels, (_, row) => row)
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const order = shuffled(rows, random)
    for (let start = 0; start < order.length; start += batchSize) {
      const batch = order.slice(start, start + batchSize)
      step({ network, speed, gradient: gradientOf(network, samples, batch) }, settings)
    }
    yield network
  }
}

/** The probability of label 1 for each row. */
export const predict = (network: Network, samples: Samples): Float64Array =>
  Float64Array.from(samples.labels, (_, row) => {
    const outputs = forward(network, rowOf(samples, row))
    return sigmoid(outputs.at(-1)?.[0] ?? 0)
  })

const newNetwork = (width: number, hidden: number, random: Random): Network =>
  hidden === 0
    ? [newLayer(width, 1, random)]
    : [newLayer(width, hidden, random), newLayer(hidden, 1, random)]

const newLayer = (inputs: number, outputs: number, random: Random): Layer => {
  const spread = Math.sqrt(3 / inputs)
  return {
    inputs,
    outputs,
    weights: Float64Array.from({ length: inputs * outputs }, () => (2 * random() - 1) * spread),
    bias: new Float64Array(outputs),
  }
}

const zeroLike = ({ inputs, outputs }: Layer): Layer => ({
  inputs,
  outputs,
  weights: new Float64Array(inputs * outputs),
  bias: new Float64Array(outputs),
})

const rowOf = ({ values, width }: Samples, row: number): Float64Array =>
  values.subarray(row * width, (row + 1) * width)

const sigmoid = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds))

/** The outputs of each layer; the last is a log-odds. */
const forward = (network: Network, row: Float64Array): Float64Array[] => {
  const outputs: Float64Array[] = []
  let input = row
  for (const [index, layer] of network.entries()) {
    const sums = apply(layer, input)
    input = index === network.length - 1 ? sums : sums.map(Math.tanh)
    outputs.push(input)
  }
  return outputs
}

const apply = ({ inputs, weights, bias }: Layer, input: Float64Array): Float64Array =>
  bias.map((sum, output) => {
    let total = sum
    for (let i = 0; i < inputs; i++) total += (weights[output * inputs + i] ?? 0) * (input[i] ?? 0)
    return total
  })

/** The gradient of the mean log loss over a batch, laid out like the network. */
const gradientOf = (network: Network, samples: Samples, batch: readonly number[]): Network => {
  const gradient = network.map(zeroLike)
  for (const row of batch) {
    const input = rowOf(samples, row)
    const outputs = forward(network, input)
    const probability = sigmoid(outputs.at(-1)?.[0] ?? 0)
    let error: Float64Array = Float64Array.of(
      (probability - (samples.labels[row] ?? 0)) / batch.length,
    )
    for (let index = network.length - 1; index >= 0; index--) {
      const layer = network[index]
      const sum = gradient[index]
      if (layer === undefined || sum === undefined) continue
      const below = outputs[index - 1] ?? input
      accumulate(sum, error, below)
      error = errorBelow(layer, error, below)
    }
  }
  return gradient
}

const accumulate = (sum: Layer, error: Float64Array, below: Float64Array): void => {
  for (let output = 0; output < sum.outputs; output++) {
    const share = error[output] ?? 0
    sum.bias[output] = (sum.bias[output] ?? 0) + share
    for (let i = 0; i < sum.inputs; i++) {
      const at = output * sum.inputs + i
      sum.weights[at] = (sum.weights[at] ?? 0) + share * (below[i] ?? 0)
    }
  }
}

/** The error at the inputs of a layer; `1 - y²` is the slope of tanh. */
const errorBelow = (layer: Layer, error: Float64Array, below: Float64Array): Float64Array =>
  below.map((value, i) => {
    let total = 0
    for (let output = 0; output < layer.outputs; output++) {
      total += (error[output] ?? 0) * (layer.weights[output * layer.inputs + i] ?? 0)
    }
    return total * (1 - value * value)
  })

interface Step {
  readonly network: Network
  readonly speed: readonly Layer[]
  readonly gradient: Network
}

const step = ({ network, speed, gradient }: Step, settings: TrainingSettings): void => {
  for (const [index, layer] of network.entries()) {
    const velocity = speed[index]
    const slope = gradient[index]
    if (velocity === undefined || slope === undefined) continue
    descend([layer.weights, velocity.weights, slope.weights], settings.learningRate, settings.l2)
    descend([layer.bias, velocity.bias, slope.bias], settings.learningRate, 0)
  }
}

const descend = (
  [values, velocity, slope]: readonly [Float64Array, Float64Array, Float64Array],
  learningRate: number,
  decay: number,
): void => {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    const next = momentum * (velocity[i] ?? 0) - learningRate * ((slope[i] ?? 0) + decay * value)
    velocity[i] = next
    values[i] = value + next
  }
}

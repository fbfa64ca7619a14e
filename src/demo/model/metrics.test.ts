import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accuracy, auc, confusion, f1, type Judged, logLoss, rocCurve } from './metrics.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env

const judged = (pairs: readonly (readonly [number, number])[]): Judged => ({
  probabilities: Float64Array.from(pairs, ([probability]) => probability),
  labels: Uint8Array.from(pairs, ([, label]) => label),
})

const mixed = judged([
  [0.9, 1],
  [0.6, 0],
  [0.4, 1],
  [0.3, 1],
  [0.1, 0],
])

describe('metrics of a classifier', () => {
  test('the confusion matrix counts each kind of answer', () => {
    expect(confusion(mixed)).toEqual({
      truePositives: 1,
      falsePositives: 1,
      trueNegatives: 1,
      falseNegatives: 2,
    })
  })

  test('accuracy and F1 follow from the confusion matrix', () => {
    expect(accuracy(mixed)).toBeCloseTo(2 / 5)
    expect(f1(mixed)).toBeCloseTo(2 / 5)
    expect(f1(judged([[0.1, 1]]))).toBe(0)
  })

  test('not knowing costs the logarithm of two', () => {
    expect(
      logLoss(
        judged([
          [0.5, 0],
          [0.5, 1],
        ]),
      ),
    ).toBeCloseTo(Math.LN2)
  })

  test('being certain and wrong costs much, but a number', () => {
    expect(logLoss(judged([[1, 0]]))).toBeCloseTo(34.54, 2)
  })

  test('a probability that is not a number makes a loss that is not one', () => {
    expect(logLoss(judged([[Number.NaN, 1]]))).toBeNaN()
  })

  test('the ROC curve runs from corner to corner and takes equal probabilities in one step', () => {
    const points = rocCurve(
      judged([
        [0.5, 1],
        [0.5, 0],
      ]),
    )
    expect(points).toEqual([
      { falsePositiveRate: 0, truePositiveRate: 0 },
      { falsePositiveRate: 1, truePositiveRate: 1 },
    ])
  })

  test('AUC is how often a positive row is ranked above a negative one', () => {
    const probability = fc.integer({ min: 0, max: 8 }).map((n) => n / 8)
    const rows = fc.array(probability, { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(rows, rows, (positive, negative) => {
        const wins = positive.flatMap((p) => negative.map((n) => (p === n ? 0.5 : Number(p > n))))
        const share = wins.reduce((sum, win) => sum + win, 0) / wins.length
        const all = [
          ...positive.map((p) => [p, 1] as const),
          ...negative.map((n) => [n, 0] as const),
        ]
        expect(auc(judged(all))).toBeCloseTo(share, 10)
      }),
      {
        ...(runs === undefined ? {} : { numRuns: Number(runs) }),
        ...(seed === undefined ? {} : { seed: Number(seed) }),
      },
    )
  })
})

/** What a classifier did: its probabilities beside the truth. */
export interface Judged {
  readonly probabilities: Float64Array
  readonly labels: Uint8Array
}

export interface Confusion {
  readonly truePositives: number
  readonly falsePositives: number
  readonly trueNegatives: number
  readonly falseNegatives: number
}

/** A point of the ROC curve. */
export interface RocPoint {
  readonly falsePositiveRate: number
  readonly truePositiveRate: number
}

/** Mean log loss. A probability of exactly 0 or 1 that is wrong costs 34.5, not infinity. */
export const logLoss = ({ probabilities, labels }: Judged): number => {
  let sum = 0
  for (const [row, label] of labels.entries()) {
    const p = probabilities[row] ?? 0
    sum -= Math.log(Math.max(label === 1 ? p : 1 - p, 1e-15))
  }
  return sum / labels.length
}

/** Counts right and wrong answers at probability 0.5. */
export const confusion = ({ probabilities, labels }: Judged): Confusion => {
  const count = (said: boolean, label: number): number =>
    labels.reduce((sum, is, row) => {
      const yes = (probabilities[row] ?? 0) >= 0.5
      return sum + Number(is === label && yes === said)
    }, 0)
  return {
    truePositives: count(true, 1),
    falsePositives: count(true, 0),
    trueNegatives: count(false, 0),
    falseNegatives: count(false, 1),
  }
}

export const accuracy = (judged: Judged): number => {
  const { truePositives, trueNegatives } = confusion(judged)
  return (truePositives + trueNegatives) / judged.labels.length
}

/** Harmonic mean of precision and recall; 0 when nothing was found. */
export const f1 = (judged: Judged): number => {
  const { truePositives, falsePositives, falseNegatives } = confusion(judged)
  return truePositives === 0
    ? 0
    : (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives)
}

/** The ROC curve from (0, 0) to (1, 1); rows of equal probability are one step. */
export const rocCurve = ({ probabilities, labels }: Judged): RocPoint[] => {
  const rows = Array.from(labels, (label, row) => ({ label, p: probabilities[row] ?? 0 }))
  rows.sort((a, b) => b.p - a.p)
  const positives = labels.reduce((sum, label) => sum + label, 0)
  const negatives = labels.length - positives
  const points: RocPoint[] = [{ falsePositiveRate: 0, truePositiveRate: 0 }]
  let found = 0
  for (const [index, { label, p }] of rows.entries()) {
    found += label
    if (rows[index + 1]?.p === p) continue
    points.push({
      falsePositiveRate: (index + 1 - found) / negatives,
      truePositiveRate: found / positives,
    })
  }
  return points
}

/** The area under the ROC curve, by trapezoids. */
export const auc = (judged: Judged): number => {
  const points = rocCurve(judged)
  return points.reduce((area, point, index) => {
    const before = points[index - 1] ?? point
    const width = point.falsePositiveRate - before.falsePositiveRate
    return area + (width * (point.truePositiveRate + before.truePositiveRate)) / 2
  }, 0)
}

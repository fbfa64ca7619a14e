import type { Budget, ClaimFacts, Ready } from './claim.ts'

/** A claim as it was measured. */
export interface Result extends ClaimFacts {
  /** Median of our side, in the unit. */
  readonly value: number
  /** Median of the other side. */
  readonly other: number
  /** Median of ours / theirs over the rounds, and the least and greatest of them. */
  readonly ratio: number
  readonly least: number
  readonly greatest: number
  readonly rounds: number
  /** True when there is no budget. */
  readonly holds: boolean
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >>> 1
  const high = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2
}

const isWithin = (budget: Budget | undefined, isHigher: boolean, found: Figures): boolean => {
  if (budget === undefined) return true
  const figure = budget.of === 'ratio' ? found.ratio : found.value
  return isHigher ? figure >= budget.limit : figure <= budget.limit
}

interface Figures {
  readonly value: number
  readonly ratio: number
}

/** Both sides in turn, A B A B …: what else the machine does meanwhile hits both. The first round warms up. */
export const measured = async (ready: Ready, rounds: number): Promise<Result> => {
  const { facts, comparison } = ready
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round <= rounds; round++) {
    globalThis.gc?.()
    const our = await comparison.ours()
    globalThis.gc?.()
    const their = await comparison.theirs()
    if (round === 0) continue
    ours.push(our)
    theirs.push(their)
  }
  const ratios = ours.map((our, round) => our / (theirs[round] ?? Number.NaN))
  const figures = { value: median(ours), ratio: median(ratios) }
  const { name, about, unit, better, against, budget } = facts
  return {
    name,
    about,
    unit,
    better,
    against,
    ...(budget === undefined ? {} : { budget }),
    ...figures,
    other: median(theirs),
    least: Math.min(...ratios),
    greatest: Math.max(...ratios),
    rounds,
    holds: isWithin(budget, better === 'higher', figures),
  }
}

/** Milliseconds that a task takes. */
export const elapsed = async (task: () => Promise<void> | void): Promise<number> => {
  const began = performance.now()
  await task()
  return performance.now() - began
}

/** How many a second, from a count and milliseconds. */
export const perSecond = (count: number, ms: number): number => (count / ms) * 1000

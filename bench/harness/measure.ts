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
  /** Median of the floor, and the medians of ours / floor and floor / theirs. */
  readonly floor?: Floor
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

/** The least that any program could do, beside ours and theirs. */
export interface Floor {
  readonly value: number
  readonly ofFloor: number
  readonly ofTheirs: number
}

interface Figures {
  readonly value: number
  readonly ratio: number
}

/** One number a round, for each side. */
interface Rounds {
  readonly ours: readonly number[]
  readonly theirs: readonly number[]
  /** Empty where the claim has no floor. */
  readonly floors: readonly number[]
}

/** The sides in turn, A B A B …: what else the machine does meanwhile hits all. The first round warms up. */
const inTurn = async ({ comparison }: Ready, rounds: number): Promise<Rounds> => {
  const ours: number[] = []
  const theirs: number[] = []
  const floors: number[] = []
  for (let round = 0; round <= rounds; round++) {
    globalThis.gc?.()
    const our = await comparison.ours()
    globalThis.gc?.()
    const their = await comparison.theirs()
    globalThis.gc?.()
    const floor = await comparison.floor?.()
    if (round === 0 && rounds > 1) continue
    ours.push(our)
    theirs.push(their)
    if (floor !== undefined) floors.push(floor)
    if (rounds <= 1) break
  }
  return { ours, theirs, floors }
}

const ratiosOf = (above: readonly number[], below: readonly number[]): number[] =>
  above.map((value, round) => value / (below[round] ?? Number.NaN))

const floorOf = ({ ours, theirs, floors }: Rounds): { floor?: Floor } => {
  if (floors.length === 0) return {}
  const ofFloor = median(ratiosOf(ours, floors))
  return { floor: { value: median(floors), ofFloor, ofTheirs: median(ratiosOf(floors, theirs)) } }
}

/** Measures a claim in so many rounds, or in as many as it takes at most. */
export const measured = async (ready: Ready, most: number): Promise<Result> => {
  const { facts } = ready
  const rounds = Math.min(most, facts.atMost ?? most)
  const all = await inTurn(ready, rounds)
  const { ours, theirs } = all
  const ratios = ratiosOf(ours, theirs)
  const figures = { value: median(ours), ratio: median(ratios) }
  const { name, about, unit, better, against, budget, floorBudget } = facts
  return {
    name,
    about,
    unit,
    better,
    against,
    ...(budget === undefined ? {} : { budget }),
    ...(floorBudget === undefined ? {} : { floorBudget }),
    ...figures,
    ...floorOf(all),
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

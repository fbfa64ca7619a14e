import type { Scratch } from './scratch.ts'

/** What a claim is held to: the ratio of the two sides, or the value itself in the claim's unit. */
export interface Budget {
  readonly of: 'ratio' | 'value'
  readonly limit: number
}

/** The two sides of a claim, over the same input. Each does the whole work once and says how well it went. */
export interface Comparison {
  /** In the claim's unit. */
  ours(): Promise<number>
  /** In the claim's unit; always called after `ours`. */
  theirs(): Promise<number>
  /** In the claim's unit: the least that any program in this runtime could do. Always called after `theirs`. */
  floor?(): Promise<number>
}

/** One line of the table. */
export interface ClaimFacts {
  /** `append.fsync.1000`; the first word is its group. */
  readonly name: string
  /** One sentence: what is measured. */
  readonly about: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  /** Names the other side. */
  readonly against: string
  readonly budget?: Budget
  /** What ours / floor is held to, where the claim has a floor. */
  readonly floorBudget?: number
  /** At most so many rounds, where one takes long or always gives the same. */
  readonly atMost?: number
  /** Takes many minutes to prepare, and is measured only when it is asked for. */
  readonly large?: boolean
}

/** A claim, measured in what its group has prepared. */
export interface Claim<Arena> extends ClaimFacts {
  readonly compare: (arena: Arena) => Comparison
}

export interface Setting {
  readonly scratch: Scratch
  /** Smaller inputs, for trying the bench itself: what it prints is then no claim. */
  readonly quick: boolean
  /** Also the sizes that take many minutes to fill. */
  readonly large: boolean
  /** Says what is going on. */
  readonly say: (text: string) => void
}

/** What claims share, and how to end it. */
export interface Prepared<Arena> {
  readonly arena: Arena
  readonly end: () => Promise<void>
}

/** A comparison that is ready to run. */
export interface Ready {
  readonly facts: ClaimFacts
  readonly comparison: Comparison
}

/** Claims over one input, which is made once for those that are asked for. */
export interface Group {
  readonly claims: readonly ClaimFacts[]
  readonly each: (
    setting: Setting,
    wanted: ReadonlySet<string>,
    measure: (ready: Ready) => Promise<void>,
  ) => Promise<void>
}

/** Hides what the claims of a group share. Where nothing can be prepared, nothing is measured. */
export const group = <Arena>(
  claims: readonly Claim<Arena>[],
  prepare: (setting: Setting) => Promise<Prepared<Arena> | undefined>,
): Group => ({
  claims,
  each: async (setting, wanted, measure) => {
    const prepared = await prepare(setting)
    if (prepared === undefined) return
    try {
      for (const claim of claims) {
        if (!wanted.has(claim.name)) continue
        await measure({ facts: claim, comparison: claim.compare(prepared.arena) })
      }
    } finally {
      await prepared.end()
    }
  },
})

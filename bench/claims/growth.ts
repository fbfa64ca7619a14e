import { open, type Run, type Varve } from 'varve'
import { type Claim, type Comparison, group, type Setting } from '../harness/claim.ts'
import { logPoints, startRuns } from '../harness/load.ts'
import { elapsed, perSecond } from '../harness/measure.ts'

const callers = 1000

interface Size {
  readonly runs: number
  readonly events: number
}

interface Filled {
  readonly varve: Varve
  readonly runs: readonly Run[]
  readonly end: () => Promise<void>
}

/** A store with so many runs and events. */
const filled = async ({ scratch }: Setting, { runs: count, events }: Size): Promise<Filled> => {
  const folder = scratch.folder('growth')
  const varve = await open(folder, { durability: 'os', facts: false })
  const runs = await startRuns(varve, count)
  await logPoints({ runs, callers, events: Math.max(0, events - count) })
  const end = async (): Promise<void> => {
    await varve.close()
    await scratch.remove(folder)
  }
  return { varve, runs, end }
}

interface Growth {
  readonly setting: Setting
  readonly events: number
  readonly small: Size
  readonly many: Filled
  readonly full: Filled
}

const rate = async ({ events }: Growth, { runs }: Filled): Promise<number> =>
  perSecond(events, await elapsed(() => logPoints({ runs, callers, events })))

const compare = (input: Growth, large: Filled): Comparison => ({
  ours: () => rate(input, large),
  theirs: async () => {
    const small = await filled(input.setting, input.small)
    const found = await rate(input, small)
    await small.end()
    return found
  },
})

const shared = { unit: 'events/s', better: 'higher', budget: { of: 'ratio', limit: 0.9 } } as const

const claims: readonly Claim<Growth>[] = [
  {
    ...shared,
    name: 'append.growth.events',
    about: `One event a call, ${callers} at once, into a log of 10^6 events.`,
    against: '10^4 events',
    compare: (input) => compare(input, input.full),
  },
  {
    ...shared,
    name: 'append.growth.runs',
    about: `One event a call, ${callers} at once, over 10^5 runs in turn.`,
    against: '1000 runs',
    compare: (input) => compare(input, input.many),
  },
]

export const growth = group(claims, async (setting) => {
  const scale = setting.quick ? 0.1 : 1
  setting.say('fills a log with 10^6 events, and one with 10^5 runs')
  const full = await filled(setting, { runs: callers, events: 1_000_000 * scale })
  const many = await filled(setting, { runs: 100_000 * scale, events: 0 })
  // As many runs as callers: in every store a commit then names as many streams.
  const small = { runs: callers, events: 10_000 }
  return {
    arena: { setting, events: 100_000 * scale, small, many, full },
    end: async () => {
      await full.end()
      await many.end()
    },
  }
})

import { open } from 'varve'
import { type Claim, type Comparison, group, type Setting } from '../harness/claim.ts'
import { floorOf } from '../harness/floor.ts'
import { logPoints, startRuns } from '../harness/load.ts'
import { elapsed, perSecond } from '../harness/measure.ts'
import { commitsOf, type RawEntry, rawPuts } from '../harness/raw-level.ts'

type Durability = 'os' | 'fsync'

/** Enough for a second or two on a laptop. */
const eventsOf: Readonly<Record<Durability, Readonly<Record<number, number>>>> = {
  os: { 1: 20_000, 100: 100_000, 1000: 200_000 },
  fsync: { 1: 3000, 100: 60_000, 1000: 200_000 },
}

const budgets: Readonly<Record<number, number>> = { 1: 0.6, 1000: 0.5 }

interface Load {
  readonly durability: Durability
  readonly callers: number
}

/**
 * Ours writes a new store; theirs puts the commits that ours wrote, byte for byte, into a new database; the
 * floor does for each call what cannot be left out.
 */
const compare = ({ scratch, quick }: Setting, { durability, callers }: Load): Comparison => {
  const events = (eventsOf[durability][callers] ?? 0) / (quick ? 10 : 1)
  let written: readonly RawEntry[] = []
  return {
    ours: async () => {
      const folder = scratch.folder('append')
      const varve = await open(folder, { durability, facts: false })
      const runs = await startRuns(varve, 16)
      const { position } = await varve.log.info()
      const ms = await elapsed(() => logPoints({ runs, callers, events }))
      await varve.close()
      written = await commitsOf(folder, position + 1)
      await scratch.remove(folder)
      return perSecond(events, ms)
    },
    theirs: async () => {
      const folder = scratch.folder('raw')
      const ms = await rawPuts(folder, written, durability === 'fsync')
      await scratch.remove(folder)
      return perSecond(events, ms)
    },
    floor: async () => {
      const folder = scratch.folder('floor')
      const ms = await floorOf(folder, { callers, events, sync: durability === 'fsync' })
      await scratch.remove(folder)
      return perSecond(events, ms)
    },
  }
}

const claims = (['os', 'fsync'] as const).flatMap((durability) =>
  [1, 100, 1000].map((callers): Claim<Setting> => {
    const limit = budgets[callers]
    return {
      name: `append.${durability}.${callers}`,
      about: `One event a call, ${callers} at once, each awaited, every projection on.`,
      unit: 'events/s',
      better: 'higher',
      against: 'raw-level',
      ...(limit === undefined ? {} : { budget: { of: 'ratio', limit } }),
      ...(callers === 1000 ? { floorBudget: 0.5 } : {}),
      compare: (setting) => compare(setting, { durability, callers }),
    }
  }),
)

export const append = group(claims, async (setting) => ({ arena: setting, end: async () => {} }))

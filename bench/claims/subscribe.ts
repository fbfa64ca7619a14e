import { open, type Run, type Varve } from 'varve'
import { type Claim, group } from '../harness/claim.ts'
import { logPoints, startRuns } from '../harness/load.ts'
import { elapsed, perSecond } from '../harness/measure.ts'

const callers = 1000

interface Followed {
  readonly varve: Varve
  readonly runs: readonly Run[]
  readonly events: number
}

const rate = async ({ runs, events }: Followed): Promise<number> =>
  perSecond(events, await elapsed(() => logPoints({ runs, callers, events })))

/** The rate while a reader has taken one event, and asks for no other until the writers are done. */
const besideStalled = async (followed: Followed): Promise<number> => {
  const feed = followed.varve.events({ from: 'now' })[Symbol.asyncIterator]()
  const first = feed.next()
  await followed.runs[0]?.setTag('followed', 'yes')
  await first
  const found = await rate(followed)
  await feed.return?.()
  return found
}

const slow: Claim<Followed> = {
  name: 'subscribe.slow',
  about: `One event a call, ${callers} at once, while a subscriber takes nothing.`,
  unit: 'events/s',
  better: 'higher',
  against: 'no subscriber',
  budget: { of: 'ratio', limit: 0.9 },
  compare: (followed) => ({ ours: () => besideStalled(followed), theirs: () => rate(followed) }),
}

export const subscribe = group([slow], async ({ scratch, quick }) => {
  const folder = scratch.folder('subscribe')
  const varve = await open(folder, { durability: 'os', facts: false })
  const runs = await startRuns(varve, 16)
  return {
    arena: { varve, runs, events: quick ? 20_000 : 100_000 },
    end: async () => {
      await varve.close()
      await scratch.remove(folder)
    },
  }
})

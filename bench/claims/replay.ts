import { type Batch, open } from 'varve'
import { type Claim, type Comparison, group, type Setting } from '../harness/claim.ts'
import { concurrently, logPoints, startRuns } from '../harness/load.ts'
import { elapsed, perSecond } from '../harness/measure.ts'
import { forgetDerived, rawScan } from '../harness/raw-level.ts'

interface Logs {
  readonly single: Log
  readonly batched: Log
}

interface Log {
  readonly folder: string
  /** Events, or points: what is counted. */
  readonly count: number
}

const callers = 1000

const singlePoints = async (setting: Setting, events: number): Promise<Log> => {
  const folder = setting.scratch.folder('replay-events')
  const varve = await open(folder, { durability: 'os', facts: false })
  const runs = await startRuns(varve, 1000)
  await logPoints({ runs, callers, events })
  const { position } = await varve.log.info()
  await varve.close()
  return { folder, count: position + 1 }
}

const perBatch = 1000

const batchFrom = (first: number): Batch => ({
  metrics: Array.from({ length: perBatch }, (_, index) => {
    const step = first + Math.floor(index / 10)
    return { key: `metric/${index % 10}`, value: Math.sin(step * ((index % 10) + 1)), step }
  }),
})

const batchedPoints = async (setting: Setting, points: number): Promise<Log> => {
  const folder = setting.scratch.folder('replay-points')
  const varve = await open(folder, { durability: 'os', facts: false })
  const runs = await startRuns(varve, 100)
  const calls = points / perBatch
  await concurrently(8, async (caller) => {
    for (let call = caller; call < calls; call += 8) {
      await runs[call % runs.length]?.logBatch(batchFrom(Math.floor(call / runs.length) * 100))
    }
  })
  await varve.close()
  return { folder, count: points }
}

/** Ours opens a store of which only the log is left; theirs reads the same entries and drops them. */
const compare = ({ folder, count }: Log): Comparison => ({
  ours: async () => {
    await forgetDerived(folder)
    let varve: Awaited<ReturnType<typeof open>> | undefined
    const ms = await elapsed(async () => {
      varve = await open(folder, { facts: false })
    })
    await varve?.close()
    return perSecond(count, ms)
  },
  theirs: async () => perSecond(count, await rawScan(folder)),
})

const claims: readonly Claim<Logs>[] = [
  {
    name: 'replay.events',
    about: 'Opening with no projection left: 10^6 events of one point are checked and folded.',
    unit: 'events/s',
    better: 'higher',
    against: 'raw-scan',
    budget: { of: 'value', limit: 1_000_000 },
    compare: ({ single }) => compare(single),
  },
  {
    name: 'replay.points',
    about: 'The same with 5 × 10^6 points, 1000 an event.',
    unit: 'points/s',
    better: 'higher',
    against: 'raw-scan',
    budget: { of: 'value', limit: 5_000_000 },
    compare: ({ batched }) => compare(batched),
  },
]

export const replay = group(claims, async (setting) => {
  const scale = setting.quick ? 0.1 : 1
  setting.say('writes the logs that are replayed')
  const single = await singlePoints(setting, 1_000_000 * scale)
  const batched = await batchedPoints(setting, 5_000_000 * scale)
  return {
    arena: { single, batched },
    end: async () => {
      await setting.scratch.remove(single.folder)
      await setting.scratch.remove(batched.folder)
    },
  }
})

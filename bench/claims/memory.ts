import { open } from 'varve'
import { type Claim, group, type Setting } from '../harness/claim.ts'
import { logRuns, type SyntheticRun, wideRun } from '../harness/synthetic.ts'

interface Filled {
  readonly setting: Setting
  readonly folder: string
  readonly runs: number
}

/** Bytes on and beside JavaScript's heap that cannot be collected. */
const inUse = async (): Promise<number> => {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The run as a program would hold it that gives it no thought. */
const asObject = ({ experiment, params, metrics }: SyntheticRun): object => ({
  experiment,
  params: { ...params },
  metrics: Object.fromEntries(
    Object.entries(metrics).map(([key, value]) => [key, { last: value, step: 1, count: 1 }]),
  ),
})

const perRun: Claim<Filled> = {
  name: 'memory',
  about: 'Bytes in memory a run with ten params and ten metrics, in a store that was opened.',
  unit: 'bytes',
  better: 'lower',
  against: 'plain objects',
  atMost: 1,
  budget: { of: 'value', limit: 400 },
  compare: ({ folder, runs }) => ({
    ours: async () => {
      const before = await inUse()
      const varve = await open(folder, { facts: false })
      const after = await inUse()
      await varve.close()
      return (after - before) / runs
    },
    theirs: async () => {
      const before = await inUse()
      const held = Array.from({ length: 10_000 }, (_, run) => asObject(wideRun(run)))
      const after = await inUse()
      return (after - before) / held.length
    },
  }),
}

export const memory = group([perRun], async (setting) => {
  const { scratch, quick, say } = setting
  const runs = quick ? 5000 : 50_000
  say(`fills a store with ${runs} wide runs`)
  const folder = scratch.folder('memory')
  const varve = await open(folder, { durability: 'os', facts: false })
  await logRuns(varve, { from: 0, to: runs, make: wideRun })
  await varve.close()
  return { arena: { setting, folder, runs }, end: () => scratch.remove(folder) }
})

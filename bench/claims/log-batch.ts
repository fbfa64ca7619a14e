import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Batch, open } from 'varve'
import { type Claim, type Comparison, group, type Setting } from '../harness/claim.ts'
import { concurrently, startRuns } from '../harness/load.ts'
import { elapsed, perSecond } from '../harness/measure.ts'
import { commitsOf, type RawEntry, rawPuts } from '../harness/raw-level.ts'

const callers = 8
const keys = Array.from({ length: 100 }, (_, index) => `metric/${index}`)
const steps = 10

/** Ten steps of a hundred metrics. */
const batchFrom = (first: number): Batch => ({
  metrics: Array.from({ length: steps }, (_, offset) => first + offset).flatMap((step) =>
    keys.map((key, index) => ({ key, value: Math.sin(step * (index + 1)), step })),
  ),
})

interface Input {
  readonly setting: Setting
  readonly batches: readonly Batch[]
}

interface Round {
  readonly pointsPerSecond: number
  /** Longest time, in ms, for which nothing else could run. */
  readonly blocked: number
  readonly written: readonly RawEntry[]
}

const write = async ({ setting: { scratch }, batches }: Input): Promise<Round> => {
  const folder = scratch.folder('log-batch')
  const varve = await open(folder, { durability: 'os', facts: false })
  const runs = await startRuns(varve, callers)
  const { position } = await varve.log.info()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const ms = await elapsed(() =>
    concurrently(callers, async (caller) => {
      for (let at = caller; at < batches.length; at += callers) {
        await runs[caller]?.logBatch(batches[at] ?? {})
      }
    }),
  )
  delay.disable()
  await varve.close()
  const written = await commitsOf(folder, position + 1)
  await scratch.remove(folder)
  const points = batches.length * keys.length * steps
  return { pointsPerSecond: perSecond(points, ms), blocked: delay.max / 1e6, written }
}

const rate = (input: Input): Comparison => {
  let written: readonly RawEntry[] = []
  return {
    ours: async () => {
      const round = await write(input)
      written = round.written
      return round.pointsPerSecond
    },
    theirs: async () => {
      const { scratch } = input.setting
      const folder = scratch.folder('raw')
      const ms = await rawPuts(folder, written, false)
      await scratch.remove(folder)
      return perSecond(input.batches.length * keys.length * steps, ms)
    },
  }
}

/** What the machine itself takes away meanwhile, where nothing runs in the process but a timer. */
const idleDelay = async (): Promise<number> => {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await new Promise((resolve) => setTimeout(resolve, 500))
  delay.disable()
  return delay.max / 1e6
}

const claims: readonly Claim<Input>[] = [
  {
    name: 'log-batch.rate',
    about: `1000 points a call, 100 metrics, ${callers} at once.`,
    unit: 'points/s',
    better: 'higher',
    against: 'raw-level',
    budget: { of: 'value', limit: 2_000_000 },
    compare: rate,
  },
  {
    name: 'log-batch.blocked',
    about: 'The longest time for which the same load keeps the event loop.',
    unit: 'ms',
    better: 'lower',
    against: 'idle process',
    budget: { of: 'value', limit: 10 },
    compare: (input) => ({
      ours: async () => (await write(input)).blocked,
      theirs: idleDelay,
    }),
  },
]

export const logBatch = group(claims, async (setting) => {
  const count = setting.quick ? 200 : 1000
  const batches = Array.from({ length: count }, (_, index) => batchFrom(index * steps))
  return { arena: { setting, batches }, end: async () => {} }
})

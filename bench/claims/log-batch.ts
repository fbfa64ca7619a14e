import { type Batch, open, type Run } from 'varve'
import { type Claim, type Comparison, group, type Setting } from '../harness/claim.ts'
import { idleTurn, longestTurn } from '../harness/event-loop.ts'
import { concurrently, startRuns } from '../harness/load.ts'
import { elapsed, perSecond } from '../harness/measure.ts'
import { commitsOf, type RawEntry, rawPuts } from '../harness/raw-level.ts'

/** Few callers for the rate, many for how long they hold the event loop. */
const few = 8
const many = 100
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

const write = async (input: Input, callers: number): Promise<Round> => {
  const { scratch } = input.setting
  const folder = scratch.folder('log-batch')
  const varve = await open(folder, { durability: 'os', facts: false })
  const runs = await startRuns(varve, callers)
  const { position } = await varve.log.info()
  let ms = 0
  const blocked = await longestTurn(async () => {
    ms = await elapsed(() => logAll(input, runs))
  })
  await varve.close()
  const written = await commitsOf(folder, position + 1)
  await scratch.remove(folder)
  return { pointsPerSecond: perSecond(pointsOf(input), ms), blocked, written }
}

/** Each run has a caller of its own, which awaits each of its calls. */
const logAll = ({ batches }: Input, runs: readonly Run[]): Promise<void> =>
  concurrently(runs.length, async (caller) => {
    for (let at = caller; at < batches.length; at += runs.length) {
      await runs[caller]?.logBatch(batches[at] ?? {})
    }
  })

const pointsOf = ({ batches }: Input): number => batches.length * keys.length * steps

const rate = (input: Input): Comparison => {
  let written: readonly RawEntry[] = []
  return {
    ours: async () => {
      const round = await write(input, few)
      written = round.written
      return round.pointsPerSecond
    },
    theirs: async () => {
      const { scratch } = input.setting
      const folder = scratch.folder('raw')
      const ms = await rawPuts(folder, written, false)
      await scratch.remove(folder)
      return perSecond(pointsOf(input), ms)
    },
  }
}

const claims: readonly Claim<Input>[] = [
  {
    name: 'log-batch.rate',
    about: `1000 points a call, 100 metrics, ${few} at once.`,
    unit: 'points/s',
    better: 'higher',
    against: 'raw-level',
    budget: { of: 'value', limit: 2_000_000 },
    compare: rate,
  },
  {
    name: 'log-batch.blocked',
    about: `The longest time for which the same from ${many} at once keeps the event loop.`,
    unit: 'ms',
    better: 'lower',
    against: 'idle process',
    budget: { of: 'value', limit: 10 },
    compare: (input) => ({
      ours: async () => (await write(input, many)).blocked,
      theirs: idleTurn,
    }),
  },
]

export const logBatch = group(claims, async (setting) => {
  const count = setting.quick ? 200 : 1000
  const batches = Array.from({ length: count }, (_, index) => batchFrom(index * steps))
  return { arena: { setting, batches }, end: async () => {} }
})

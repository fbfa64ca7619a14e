import { type Batch, open, type Varve } from 'varve'
import { type Claim, group, type Setting } from '../harness/claim.ts'
import { folderSize } from '../harness/folder-size.ts'
import { elapsed } from '../harness/measure.ts'

const perBatch = 1000
const keys = Array.from({ length: 10 }, (_, index) => `metric/${index}`)
const start = Date.UTC(2024, 0, 1)
const stepMs = 250

type Values = (step: number, index: number) => number

/** A curve that falls and flattens, without noise. */
const smooth: Values = (step, index) => Math.exp(-step / (1000 * (index + 1)))

/** Every bit of the fraction as though by chance: nothing to compress. */
const random: Values = (step, index) => {
  const state = Math.imul(step + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)
  const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
  return ((mixed >>> 0) * 2 ** 20 + (Math.imul(mixed, 0x297a2d39) >>> 12)) / 2 ** 52
}

interface Stretch {
  readonly run: number
  /** The first step. */
  readonly first: number
}

/** A hundred steps of ten metrics, each step a quarter of a second after the one before; another curve each. */
const batchOf = ({ run, first }: Stretch, curve: Values): Batch => ({
  metrics: Array.from({ length: perBatch }, (_, at) => {
    const step = first + Math.floor(at / keys.length)
    const index = at % keys.length
    const value = curve(step, run * keys.length + index)
    return { key: keys[index] ?? '', value, step, timestamp: start + step * stepMs }
  }),
})

/** Bytes a point of a closed store that holds so many points of ten runs. */
const bytesOf = async ({ scratch }: Setting, points: number, curve: Values): Promise<number> => {
  const folder = scratch.folder('disk')
  const varve = await open(folder, { durability: 'os', facts: false })
  const runs = await Promise.all(
    Array.from({ length: 10 }, () => varve.runs.start({ experiment: 'disk' })),
  )
  const stepsOfRun = points / runs.length / keys.length
  for (let first = 0; first < stepsOfRun; first += perBatch / keys.length) {
    await Promise.all(runs.map((run, at) => run.logBatch(batchOf({ run: at, first }, curve))))
  }
  await varve.close()
  const bytes = await folderSize(folder)
  await scratch.remove(folder)
  return bytes / points
}

/** Bytes a point as MLflow's files have it: a line of timestamp, value and step for each. */
const linesOf = (points: number, curve: Values): number => {
  let bytes = 0
  for (let at = 0; at < points; at++) {
    const step = Math.floor(at / keys.length)
    bytes += `${start + step * stepMs} ${curve(step, at % keys.length)} ${step}\n`.length
  }
  return bytes / points
}

const disk = (name: string, limit: number, curve: Values): Claim<Setting> => ({
  name: `disk.${name}`,
  about: `Bytes a point on disk, log and all that is derived, of 10^6 points with ${name} values.`,
  unit: 'bytes',
  better: 'lower',
  against: 'lines of text',
  atMost: 1,
  budget: { of: 'value', limit },
  compare: (setting) => {
    const points = setting.quick ? 100_000 : 1_000_000
    return {
      ours: () => bytesOf(setting, points, curve),
      theirs: async () => linesOf(points / 10, curve),
    }
  },
})

export const diskUse = group(
  [disk('smooth', 14, smooth), disk('random', 22, random)],
  async (setting) => ({ arena: setting, end: async () => {} }),
)

interface Curve {
  readonly varve: Varve
  readonly run: string
  readonly values: Float64Array
}

const pixels = 1000

/** Least and greatest of each pixel, over the numbers alone. */
const minMax = (values: Float64Array): Float64Array => {
  const line = new Float64Array(2 * pixels)
  const width = values.length / pixels
  for (let pixel = 0; pixel < pixels; pixel++) {
    let least = Number.POSITIVE_INFINITY
    let greatest = Number.NEGATIVE_INFINITY
    for (let at = Math.floor(pixel * width); at < (pixel + 1) * width; at++) {
      const value = values[at] ?? 0
      if (value < least) least = value
      if (value > greatest) greatest = value
    }
    line[2 * pixel] = least
    line[2 * pixel + 1] = greatest
  }
  return line
}

const curveClaim: Claim<Curve> = {
  name: 'history',
  about: 'A metric of 10^6 points as a line of 1000 pixels: four points for each.',
  unit: 'ms',
  better: 'lower',
  against: 'an array in memory',
  atMost: 5,
  budget: { of: 'value', limit: 15 },
  compare: ({ varve, run, values }) => ({
    ours: () => elapsed(async () => void (await varve.runs.history(run, 'loss', { points: 4000 }))),
    theirs: () => elapsed(() => void minMax(values)),
  }),
}

export const history = group([curveClaim], async (setting) => {
  const { scratch, quick, say } = setting
  const points = quick ? 100_000 : 1_000_000
  say(`logs a curve of ${points} points`)
  const values = Float64Array.from({ length: points }, (_, step) => random(step, 0))
  const folder = scratch.folder('history')
  const varve = await open(folder, { durability: 'os', facts: false })
  const run = await varve.runs.start({ experiment: 'history' })
  for (let first = 0; first < points; first += perBatch) {
    const batch = Array.from(values.subarray(first, first + perBatch), (value, at) => {
      const step = first + at
      return { key: 'loss', value, step, timestamp: start + step * stepMs }
    })
    await run.logBatch({ metrics: batch })
  }
  return {
    arena: { varve, run: run.id, values },
    end: async () => {
      await varve.close()
      await scratch.remove(folder)
    },
  }
})

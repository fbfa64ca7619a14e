import type { MetricDataset, ModelMetrics } from './events.ts'

/** Where points come from: the run that measured them, and the data. */
export interface Origin {
  readonly run?: string
  readonly dataset?: MetricDataset
}

/**
 * Metric points of a logged model, oldest first: columns that never change, linked to those before them.
 * A block takes in those before it that are not twice as large, so that n points lie in about log n blocks.
 */
export interface PointBlock {
  readonly keys: readonly string[]
  readonly origins: readonly Origin[]
  /** Per point, an index into `keys`, and one into `origins`. */
  readonly key: Uint32Array
  readonly origin: Uint32Array
  readonly value: Float64Array
  readonly step: Float64Array
  readonly timestamp: Float64Array
  readonly before: PointBlock | undefined
}

/** Points under names of their own, before they are put into columns. */
interface Merging {
  readonly keys: string[]
  readonly origins: Origin[]
}

const indexIn = <T>(list: T[], item: T, isSame: (other: T) => boolean): number => {
  const at = list.findIndex(isSame)
  return at < 0 ? list.push(item) - 1 : at
}

const isSameOrigin = (a: Origin, b: Origin): boolean =>
  a.run === b.run && a.dataset?.name === b.dataset?.name && a.dataset?.digest === b.dataset?.digest

/** Renumbers an index column after its names were merged into those of another block. */
const renumbered = (column: Uint32Array, numbers: readonly number[]): Uint32Array =>
  column.map((index) => numbers[index] ?? 0)

const joined = <T extends Uint32Array | Float64Array>(first: T, second: T, empty: T): T => {
  empty.set(first)
  empty.set(second, first.length)
  return empty
}

const concatenated = (first: PointBlock, second: PointBlock): PointBlock => {
  const merging: Merging = { keys: [...first.keys], origins: [...first.origins] }
  const known = new Map(first.keys.map((key, index) => [key, index]))
  const keys = second.keys.map((key) => known.get(key) ?? merging.keys.push(key) - 1)
  const origins = second.origins.map((origin) =>
    indexIn(merging.origins, origin, (other) => isSameOrigin(origin, other)),
  )
  const size = first.key.length + second.key.length
  const numbers = (a: Float64Array, b: Float64Array) => joined(a, b, new Float64Array(size))
  const indices = (a: Uint32Array, b: Uint32Array) => joined(a, b, new Uint32Array(size))
  return {
    ...merging,
    key: indices(first.key, renumbered(second.key, keys)),
    origin: indices(first.origin, renumbered(second.origin, origins)),
    value: numbers(first.value, second.value),
    step: numbers(first.step, second.step),
    timestamp: numbers(first.timestamp, second.timestamp),
    before: first.before,
  }
}

/** The points with those of an event after them. */
export const withPoints = (
  points: PointBlock | undefined,
  { run, dataset, ...columns }: ModelMetrics,
): PointBlock | undefined => {
  if (columns.key.length === 0) return points
  const origin: Origin = {
    ...(run === undefined ? {} : { run }),
    ...(dataset === undefined ? {} : { dataset: datasetOf(dataset) }),
  }
  let block: PointBlock = {
    keys: [...columns.keys],
    origins: [origin],
    key: Uint32Array.from(columns.key),
    origin: new Uint32Array(columns.key.length),
    value: Float64Array.from(columns.value),
    step: Float64Array.from(columns.step),
    timestamp: Float64Array.from(columns.timestamp),
    before: points,
  }
  while (block.before !== undefined && block.before.key.length < 2 * block.key.length) {
    block = concatenated(block.before, block)
  }
  return block
}

const datasetOf = ({ name, digest }: MetricDataset): MetricDataset => ({
  name,
  ...(digest === undefined ? {} : { digest }),
})

/** The blocks, oldest first. */
export const blocksOf = (points: PointBlock | undefined): readonly PointBlock[] => {
  const blocks: PointBlock[] = []
  for (let block = points; block !== undefined; block = block.before) blocks.push(block)
  return blocks.reverse()
}

/** One point, by which a metric of a logged model is known. */
export interface LoggedMetric {
  readonly key: string
  readonly value: number
  readonly step: number
  /** Ms since the epoch, as the client stated it. */
  readonly timestamp: number
  /** The run that measured it. */
  readonly run?: string
  /** The data that it was measured on. */
  readonly dataset?: MetricDataset
}

const pointAt = (block: PointBlock, at: number): LoggedMetric => ({
  key: block.keys[block.key[at] ?? 0] ?? '',
  value: block.value[at] ?? Number.NaN,
  step: block.step[at] ?? 0,
  timestamp: block.timestamp[at] ?? 0,
  ...block.origins[block.origin[at] ?? 0],
})

/** What makes two points one: a client that repeats a call repeats all of it. */
const identityOf = ({ key, value, step, timestamp, run, dataset }: LoggedMetric): string =>
  JSON.stringify([
    ...[key, Object.is(value, -0) ? '-0' : String(value), step, timestamp],
    ...[run ?? null, dataset?.name ?? null, dataset?.digest ?? null],
  ])

/** Every point in the order of logging; one that was logged again is there once. */
export const pointsOf = (points: PointBlock | undefined): readonly LoggedMetric[] => {
  const found = new Map<string, LoggedMetric>()
  for (const block of blocksOf(points)) {
    for (let at = 0; at < block.key.length; at++) {
      const point = pointAt(block, at)
      const identity = identityOf(point)
      if (!found.has(identity)) found.set(identity, point)
    }
  }
  return [...found.values()]
}

/** The points of one metric, on the data that a test accepts. */
export function* pointsOfKey(
  points: PointBlock | undefined,
  key: string,
  accepts: (dataset: MetricDataset | undefined) => boolean = () => true,
): Generator<LoggedMetric, void> {
  for (let block = points; block !== undefined; block = block.before) {
    const index = block.keys.indexOf(key)
    if (index < 0) continue
    const wanted = block.origins.map(({ dataset }) => accepts(dataset))
    for (let at = 0; at < block.key.length; at++) {
      if (block.key[at] === index && wanted[block.origin[at] ?? 0] === true)
        yield pointAt(block, at)
    }
  }
}

/** Whether a point is later than another, as MLflow orders those of a logged model. */
const isLater = (a: LoggedMetric, b: LoggedMetric): boolean => {
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp
  return a.step === b.step ? a.value > b.value : a.step > b.step
}

/** The latest point of one metric, on the data that a test accepts. */
export const latestOfKey = (...args: Parameters<typeof pointsOfKey>): LoggedMetric | undefined => {
  let latest: LoggedMetric | undefined
  for (const point of pointsOfKey(...args)) {
    if (latest === undefined || isLater(point, latest)) latest = point
  }
  return latest
}

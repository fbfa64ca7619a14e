import type { Reader } from '../../kernel/engine.ts'
import type { RecordedEvent } from '../../kernel/events/event.ts'
import { runStream } from '../events.ts'
import type { MetricPoint } from '../run.ts'
import { downsample, Line } from './line.ts'
import { comparePoints, contentOf, joined, type Points, pointAt, pointsIn } from './points.ts'
import type { SeriesStore, StoredSeries } from './series-store.ts'

/** When the points that a run has outside of blocks are worth being put into blocks, as it is asked for. */
export interface BlockWorth {
  /** There are so many of them, */
  readonly points: number
  /** and of each metric so many: smaller blocks would be larger than what is in them. */
  readonly each: number
}

export const blockWorth: BlockWorth = { points: 20_000, each: 256 }

export interface HistoryParts {
  readonly reader: Reader
  readonly series: SeriesStore
  readonly worth: BlockWorth
  /** Told when blocks could not be written; the answer is right without them. */
  readonly report: (error: unknown, run: string) => void
}

/** Which points of which run. */
export interface HistoryQuery {
  readonly id: string
  readonly metric: string
  /** The last position that counts. */
  readonly position: number
  /** How many points there are up to it, as the run table has counted. */
  readonly total: number
  /** At most so many points are wanted; all of them unless given. */
  readonly count: number | undefined
}

/** The points of a metric: those in blocks, and those that came after. */
interface Sources {
  readonly stored: StoredSeries
  readonly recent: Points
}

const noSeries: StoredSeries = { summaries: [], isOrdered: true }

/** The points of one metric of one run: from blocks as far as there are any, then from the log. */
export const readHistory = async (
  parts: HistoryParts,
  query: HistoryQuery,
): Promise<readonly MetricPoint[]> => {
  const { id, metric, position, count } = query
  const { series, reader } = parts
  const generation = series.generation()
  const through = await series.through(id)
  const from = through <= position ? through : -1
  const events = await reader.stream(runStream(id), position, from + 1)
  const recent = pointsIn(events, metric)
  const stored = (from < 0 ? undefined : await series.series(id, metric)) ?? noSeries
  const points = await read(series, query, { stored, recent })
  if (points === undefined) {
    await keep(parts, id, () => series.remove(id))
    const whole = pointsIn(await reader.stream(runStream(id), position), metric)
    return downsample(whole, count)
  }
  if (from === through)
    await keep(parts, id, () => addBlocks(parts, { id, from, events, generation }))
  return points
}

/** The answer is right without the blocks. */
const keep = async (parts: HistoryParts, id: string, task: () => Promise<void>): Promise<void> => {
  try {
    await task()
  } catch (error) {
    parts.report(error, id)
  }
}

interface Fresh {
  readonly id: string
  /** The position before the first event. */
  readonly from: number
  readonly events: readonly RecordedEvent[]
  readonly generation: number
}

const addBlocks = async (
  { series, worth }: HistoryParts,
  { id, from, events, generation }: Fresh,
): Promise<void> => {
  const { keys, points } = contentOf(events)
  if (points < Math.max(worth.points, keys.size * worth.each)) return
  const byMetric = new Map(Array.from(keys, (key) => [key, pointsIn(events, key)]))
  const through = events.at(-1)?.position ?? from
  await series.add(id, byMetric, { from, through, generation })
}

/** `undefined` when the blocks are not what the log had. */
const read = async (
  series: SeriesStore,
  query: HistoryQuery,
  { stored, recent }: Sources,
): Promise<readonly MetricPoint[] | undefined> => {
  const { summaries, isOrdered } = stored
  const known = summaries.reduce((sum, { count }) => sum + count, recent.step.length)
  if (known !== query.total) return undefined
  const last = summaries.at(-1)?.last
  if (last === undefined) return downsample(recent, query.count)
  const goesOn = recent.step.length === 0 || comparePoints(last, pointAt(recent, 0)) <= 0
  if (isOrdered && goesOn && query.count !== undefined && known > query.count) {
    return await drawn(series, { ...query, count: query.count }, { stored, recent })
  }
  const blocks = await series.blocks(query.id, query.metric, [...summaries.keys()])
  if (blocks === undefined) return undefined
  return downsample(joined([...blocks.values(), recent]), query.count)
}

/** Reads only the blocks that are wider than a pixel. */
const drawn = async (
  series: SeriesStore,
  query: HistoryQuery & { readonly count: number },
  { stored, recent }: Sources,
): Promise<readonly MetricPoint[] | undefined> => {
  const { summaries } = stored
  const first = summaries[0]?.first.step ?? 0
  const last = recent.step.at(-1) ?? summaries.at(-1)?.last.step ?? 0
  const line = new Line({ first, last }, query.count)
  const wide = [...summaries.keys()].filter((block) => {
    const summary = summaries[block]
    return summary !== undefined && !line.isOne(summary.first.step, summary.last.step)
  })
  const blocks = await series.blocks(query.id, query.metric, wide)
  if (blocks === undefined) return undefined
  for (const [block, summary] of summaries.entries()) {
    const points = blocks.get(block)
    if (points === undefined) line.addSummary(summary)
    else line.add(points)
  }
  line.add(recent)
  return line.end()
}

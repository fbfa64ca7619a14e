import { sha256 } from '#platform'
import type { DerivedEntries } from '../../kernel/engine.ts'
import { codeOf } from '../../kernel/errors.ts'
import type { Entry } from '../../kernel/log/event-log.ts'
import { numberKey, prefix } from '../../kernel/log/keys.ts'
import { sealed, unsealed } from '../../kernel/log/sealed.ts'
import type { Summary } from './line.ts'
import { comparePoints, type Points } from './points.ts'
import {
  blockIn,
  blocksOf,
  loadSummaries,
  type SavedSummaries,
  type Segment,
  saveSummaries,
  segmentBlocks,
} from './segment.ts'

/** What lies in blocks of one metric of one run. */
export interface StoredSeries {
  readonly summaries: readonly Summary[]
  /** Whether each block begins after the one before it has ended. */
  readonly isOrdered: boolean
}

interface SavedSeries {
  readonly summaries: SavedSummaries
  readonly isOrdered: boolean
  /** By segment: its first block. */
  readonly starts: readonly number[]
}

/** Which events points were made of, and in which generation of the log they were read. */
interface AddedRange {
  readonly from: number
  readonly through: number
  readonly generation: number
}

const encoder = new TextEncoder()

/** Enough of a SHA-256 to tell any two names. */
const nameBytes = 16

/**
 * Names are the user's, of any length, and may be erased: hashed, since LevelDB writes keys into files of its own,
 * which it never rewrites.
 */
const framed = (...names: readonly string[]): Uint8Array => {
  const bytes = new Uint8Array(names.length * nameBytes)
  for (const [at, name] of names.entries()) {
    bytes.set(sha256(encoder.encode(name)).subarray(0, nameBytes), at * nameBytes)
  }
  return bytes
}

/** How far a run's events are in blocks lies under no metric, a metric's summaries under no segment. */
const runKey = (id: string): Uint8Array => numberKey(prefix.series, framed(id), 0)
const seriesKey = (id: string, metric: string): Uint8Array =>
  numberKey(prefix.series, framed(id, metric), 0)
const segmentKey = (id: string, metric: string, segment: number): Uint8Array =>
  numberKey(prefix.series, framed(id, metric), segment + 1)

const isOrdered = (summaries: readonly Summary[]): boolean =>
  summaries.every((summary, at) => {
    const before = summaries[at - 1]
    return before === undefined || comparePoints(before.last, summary.first) <= 0
  })

/**
 * Metric points in blocks beside the log: derived from it, and made only of runs whose long curves somebody
 * looked at. Damage counts as absence, as the log has every point.
 */
export class SeriesStore {
  readonly #entries: DerivedEntries

  constructor(entries: DerivedEntries) {
    this.#entries = entries
  }

  /** Ask before reading the events of which blocks are made. */
  generation(): number {
    return this.#entries.generation()
  }

  /** The last position of the log whose points of a run are in blocks; -1 for none. */
  async through(id: string): Promise<number> {
    const through = await this.#read(runKey(id))
    return typeof through === 'number' ? through : -1
  }

  /** What is in blocks of a metric; `undefined` when that cannot be told. */
  async series(id: string, metric: string): Promise<StoredSeries | undefined> {
    const saved = await this.#saved(id, metric)
    if (saved === undefined) return undefined
    return { summaries: loadSummaries(saved.summaries), isOrdered: saved.isOrdered }
  }

  /** Gives the points of some blocks of a metric, by block; `undefined` when one is damaged or gone. */
  async blocks(
    id: string,
    metric: string,
    wanted: readonly number[],
  ): Promise<ReadonlyMap<number, Points> | undefined> {
    const starts = (await this.#saved(id, metric))?.starts ?? []
    const points = new Map<number, Points>()
    let segment = -1
    let content: Segment = []
    for (const block of wanted) {
      const place = segmentOf(starts, block)
      if (place !== segment) {
        // `as`: entries of this prefix are written by `add` alone.
        content = ((await this.#read(segmentKey(id, metric, place))) as Segment | undefined) ?? []
        segment = place
      }
      const found = blockIn(content, block - (starts[place] ?? 0))
      if (found === undefined) return undefined
      points.set(block, found)
    }
    return points
  }

  /**
   * Adds the points that a run's events have from one position up to another, by metric; nothing, when data of the log
   * was erased since those were read.
   */
  async add(
    id: string,
    points: ReadonlyMap<string, Points>,
    { from, through, generation }: AddedRange,
  ): Promise<void> {
    await this.#entries.update(async () => {
      if (generation !== this.generation() || (await this.through(id)) !== from) return []
      const entries: Entry[] = [sealed(runKey(id), through)]
      for (const [metric, added] of points) {
        for (const entry of await this.#added(id, metric, added)) entries.push(entry)
      }
      return entries
    })
  }

  /** Removes everything of a run. */
  async remove(id: string): Promise<void> {
    await this.#entries.update(async () => {
      const doomed: Entry[] = []
      const own = Uint8Array.of(prefix.series, ...framed(id))
      for await (const { key } of this.#entries.scan(own)) doomed.push({ key })
      return doomed
    })
  }

  async #added(id: string, metric: string, points: Points): Promise<Entry[]> {
    const before = await this.#saved(id, metric)
    const { segments, summaries } = blocksOf(points)
    const all = [...(before === undefined ? [] : loadSummaries(before.summaries)), ...summaries]
    const blocks = all.length - summaries.length
    const starts = [...(before?.starts ?? [])]
    const first = starts.length
    for (const index of segments.keys()) starts.push(blocks + index * segmentBlocks)
    const saved: SavedSeries = {
      summaries: saveSummaries(all),
      isOrdered: isOrdered(all),
      starts,
    }
    return [
      sealed(seriesKey(id, metric), saved),
      ...segments.map((segment, index) => sealed(segmentKey(id, metric, first + index), segment)),
    ]
  }

  async #saved(id: string, metric: string): Promise<SavedSeries | undefined> {
    // `as`: entries of this prefix are written by `add` alone.
    return (await this.#read(seriesKey(id, metric))) as SavedSeries | undefined
  }

  async #read(key: Uint8Array): Promise<unknown> {
    try {
      const stored = await this.#entries.get(key)
      return stored === undefined ? undefined : unsealed(key, stored)
    } catch (error) {
      if (codeOf(error) === 'LOG_CORRUPT') return undefined
      throw error
    }
  }
}

/** The segment that holds a block: the last that begins at or before it. */
const segmentOf = (starts: readonly number[], block: number): number => {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((starts[middle] ?? 0) <= block) low = middle + 1
    else high = middle
  }
  return low - 1
}

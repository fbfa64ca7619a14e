import type { MetricPoint } from '../run.ts'
import { type Points, pointAt } from './points.ts'

/** A point and where it comes among all of them. */
interface Placed extends MetricPoint {
  readonly at: number
}

/** Points of a column, and where the column's first comes among all points. */
interface Range {
  readonly from: number
  readonly to: number
  readonly start: number
}

/** What a block of points comes to: enough to draw it where it is narrower than a pixel. */
export interface Summary {
  readonly count: number
  readonly first: MetricPoint
  readonly last: MetricPoint
  /** The first of the least, and of the greatest; none where no value is a number that can be drawn. */
  readonly least: Placed | undefined
  readonly greatest: Placed | undefined
}

/** The points that a line needs of those that fall into one pixel, and where each comes among all of them. */
class Bucket {
  #first: MetricPoint | undefined
  #last: MetricPoint | undefined
  #least: MetricPoint | undefined
  #greatest: MetricPoint | undefined
  #firstAt = -1
  #lastAt = -1
  #leastAt = -1
  #greatestAt = -1

  /** Adds the point that comes next. */
  add(point: MetricPoint, at: number): void {
    if (this.#first === undefined) {
      this.#first = point
      this.#firstAt = at
    }
    this.#last = point
    this.#lastAt = at
    if (point.value < (this.#least?.value ?? Number.POSITIVE_INFINITY)) {
      this.#least = point
      this.#leastAt = at
    }
    if (point.value > (this.#greatest?.value ?? Number.NEGATIVE_INFINITY)) {
      this.#greatest = point
      this.#greatestAt = at
    }
  }

  /** Adds points of which only those that could matter become objects. */
  addColumn(points: Points, { from, to, start }: Range): void {
    let least = this.#least?.value ?? Number.POSITIVE_INFINITY
    let greatest = this.#greatest?.value ?? Number.NEGATIVE_INFINITY
    for (let at = from; at < to; at++) {
      const value = points.value[at] ?? Number.NaN
      if (at !== from && at !== to - 1 && !(value < least) && !(value > greatest)) continue
      this.add(pointAt(points, at), start + at)
      if (value < least) least = value
      if (value > greatest) greatest = value
    }
  }

  get least(): Placed | undefined {
    return this.#least === undefined ? undefined : { ...this.#least, at: this.#leastAt }
  }

  get greatest(): Placed | undefined {
    return this.#greatest === undefined ? undefined : { ...this.#greatest, at: this.#greatestAt }
  }

  /** The ends first, if there is no room for all four; in order. */
  keepIn(kept: MetricPoint[], room: number): void {
    const places = new Map<number, MetricPoint | undefined>()
    const byRank = [
      [this.#lastAt, this.#last],
      [this.#firstAt, this.#first],
      [this.#greatestAt, this.#greatest],
      [this.#leastAt, this.#least],
    ] as const
    for (const [at, point] of byRank) if (at >= 0 && places.size < room) places.set(at, point)
    for (const [, point] of [...places].sort(([a], [b]) => a - b)) {
      if (point !== undefined) kept.push(plain(point))
    }
  }
}

/** A point without where it came. */
const plain = ({ value, step, timestamp }: MetricPoint): MetricPoint => ({ value, step, timestamp })

/** What points come to; there is at least one. */
export const summaryOf = (points: Points): Summary => {
  const count = points.step.length
  const bucket = new Bucket()
  bucket.addColumn(points, { from: 0, to: count, start: 0 })
  const { least, greatest } = bucket
  return { count, first: pointAt(points, 0), last: pointAt(points, count - 1), least, greatest }
}

/** The pixels of a line over all of the steps, each of which keeps at most four points. */
export class Line {
  readonly #first: number
  readonly #width: number
  readonly #buckets: number
  readonly #room: number
  readonly #kept: MetricPoint[] = []
  #bucket = new Bucket()
  #current = 0
  #at = 0

  constructor(steps: { readonly first: number; readonly last: number }, room: number) {
    this.#buckets = Math.max(1, Math.floor(room / 4))
    this.#first = steps.first
    this.#width = (steps.last - steps.first) / this.#buckets || 1
    this.#room = room
  }

  /** Whether everything between two steps falls into one pixel. */
  isOne(first: number, last: number): boolean {
    return this.#bucketOf(first) === this.#bucketOf(last)
  }

  /** Adds the points that come next, by what they come to: they fall into one pixel. */
  addSummary({ count, first, last, least, greatest }: Summary): void {
    this.#turnTo(this.#bucketOf(first.step))
    const bucket = this.#bucket
    const start = this.#at
    const isTurned = least !== undefined && greatest !== undefined && greatest.at < least.at
    const [early, late] = isTurned ? [greatest, least] : [least, greatest]
    bucket.add(first, start)
    if (early !== undefined) bucket.add(early, start + early.at)
    if (late !== undefined) bucket.add(late, start + late.at)
    bucket.add(last, start + count - 1)
    this.#at += count
  }

  /** Adds the points that come next. */
  add(points: Points): void {
    const { step } = points
    let from = 0
    while (from < step.length) {
      const bucket = this.#bucketOf(step[from] ?? 0)
      let to = from + 1
      while (to < step.length && this.#bucketOf(step[to] ?? 0) === bucket) to++
      this.#turnTo(bucket)
      this.#bucket.addColumn(points, { from, to, start: this.#at })
      from = to
    }
    this.#at += step.length
  }

  /** The points to draw, in order. */
  end(): readonly MetricPoint[] {
    this.#turnTo(-1)
    return this.#kept
  }

  #bucketOf(step: number): number {
    return Math.min(this.#buckets - 1, Math.floor((step - this.#first) / this.#width))
  }

  #turnTo(bucket: number): void {
    if (bucket === this.#current) return
    this.#bucket.keepIn(this.#kept, this.#room)
    this.#bucket = new Bucket()
    this.#current = bucket
  }
}

/**
 * At most `count` of the points, all of them unless given, so that a line drawn through them looks the same: the
 * steps are cut into count / 4 equal ranges, and each keeps its first, last, least and greatest point (M4: Jugel,
 * Jerzak, Hackenbroich, Markl, VLDB 2014).
 */
export const downsample = (
  points: Points,
  count = Number.POSITIVE_INFINITY,
): readonly MetricPoint[] => {
  const { step } = points
  if (step.length <= count) return Array.from(step, (_, at) => pointAt(points, at))
  const line = new Line({ first: step[0] ?? 0, last: step.at(-1) ?? 0 }, count)
  line.add(points)
  return line.end()
}

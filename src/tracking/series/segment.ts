import { decodeColumn, type EncodedColumn, encodeColumn } from '../../kernel/events/columns.ts'
import type { MetricPoint } from '../run.ts'
import { type Summary, summaryOf } from './line.ts'
import { type Points, pointsFrom } from './points.ts'

/** So many points make a block: it has a summary, and is decoded as a whole. */
const blockPoints = 512
/** So many blocks make a segment: it is one entry of the database. */
export const segmentBlocks = 16

type EncodedBlock = readonly [step: EncodedColumn, timestamp: EncodedColumn, value: EncodedColumn]

/** Neighbouring blocks, as they are stored. */
export type Segment = readonly EncodedBlock[]

const numbersOf = (column: EncodedColumn): Float64Array => {
  const numbers = decodeColumn(column)
  if (numbers instanceof Float64Array) return numbers
  throw new TypeError('Expected a column of numbers in a segment of points.')
}

/** Points cut into blocks, and what each comes to. */
export const blocksOf = (points: Points): { segments: Segment[]; summaries: Summary[] } => {
  const segments: EncodedBlock[][] = []
  const summaries: Summary[] = []
  for (let from = 0; from < points.step.length; from += blockPoints) {
    const block = pointsFrom(points, from, from + blockPoints)
    if (summaries.length % segmentBlocks === 0) segments.push([])
    const { step, timestamp, value } = block
    segments.at(-1)?.push([encodeColumn(step), encodeColumn(timestamp), encodeColumn(value)])
    summaries.push(summaryOf(block))
  }
  return { segments, summaries }
}

/** The points of a block of a segment. */
export const blockIn = (segment: Segment, block: number): Points | undefined => {
  const encoded = segment[block]
  if (encoded === undefined) return undefined
  const [step, timestamp, value] = encoded
  return { step: numbersOf(step), timestamp: numbersOf(timestamp), value: numbersOf(value) }
}

/** Summaries by columns: a thousand of them are read faster than a thousand objects. */
export type SavedSummaries = readonly EncodedColumn[]

/** A place of -1 stands for a point that there is not. */
const none: MetricPoint & { readonly at: number } = { step: 0, timestamp: 0, value: 0, at: -1 }

const fieldsOf = ({ count, first, last, least = none, greatest = none }: Summary): number[] => [
  count,
  ...[first, last, least, greatest].flatMap(({ step, timestamp, value }) => [
    step,
    timestamp,
    value,
  ]),
  least.at,
  greatest.at,
]

const fields = 15

export const saveSummaries = (summaries: readonly Summary[]): SavedSummaries => {
  const rows = summaries.map(fieldsOf)
  return Array.from({ length: fields }, (_, field) =>
    encodeColumn(Float64Array.from(rows, (row) => row[field] ?? 0)),
  )
}

export const loadSummaries = (saved: SavedSummaries): Summary[] => {
  const columns = saved.map(numbersOf)
  const field = (row: number, at: number): number => columns[at]?.[row] ?? 0
  const point = (row: number, at: number): MetricPoint => ({
    step: field(row, at),
    timestamp: field(row, at + 1),
    value: field(row, at + 2),
  })
  const placed = (row: number, at: number, place: number) => {
    const index = field(row, place)
    return index < 0 ? undefined : { ...point(row, at), at: index }
  }
  return Array.from(columns[0] ?? [], (count, row) => ({
    count,
    first: point(row, 1),
    last: point(row, 4),
    least: placed(row, 7, 13),
    greatest: placed(row, 10, 14),
  }))
}

import type { MetricColumns } from '../../tracking/events.ts'

export interface Point {
  readonly timestamp: number
  readonly value: number
  readonly step: number
}

const whole = /^[+-]?\d+$/
const float = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan)$/i

/**
 * Reads a line of a metric file: `timestamp value step`, without a step in old stores, with the name and digest
 * of a dataset behind it in new ones (they are not read). Gives the problem of a bad line.
 */
export const parseMetricLine = (line: string): Point | string => {
  const [timestamp = '', value = '', step = '0', ...others] = line.trim().split(' ')
  if (value === '' || others.length > 3) {
    return 'A metric point is "timestamp value step"; the line is left out.'
  }
  if (!whole.test(timestamp) || !Number.isSafeInteger(Number(timestamp))) {
    return `The timestamp ${quoted(timestamp)} is no whole number; the point is left out.`
  }
  if (!float.test(value)) return `The value ${quoted(value)} is no number; the point is left out.`
  if (!whole.test(step) || !Number.isSafeInteger(Number(step))) {
    return `The step ${quoted(step)} is no whole number; the point is left out.`
  }
  return { timestamp: Number(timestamp), value: parseFloatText(value), step: Number(step) }
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 60))

/** Python writes infinities as `inf`, which Number() does not know. */
const parseFloatText = (text: string): number => {
  const sign = text.startsWith('-') ? -1 : 1
  if (/inf/i.test(text)) return sign * Number.POSITIVE_INFINITY
  return /nan/i.test(text) ? Number.NaN : Number(text)
}

/** Gathers points in growing columns: 28 bytes a point. */
export interface PointColumns {
  add(key: string, point: Point): void
  /** The points by timestamp; those of one time in the order they came. */
  finish(): MetricColumns
}

export const createColumns = (): PointColumns => {
  const keys = new Map<string, number>()
  let columns = emptyColumns(64)
  let count = 0
  return {
    add: (name, point) => {
      if (count === columns.key.length) columns = grown(columns)
      const key = keys.get(name) ?? keys.size
      keys.set(name, key)
      columns.key[count] = key
      columns.value[count] = point.value
      columns.step[count] = point.step
      columns.timestamp[count] = point.timestamp
      count += 1
    },
    finish: () => ({ keys: [...keys.keys()], ...byTimestamp(columns, count) }),
  }
}

interface Columns {
  readonly key: Uint32Array<ArrayBuffer>
  readonly value: Float64Array<ArrayBuffer>
  readonly step: Float64Array<ArrayBuffer>
  readonly timestamp: Float64Array<ArrayBuffer>
}

const emptyColumns = (length: number): Columns => ({
  key: new Uint32Array(length),
  value: new Float64Array(length),
  step: new Float64Array(length),
  timestamp: new Float64Array(length),
})

const grown = (columns: Columns): Columns => {
  const larger = emptyColumns(columns.key.length * 2)
  larger.key.set(columns.key)
  larger.value.set(columns.value)
  larger.step.set(columns.step)
  larger.timestamp.set(columns.timestamp)
  return larger
}

const byTimestamp = (columns: Columns, count: number): Columns => {
  const { key, value, step, timestamp } = columns
  const at = (index: number): number => timestamp[index] ?? 0
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  order.sort((a, b) => at(a) - at(b) || a - b)
  const sorted = emptyColumns(count)
  order.forEach((from, to) => {
    sorted.key[to] = key[from] ?? 0
    sorted.value[to] = value[from] ?? 0
    sorted.step[to] = step[from] ?? 0
    sorted.timestamp[to] = at(from)
  })
  return sorted
}

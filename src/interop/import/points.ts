import type { MetricColumns } from '../../tracking/index.ts'
import type { Times } from './mode.ts'
import type { Stated } from './stated.ts'
import { pointAt } from './statements.ts'

/** Points of one event: a few hundred kB at most. */
const maxPoints = 5000

/** The points, in their order, without those that are recorded already. */
export const newPoints = (columns: MetricColumns, stated: Stated): MetricColumns => {
  if (!stated.hasPoints) return columns
  const fresh: number[] = []
  for (let index = 0; index < columns.key.length; index++) {
    if (!stated.takePoint(pointAt(columns, index))) fresh.push(index)
  }
  return {
    keys: columns.keys,
    key: Uint32Array.from(fresh, (index) => columns.key[index] ?? 0),
    value: Float64Array.from(fresh, (index) => columns.value[index] ?? 0),
    step: Float64Array.from(fresh, (index) => columns.step[index] ?? 0),
    timestamp: Float64Array.from(fresh, (index) => columns.timestamp[index] ?? 0),
  }
}

/**
 * The points in groups, an event each. Where times are claimed the points of a group have one timestamp:
 * the run can then be seen as of any moment of it.
 */
export function* groups(columns: MetricColumns, times: Times): Generator<MetricColumns, void> {
  const { timestamp } = columns
  let from = 0
  for (let at = 1; at <= timestamp.length; at++) {
    const isSame =
      at < timestamp.length && (times === 'recorded' || timestamp[at] === timestamp[from])
    if (isSame && at - from < maxPoints) continue
    yield slice(columns, from, at)
    from = at
  }
}

/** A part with only the keys that it uses. */
const slice = (columns: MetricColumns, from: number, to: number): MetricColumns => {
  const codes = new Map<number, number>()
  const key = columns.key.slice(from, to).map((code) => {
    const known = codes.get(code)
    if (known !== undefined) return known
    codes.set(code, codes.size)
    return codes.size - 1
  })
  return {
    keys: [...codes.keys()].map((code) => columns.keys[code] ?? ''),
    key,
    value: columns.value.slice(from, to),
    step: columns.step.slice(from, to),
    timestamp: columns.timestamp.slice(from, to),
  }
}

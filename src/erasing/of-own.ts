import type { RecordedEvent } from '../kernel/events/event.ts'
import { ERASED } from '../kernel/events/payload-events.ts'
import { type Eraser, withoutWords } from './without.ts'

/** What is left of events of one's own: the shape of their data, so that what reads it goes on. */
export const ofOwn =
  (matches: (event: RecordedEvent) => boolean): Eraser =>
  (event) => {
    if (!matches(event)) return undefined
    const data = shapeOf(event.data)
    const left = isSame(data, event.data)
      ? undefined
      : { event: { ...event, data }, kinds: ['data'] }
    return withoutWords(event, left)
  }

/** The same fields and lists, with nothing in them that was said. */
const shapeOf = (value: unknown): unknown => {
  if (typeof value === 'string') return ERASED
  if (typeof value === 'number' || typeof value === 'bigint') return Number.NaN
  if (typeof value === 'boolean') return false
  if (typeof value !== 'object' || value === null) return null
  if (Array.isArray(value)) return value.map(shapeOf)
  if (value instanceof Uint8Array) return new Uint8Array(0)
  if (value instanceof Float64Array) return new Float64Array(value.length).fill(Number.NaN)
  if (value instanceof Uint32Array) return new Uint32Array(value.length)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]))
}

/** Whether data is its own shape already: it was erased before. */
const isSame = (shape: unknown, value: unknown): boolean => {
  if (typeof shape !== 'object' || shape === null) return Object.is(shape, value)
  if (typeof value !== 'object' || value === null) return false
  const [mine, theirs] = [Object.entries(shape), Object.entries(value)]
  return (
    mine.length === theirs.length && mine.every(([, inner], at) => isSame(inner, theirs[at]?.[1]))
  )
}

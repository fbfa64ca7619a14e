import type { RecordedEvent } from '../kernel/events/event.ts'
import { ERASED } from '../kernel/events/payload-events.ts'
import type { Redaction } from '../kernel/log/redacted.ts'

/** Turns an event into what is left of it; `undefined` where there is nothing to erase. */
export type Eraser = (event: RecordedEvent) => Redaction | undefined

/** Fields of an event's data that are to be put in place of those it has, each with its kind. */
export class Changes {
  readonly #fields: [key: string, value: unknown][] = []
  readonly #kinds = new Set<string>()

  /** Takes what stands in the place of a field, unless that is what it was. */
  put(
    kind: string,
    key: string,
    [before, after]: readonly [before: unknown, after: unknown],
  ): this {
    if (before === undefined || Object.is(before, after)) return this
    this.#fields.push([key, after])
    this.#kinds.add(kind)
    return this
  }

  /** What is left of the event. */
  of(event: RecordedEvent): Redaction | undefined {
    if (this.#fields.length === 0) return undefined
    // `as`: the data of varve's own events is an object, and the fields are of its schema.
    const data = { ...(event.data as object), ...Object.fromEntries(this.#fields) }
    return { event: { ...event, data }, kinds: [...this.#kinds] }
  }
}

/** A text and what stands in its place; nothing for a text that is not there. */
export const text = (before: string | undefined): readonly [unknown, unknown] => [before, ERASED]

export type Pairs = readonly (readonly [string, string])[]

/** Pairs, and the same with the values of some of their keys erased. */
export const pairs = (
  before: Pairs,
  isErased: (key: string, value: string) => boolean,
  instead: string = ERASED,
): readonly [Pairs, Pairs] => {
  const matches = ([key, value]: readonly [string, string]): boolean =>
    value !== instead && isErased(key, value)
  if (!before.some(matches)) return [before, before]
  return [before, before.map((pair) => (matches(pair) ? [pair[0], instead] : pair))]
}

/** The redaction of an event, and what is said about it beside its data: comment and correlation. */
export const withoutWords = (
  event: RecordedEvent,
  redaction?: Redaction,
): Redaction | undefined => {
  const { meta, ...rest } = redaction?.event ?? event
  if (meta === undefined) return redaction
  const { comment, correlation, ...others } = meta
  const words = {
    ...(comment === undefined ? {} : { comment: ERASED }),
    ...(correlation === undefined ? {} : { correlation: ERASED }),
  }
  const isNew = [comment, correlation].some((word) => word !== undefined && word !== ERASED)
  if (!isNew) return redaction
  return {
    event: { ...rest, meta: { ...others, ...words } },
    kinds: [...new Set([...(redaction?.kinds ?? []), 'comment'])],
  }
}

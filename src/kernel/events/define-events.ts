import type { NewEvent, RecordedEvent } from './event.ts'
import type { OutputOf, StandardSchema } from './standard-schema.ts'

/** One event type: its current version, the schema of its data, and how older data is read. */
export interface EventDefinition<Schema extends StandardSchema = StandardSchema> {
  readonly version: number
  readonly data: Schema
  /** One sentence for the reference page. */
  readonly about?: string
  /** `upcast[n]` turns data of version n into data of version n + 1. History is never rewritten. */
  readonly upcast?: Readonly<Record<number, (data: unknown) => unknown>>
}

type Definitions = Readonly<Record<string, EventDefinition>>

/** The events of one noun, keyed by full type: `run.started`. */
export interface EventFamily<Noun extends string = string, D extends Definitions = Definitions> {
  readonly noun: Noun
  readonly types: { readonly [Verb in keyof D & string as `${Noun}.${Verb}`]: D[Verb] }
}

/**
 * Declares the events of one noun. The data's type, the check at the border and the reference page all
 * come from this one definition.
 */
export const defineEvents = <const Noun extends string, const D extends Definitions>(
  noun: Noun,
  definitions: D,
): EventFamily<Noun, D> => {
  const types = Object.fromEntries(
    Object.entries(definitions).map(([verb, definition]) => [`${noun}.${verb}`, definition]),
  )
  // `as` because Object.fromEntries forgets the keys that the signature states.
  return { noun, types: types as EventFamily<Noun, D>['types'] }
}

/** `{ 'run.started': StartedData, … }` of a family. */
export type EventDataOf<Family extends EventFamily> = {
  readonly [Type in keyof Family['types'] & string]: Family['types'][Type] extends EventDefinition<
    infer Schema
  >
    ? OutputOf<Schema>
    : never
}

/** The union of recorded events for a map from type to data. */
export type RecordedOf<Map> = {
  [Type in keyof Map & string]: RecordedEvent<Type, Map[Type]>
}[keyof Map & string]

/** The union of new events for a map from type to data. */
export type NewOf<Map> = {
  [Type in keyof Map & string]: NewEvent<Type, Map[Type]>
}[keyof Map & string]

/** Fold handlers for every type of a map: a missing one does not compile. */
export type Handlers<State, Map> = {
  readonly [Type in keyof Map & string]: (
    state: State,
    event: RecordedEvent<Type, Map[Type]>,
  ) => void
}

import { kernelError } from '../errors.ts'
import { eventName, type RecordedEvent } from '../events/event.ts'
import type { Parts } from './parts.ts'

/**
 * Handlers by event type. `never` accepts a handler of any event's data: the dispatch below is the one
 * place that pairs an event with the handler of its type.
 */
export type AnyHandlers<State> = Readonly<
  Record<string, ((state: State, event: never) => unknown) | undefined>
>

/** A read model: what it starts from, and how each event changes it. */
export interface Projection<State> {
  readonly name: string
  /** A new version throws the checkpoint of the old one away and folds the log again. */
  readonly version: number
  readonly initial: () => State
  /** Mutations of the state they are given, one a type; other types are passed over. */
  readonly handlers: AnyHandlers<State>
  /** How the state lies in a checkpoint. */
  readonly parts: Parts<State>
}

/** A projection whose kind of state does not matter here. */
export interface AnyProjection extends Omit<Projection<never>, 'initial'> {
  readonly initial: () => unknown
}

/** Folds one event into the state. @throws `PROJECTION_FAILED` with the event's position. */
export const foldEvent = <State>(
  projection: Pick<Projection<State>, 'name' | 'handlers'>,
  state: State,
  event: RecordedEvent,
): unknown => {
  const handler = Object.hasOwn(projection.handlers, event.type)
    ? projection.handlers[event.type]
    : undefined
  if (handler === undefined) return undefined
  try {
    // `as`: a handler stands under the type whose data it takes.
    return handler(state, event as never)
  } catch (cause) {
    throw kernelError(
      'PROJECTION_FAILED',
      `The projection ${projection.name} threw at ${eventName(event)}: ${cause instanceof Error ? cause.message : String(cause)}. Correct its handler and give it a new version.`,
      { data: { projection: projection.name, position: event.position, type: event.type }, cause },
    )
  }
}

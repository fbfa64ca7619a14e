import * as v from 'valibot'
import { checked } from './kernel/check.ts'
import type { Decider, Reader, WriteOptions, Writer } from './kernel/engine.ts'
import { kernelError } from './kernel/errors.ts'
import type { EventEngine } from './kernel/event-engine.ts'
import type { RecordedEvent } from './kernel/events/event.ts'
import { logEvents } from './kernel/events/log-events.ts'
import { payloadEvents } from './kernel/events/payload-events.ts'
import { reportTo } from './kernel/problem.ts'
import type {
  ProjectionDefinition,
  ProjectionHandle,
} from './kernel/projections/user-projection.ts'
import { type Feed, feedOf } from './kernel/streams/feed.ts'
import type { EventBatch, ReadOptions } from './kernel/streams/read-events.ts'
import { type Subscription, Subscriptions } from './kernel/streams/subscription.ts'
import { writeOptionsOf } from './kernel/write-options.ts'
import { loggedModelEvents } from './logged-models/index.ts'
import { readOnlyError } from './read-only.ts'
import { registryEvents } from './registry/index.ts'
import { trackingEvents } from './tracking/index.ts'
import type { EventsQuery } from './varve.ts'

const ownTypes = new Set(
  [...trackingEvents, ...registryEvents, ...loggedModelEvents, logEvents, payloadEvents].flatMap(
    ({ types }) => Object.keys(types),
  ),
)

/** Whether a type is one of varve's own, and no user's. */
export const isBuiltIn = (type: string): boolean => ownTypes.has(type)

const start = v.optional(
  v.union(
    [v.picklist(['start', 'now']), v.pipe(v.number(), v.integer(), v.minValue(0))],
    "Expected 'start', 'now' or a position from 0",
  ),
)

const queryEntries = {
  types: v.optional(v.array(v.string())),
  stream: v.optional(v.string()),
  from: start,
}

const eventsQuery = v.strictObject(queryEntries)

const readInput = v.strictObject({
  ...queryEntries,
  live: v.optional(v.boolean()),
  signal: v.optional(v.instance(AbortSignal)),
})

const projectionInput = v.looseObject({
  name: v.pipe(v.string(), v.minLength(1)),
  version: v.pipe(v.number(), v.integer(), v.minValue(0)),
  initial: v.function(),
  on: v.record(v.string(), v.function()),
})

const nameInput = v.pipe(v.string(), v.minLength(1), v.maxLength(250))

/** An appended event is decided by nobody: its schema is all the rule there is. */
const noRules: Decider<undefined> = { open: () => undefined, evolve: () => undefined }

const checkOwn = (stream: string, type: string): void => {
  const noun = type.split('.')[0]
  if (ownTypes.has(type)) {
    throw kernelError(
      'INVALID_VALUE',
      `${type} is an event of varve's own, with rules; append takes events of your own. Use runs, experiments or registry.`,
      { data: { path: 'type', value: type } },
    )
  }
  if (stream.startsWith(`${noun}:`) && stream.length > `${noun}:`.length) return
  throw kernelError(
    'INVALID_VALUE',
    `The stream of ${type} is "${stream}". Expected "${noun}:" and an id, such as "${noun}:42".`,
    { data: { path: 'stream', value: stream } },
  )
}

export interface UserEventsParts {
  readonly engine: EventEngine
  readonly reader: Reader
  readonly writer: Writer
  readonly check: () => void
  /** Fires when the caller's handle is closed. */
  readonly ended: AbortSignal
  /** What reads the events, where that is not the engine. */
  readonly read?: ((options: ReadOptions) => AsyncIterable<EventBatch>) | undefined
  /** Whether nothing may be written, cursors included. */
  readonly readOnly?: boolean
}

/** Events and projections, of varve's own and the user's, with types left to the caller. */
export interface UserEvents {
  read(options?: ReadOptions): AsyncIterable<EventBatch>
  events(query?: EventsQuery<string>): Feed<RecordedEvent>
  subscribe(name: string, query?: EventsQuery<string>): Promise<Subscription>
  project<State>(
    projection: ProjectionDefinition<State> | ProjectionHandle<State>,
  ): Promise<ProjectionHandle<State> | State>
  append(
    ...args: [stream: string, type: string, data: unknown, options?: WriteOptions]
  ): Promise<RecordedEvent>
}

/** A name is read by one loop, whichever of the handles on a store it came from. */
const subscriptions = new WeakMap<EventEngine, Subscriptions>()

const subscriptionsOf = (engine: EventEngine): Subscriptions => {
  const known = subscriptions.get(engine) ?? new Subscriptions(engine.source)
  subscriptions.set(engine, known)
  return known
}

/** Wires them to an engine. */
export const userEvents = (parts: UserEventsParts): UserEvents => {
  const { engine, reader, writer, check, ended } = parts
  const named = subscriptionsOf(engine)
  const knownTypes = (types: readonly string[] | undefined): void => {
    for (const type of types ?? []) engine.source.types.versionOf(type)
  }
  const queryOf = (query: EventsQuery<string> | undefined, what: string): EventsQuery<string> => {
    check()
    // `as`: exactOptionalPropertyTypes tells an absent part from one that is undefined; readers do not.
    const parsed = checked(eventsQuery, query ?? {}, what) as EventsQuery<string>
    knownTypes(parsed.types)
    return parsed
  }
  return {
    read: (options = {}) => {
      check()
      const { signal } = checked(readInput, options, 'read')
      knownTypes(options.types)
      const signals = signal === undefined ? [ended] : [ended, signal]
      const asked = { ...options, signal: AbortSignal.any(signals) }
      return parts.read === undefined ? engine.read(asked) : parts.read(asked)
    },
    events: (query) => {
      const parsed = queryOf(query, 'events')
      return feedOf(
        (signal) => {
          check()
          return reader.events(parsed).until(signal)
        },
        reportTo(engine.problems, 'observer of events'),
      )
    },
    subscribe: async (name, query) => {
      if (parts.readOnly === true) throw readOnlyError()
      return await named.open(
        checked(nameInput, name, 'subscribe'),
        queryOf(query, 'subscribe'),
        ended,
      )
    },
    project: async <State>(
      projection: ProjectionDefinition<State> | ProjectionHandle<State>,
    ): Promise<ProjectionHandle<State> | State> => {
      check()
      checked(v.object({}), projection, 'project')
      if ('state' in projection) return projection.state
      checked(projectionInput, projection, 'project')
      knownTypes(Object.keys(projection.on))
      return await engine.project(projection)
    },
    append: async (...[stream, type, data, options]) => {
      checkOwn(checked(v.string(), stream, 'append'), checked(v.string(), type, 'append'))
      const parsed = engine.source.types.parse(type, data)
      const [event] = await writer.execute({
        decider: noRules,
        decide: () => [{ stream, type, data: parsed }],
        request: { append: [stream, type, parsed] },
        options: writeOptionsOf(options, 'append: options'),
      })
      if (event === undefined) throw new TypeError('An appended event is always answered.')
      return event
    },
  }
}

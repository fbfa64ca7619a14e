import { checked } from '../check.ts'
import { kernelError } from '../errors.ts'
import type { EventDefinition, EventFamily } from './define-events.ts'
import type { RecordedEvent } from './event.ts'

/** Every event type that an engine knows. */
export class EventTypes {
  readonly #definitions = new Map<string, EventDefinition>()

  constructor(families: readonly EventFamily[]) {
    for (const family of families) this.add(family)
  }

  /** Adds a family. @throws `TypeError` when a type is defined already, by another definition. */
  add(family: EventFamily): void {
    for (const [type, definition] of Object.entries(family.types)) {
      const known = this.#definitions.get(type)
      if (known !== undefined && known !== definition) {
        throw new TypeError(`The event type ${type} is defined twice; give yours another noun.`)
      }
      this.#definitions.set(type, definition)
    }
  }

  /** The types that are defined, in order of definition. */
  names(): string[] {
    return [...this.#definitions.keys()]
  }

  /** The version in which events of the type are written. @throws `UNKNOWN_EVENT_TYPE` */
  versionOf(type: string): number {
    return this.#definition(type).version
  }

  /** Data from outside, checked by the type's schema. @throws `UNKNOWN_EVENT_TYPE`, `INVALID_VALUE` */
  parse(type: string, data: unknown): unknown {
    return checked(this.#definition(type).data, data, `event ${type}`)
  }

  /** The event as its type's current version reads it; an event of an unknown type as it stands. */
  upcast(event: RecordedEvent): RecordedEvent {
    const definition = this.#definitions.get(event.type)
    if (definition === undefined || definition.version <= event.schema) return event
    let { data } = event
    for (let version = event.schema; version < definition.version; version++) {
      const up = definition.upcast?.[version]
      if (up === undefined) {
        throw kernelError(
          'LOG_FORMAT',
          `${event.type}@${event.position} has version ${version} and nothing reads it as ${version + 1}. Define upcast[${version}] for ${event.type}.`,
          { data: { position: event.position, type: event.type, version } },
        )
      }
      data = up(data)
    }
    return { ...event, data, schema: definition.version }
  }

  #definition(type: string): EventDefinition {
    const definition = this.#definitions.get(type)
    if (definition !== undefined) return definition
    const noun = type.split('.')[0]
    const near = this.names().filter((name) => name.startsWith(`${noun}.`))
    throw kernelError(
      'UNKNOWN_EVENT_TYPE',
      `No event type is called ${type}. ${near.length > 0 ? `Of that noun there are ${near.join(', ')}.` : 'Define it with defineEvents and give it to open() as { events }.'}`,
      { data: { type, near } },
    )
  }
}

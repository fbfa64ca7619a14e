import type { RecordedOf } from '../kernel/events/define-events.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import type { RegistryEventData } from '../registry/events.ts'
import type { TrackingEventData } from '../tracking/index.ts'
import { Changes, type Eraser, pairs, text, withoutWords } from './without.ts'

/** Which words about a model, or one of its versions, go. */
export interface ModelParts {
  /** Of the model itself when there is none. */
  readonly version: number | undefined
  readonly tag: string | undefined
  readonly description: boolean
  readonly comment: boolean
}

/** What is left of the events of registered models. */
export const ofModel =
  (streams: ReadonlySet<string>, parts: ModelParts): Eraser =>
  (event) => {
    if (!streams.has(event.stream) || versionOf(event) !== parts.version) return undefined
    // `as`: a model's stream holds events of the registry alone, and the type says what the data is.
    const left = leftOf(event as RecordedOf<RegistryEventData>, parts).of(event)
    return parts.comment ? withoutWords(event, left) : left
  }

const versionOf = ({ type, data }: RecordedEvent): number | undefined => {
  if (!type.startsWith('version.')) return undefined
  // `as`: every event of a version says which.
  return (data as { readonly version: number }).version
}

const leftOf = (event: RecordedOf<RegistryEventData>, parts: ModelParts): Changes => {
  const { tag, description, comment } = parts
  const changes = new Changes()
  switch (event.type) {
    case 'model.registered':
    case 'version.created':
      changes.put(
        'tag',
        'tags',
        pairs(event.data.tags, (key) => key === tag),
      )
      return description
        ? changes.put('description', 'description', text(event.data.description))
        : changes
    case 'model.described':
    case 'version.described':
      return description
        ? changes.put('description', 'description', text(event.data.description))
        : changes
    case 'model.tag-set':
    case 'version.tag-set':
      return event.data.key === tag ? changes.put('tag', 'value', text(event.data.value)) : changes
    case 'version.transitioned':
      return comment ? changes.put('comment', 'comment', text(event.data.comment)) : changes
    default:
      return changes
  }
}

/** What is left of the events of one experiment without the values of a tag. */
export const ofExperiment =
  (stream: string, tag: string): Eraser =>
  (event) => {
    if (event.stream !== stream) return undefined
    const changes = new Changes()
    // `as`: an experiment's stream holds events of experiments alone, and the type says what the data is.
    const { type, data } = event as RecordedOf<TrackingEventData>
    if (type === 'experiment.created') {
      changes.put(
        'tag',
        'tags',
        pairs(data.tags, (key) => key === tag),
      )
    }
    if (type === 'experiment.tag-set' && data.key === tag) {
      changes.put('tag', 'value', text(data.value))
    }
    return changes.of(event)
  }

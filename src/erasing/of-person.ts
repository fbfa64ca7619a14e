import type { RecordedEvent } from '../kernel/events/event.ts'
import { Changes, type Eraser, type Pairs, pairs } from './without.ts'

/** Runs and logged models have their user as a tag, too. */
const userTag = 'mlflow.user'

const isPairs = (value: unknown): value is Pairs =>
  Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2)

/**
 * What is left of an event without a person's name where it says who: in the actor, and in the user and the tag of the
 * user that varve's own events have.
 */
export const ofPerson =
  (name: string, instead: string, isOwn: (type: string) => boolean): Eraser =>
  (event) => {
    const left = isOwn(event.type) ? undefined : fieldsWithout(event, name, instead).of(event)
    if (event.actor !== name) return left
    return {
      event: { ...(left?.event ?? event), actor: instead },
      kinds: ['actor', ...(left?.kinds ?? [])],
    }
  }

const fieldsWithout = ({ data }: RecordedEvent, name: string, instead: string): Changes => {
  const changes = new Changes()
  if (typeof data !== 'object' || data === null) return changes
  if ('user' in data && data.user === name) changes.put('user', 'user', [name, instead])
  if ('tags' in data && isPairs(data.tags)) {
    const isUser = (key: string, value: string): boolean => key === userTag && value === name
    changes.put('user', 'tags', pairs(data.tags, isUser, instead))
  }
  if ('key' in data && data.key === userTag && 'value' in data && data.value === name) {
    changes.put('user', 'value', [name, instead])
  }
  return changes
}

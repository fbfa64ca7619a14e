import { kernelError } from '../kernel/errors.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import type { Moment } from '../kernel/moment.ts'
import { isRegistryEvent } from '../registry/index.ts'
import { changedFields, type FieldDiff, noFields } from './fields.ts'
import type { AuditSources } from './sources.ts'
import { partsOf, type Standing, type StreamKind, type Subject, streamKinds } from './standing.ts'

/** What changed between two moments. */
export interface Diff {
  readonly from: Moment
  readonly to: Moment
  /** In the order in which each was first touched. */
  readonly entities: readonly EntityDiff[]
}

/** What changed about one entity, and the events that did it. */
export interface EntityDiff {
  /** `experiment`, `run`, `model`, `version`, or the noun of a stream of one's own. */
  readonly kind: string
  /** Of a model its name; of a version `<name of the model>/<version>`. */
  readonly id: string
  readonly name: string
  /**
   * `added`: it is active now and was not. `removed`: it was active and is not. `changed`: anything else,
   * also when it came and went in between.
   */
  readonly change: 'added' | 'removed' | 'changed'
  /** Those that differ: `status`, `params.max_depth`, `metrics.auc`, `artifacts.model/weights.bin`. */
  readonly fields: readonly FieldDiff[]
  readonly events: readonly ResponsibleEvent[]
}

/** An event between the two moments that touched an entity. */
export interface ResponsibleEvent {
  readonly position: number
  readonly type: string
  /** Ms since the epoch. */
  readonly recordedAt: number
  readonly actor: string
  readonly comment?: string
}

/** An entity that the range touches. */
interface Touched {
  readonly subject: Subject
  readonly kind: StreamKind
  readonly before: Standing | undefined
  readonly events: ResponsibleEvent[]
}

/**
 * What changed between two moments, by entity: fields that differ, and the events responsible.
 *
 * Costs the events between the moments and the histories of what they touch, whatever the length of the log.
 *
 * @throws `INVALID_VALUE` when `from` is later than `to`.
 */
export const diffMoments = async (
  { range, reader }: AuditSources,
  from: Moment,
  to: Moment,
): Promise<Diff> => {
  if (from.position > to.position) throw backwards(from, to)
  const kindOf = streamKinds()
  const touched = touchedEntities()
  const begun = new Set<string>()
  const begin = async ({ stream, revision }: RecordedEvent): Promise<void> => {
    if (begun.has(stream)) return
    begun.add(stream)
    // The first event of a stream has nothing before it to read.
    const history = revision === 0 ? [] : await reader.stream(stream, from.position)
    for (const earlier of history) kindOf(stream).add(earlier)
  }
  for await (const events of range(from.position + 1, to.position)) {
    for (const event of events) {
      const kind = kindOf(event.stream)
      await begin(event)
      touched.note(kind, event)
      kind.add(event)
    }
  }
  return { from, to, entities: touched.ordered.map(entityDiff) }
}

const backwards = (from: Moment, to: Moment): Error =>
  kernelError(
    'INVALID_VALUE',
    `diff: "from" (position ${from.position}) is later than "to" (position ${to.position}). Give the earlier moment first.`,
    { data: { path: 'from', from, to } },
  )

/** Collects the entities that events touch, in the order in which each was first touched. */
const touchedEntities = () => {
  const byStream = new Map<string, Map<number | undefined, Touched>>()
  const ordered: Touched[] = []
  const touch = (kind: StreamKind, subject: Subject): Touched => {
    const ofStream = byStream.get(subject.stream) ?? new Map<number | undefined, Touched>()
    byStream.set(subject.stream, ofStream)
    const known = ofStream.get(subject.version)
    if (known !== undefined) return known
    const touched = { subject, kind, before: kind.standing(subject), events: [] }
    ofStream.set(subject.version, touched)
    ordered.push(touched)
    return touched
  }
  return {
    ordered,
    /** Notes an event that is about to be folded. */
    note: (kind: StreamKind, event: RecordedEvent): void => {
      const found = responsible(event)
      for (const subject of kind.subjects(event)) touch(kind, subject).events.push(found)
    },
  }
}

/** The reason: a move of a version has it in its data, other events beside it. */
const commentOf = (event: RecordedEvent): string | undefined => {
  if (!isRegistryEvent(event) || event.type !== 'version.transitioned') return event.meta?.comment
  return event.data.comment ?? event.meta?.comment
}

const responsible = (event: RecordedEvent): ResponsibleEvent => {
  const { position, type, recordedAt, actor } = event
  const comment = commentOf(event)
  const found = { position, type, recordedAt, actor }
  return comment === undefined ? found : { ...found, comment }
}

const changeOf = (
  before: Standing | undefined,
  after: Standing | undefined,
): EntityDiff['change'] => {
  const was = before?.active === true
  const is = after?.active === true
  if (was === is) return 'changed'
  return is ? 'added' : 'removed'
}

const entityDiff = ({ subject, kind, before, events }: Touched): EntityDiff => {
  const after = kind.standing(subject)
  const { noun, id } = partsOf(subject.stream)
  const { id: known = id, name = id } = after ?? before ?? {}
  return {
    kind: subject.version === undefined ? noun : 'version',
    id: known,
    name,
    change: changeOf(before, after),
    fields: changedFields(before?.fields ?? noFields, after?.fields ?? noFields),
    events,
  }
}

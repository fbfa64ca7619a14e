import type { Handlers } from '../kernel/events/define-events.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { Aggregates } from '../kernel/projections/parts.ts'
import { type LoggedModelEventData, type LoggedModelStatus, loggedModelStream } from './events.ts'
import { type PointBlock, withPoints } from './metric-points.ts'
import type { LoggedModelLifecycle, ModelRegistration } from './model.ts'
import { versionTag, withVersion } from './version-tag.ts'

/** One logged model: a small frozen object, replaced when it changes. */
export interface LoggedModelState {
  readonly id: string
  readonly name: string
  readonly experiment: string
  readonly status: LoggedModelStatus
  readonly statusMessage?: string
  readonly type?: string
  readonly run?: string
  readonly artifactLocation?: string
  readonly user?: string
  readonly params: ReadonlyMap<string, string>
  readonly tags: ReadonlyMap<string, string>
  readonly points: PointBlock | undefined
  readonly registrations: readonly ModelRegistration[]
  readonly lifecycle: LoggedModelLifecycle
  readonly createdAt: number
  readonly changedAt: number
  readonly createdTime: number
  readonly changedTime: number
}

/** Every logged model as it stands. */
export interface LoggedModels {
  readonly byStream: Aggregates<LoggedModelState>
}

/** What events are folded into: the table, or a layer over it. */
export interface LoggedModelTable {
  readonly byStream: {
    get(stream: string): LoggedModelState | undefined
    set(stream: string, model: LoggedModelState): unknown
  }
}

export const initialLoggedModels = (): LoggedModels => ({ byStream: new Aggregates() })

export const loggedModelById = (
  { byStream }: LoggedModelTable,
  id: string,
): LoggedModelState | undefined => byStream.get(loggedModelStream(id))

type Data = LoggedModelEventData
type EventOf<Type extends keyof Data> = RecordedEvent<Type, Data[Type]>

const created = (event: EventOf<'logged-model.created'>): LoggedModelState => {
  const { data, position, recordedAt } = event
  const { id, name, experiment, type, run, artifactLocation, user } = data
  const createdTime = data.createdAt ?? recordedAt
  return {
    id,
    name,
    experiment,
    status: 'PENDING',
    ...(type === undefined ? {} : { type }),
    ...(run === undefined ? {} : { run }),
    ...(artifactLocation === undefined ? {} : { artifactLocation }),
    ...(user === undefined ? {} : { user }),
    params: new Map(data.params),
    tags: new Map(data.tags),
    points: undefined,
    registrations: [],
    lifecycle: 'active',
    createdAt: position,
    changedAt: position,
    createdTime,
    changedTime: createdTime,
  }
}

const change = (
  { byStream }: LoggedModelTable,
  { stream, position, recordedAt }: RecordedEvent,
  fields: (before: LoggedModelState) => Partial<LoggedModelState>,
): void => {
  const before = byStream.get(stream)
  if (before === undefined) return
  const touched = { changedAt: position, changedTime: recordedAt }
  byStream.set(stream, Object.freeze({ ...before, ...fields(before), ...touched }))
}

/** What a model said of an earlier status goes with it. */
const finalized = (
  { statusMessage: _, ...before }: LoggedModelState,
  { status, message }: Data['logged-model.finalized'],
): LoggedModelState => ({
  ...before,
  status,
  ...(message === undefined ? {} : { statusMessage: message }),
})

const without = (tags: ReadonlyMap<string, string>, key: string): ReadonlyMap<string, string> => {
  const rest = new Map(tags)
  rest.delete(key)
  return rest
}

export const loggedModelHandlers: Handlers<LoggedModelTable, Data> = {
  'logged-model.created': ({ byStream }, event) => {
    if (byStream.get(event.stream) !== undefined) return
    byStream.set(event.stream, Object.freeze(created(event)))
  },
  'logged-model.finalized': ({ byStream }, event) => {
    const before = byStream.get(event.stream)
    if (before === undefined) return
    const touched = { changedAt: event.position, changedTime: event.recordedAt }
    byStream.set(event.stream, Object.freeze({ ...finalized(before, event.data), ...touched }))
  },
  'logged-model.params-logged': (models, event) => {
    change(models, event, ({ params }) => ({ params: new Map([...params, ...event.data.params]) }))
  },
  'logged-model.metrics-logged': (models, event) => {
    change(models, event, ({ points }) => ({ points: withPoints(points, event.data) }))
  },
  'logged-model.tags-set': (models, event) => {
    change(models, event, ({ tags }) => ({ tags: new Map([...tags, ...event.data.tags]) }))
  },
  'logged-model.tag-deleted': (models, event) => {
    change(models, event, ({ tags }) => ({ tags: without(tags, event.data.key) }))
  },
  'logged-model.registered': (models, event) => {
    const { model, version } = event.data
    change(models, event, ({ tags, registrations }) => ({
      registrations: [...registrations, { model, version }],
      tags: new Map([...tags, [versionTag, withVersion(tags.get(versionTag), model, version)]]),
    }))
  },
  'logged-model.deleted': (models, event) => {
    change(models, event, () => ({ lifecycle: 'deleted' }))
  },
}

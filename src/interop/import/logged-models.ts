import {
  type LoggedModelEventData,
  loggedModelStream,
  type NewLoggedModelEvent,
} from '../../logged-models/events.ts'
import type { SourceLoggedModel } from '../mlflow/index.ts'
import { type ImportContext, unknownActor } from './context.ts'
import { type Draft, type Lane, ranks, timeOr } from './draft.ts'
import type { PlannedExperiment } from './experiments.ts'
import { fitting, packs } from './pairs.ts'
import { groups, newPoints } from './points.ts'
import { readStated, type Stated } from './stated.ts'
import { field } from './statements.ts'

/** The logged models of a source as lanes. */
export const loggedModelLanes = (
  context: ImportContext,
  models: readonly SourceLoggedModel[],
  experiments: ReadonlyMap<string, PlannedExperiment>,
): Lane[] => {
  const seen = new Set<string>()
  return models.flatMap((model) => {
    context.tally.reads({ loggedModels: 1 })
    const file = `${model.experiment}/models/${model.id}`
    const experiment = experiments.get(model.experiment)
    if (experiment === undefined) {
      const message = `There is no experiment ${model.experiment}; the logged model is left out.`
      context.tally.refuse(file, message)
      return []
    }
    if (seen.has(model.id)) {
      const message = `A logged model with the id ${model.id} was read before; this one is left out.`
      context.tally.refuse(file, message)
      return []
    }
    seen.add(model.id)
    const key = loggedModelStream(model.id)
    return [{ key, drafts: drafts(context, { model, experiment, file }) }]
  })
}

/** One logged model on its way into the store. */
interface Place {
  readonly model: SourceLoggedModel
  readonly experiment: PlannedExperiment
  readonly file: string
}

type Data = LoggedModelEventData
type DraftParts = Pick<Draft, 'due' | 'rank'> &
  Partial<Pick<Draft, 'stated' | 'counts' | 'isBirth'>>

/** Makes drafts of events of one logged model. */
type Make = <Type extends keyof Data & string>(
  parts: DraftParts,
  event: readonly [Type, Data[Type]],
) => Draft

const making = ({ model, file }: Place): Make => {
  const stream = loggedModelStream(model.id)
  const actor = model.tags.find(([key]) => key === 'mlflow.user')?.[1] || unknownActor
  return ({ stated = null, counts = {}, ...parts }, [type, data]) => {
    // `as`: the tuple's type binds type and data together, which the union forgets.
    const event = { type, stream, actor, data } as unknown as NewLoggedModelEvent
    return { ...parts, stated, counts, file, entity: stream, build: () => event }
  }
}

async function* drafts(context: ImportContext, place: Place): AsyncGenerator<Draft, void> {
  const { experiment, file, model } = place
  const { tally, times } = context
  const fit = {
    ...model,
    params: fitting(model.params, { what: 'param', file, tally }),
    tags: fitting(model.tags, { what: 'tag', file, tally }),
  }
  const stated = await readStated(context.reader, loggedModelStream(model.id))
  const born = timeOr(model.createdAt, timeOr(model.updatedAt, 0))
  yield experiment.birth(born)
  if (context.sink.isUnborn(experiment.stream)) return
  const make = making(place)
  yield* beginning({ ...place, model: fit }, { make, stated, due: born })
  let due = born
  for (const { run, dataset, ...columns } of await model.metrics()) {
    const origin = {
      ...(run === undefined ? {} : { run }),
      ...(dataset === undefined ? {} : { dataset }),
    }
    for (const points of groups(newPoints(columns, stated), times)) {
      due = Math.max(due, points.timestamp[0] ?? due)
      const data = { ...origin, ...points }
      yield make({ due, rank: ranks.metrics }, ['logged-model.metrics-logged', data])
    }
  }
  yield* ending(model, { make, stated, due: Math.max(due, timeOr(model.updatedAt, due)) })
}

interface Stage {
  readonly make: Make
  readonly stated: Stated
  readonly due: number
}

function* beginning(
  { model, experiment }: Place,
  { make, stated, due }: Stage,
): Generator<Draft, void> {
  const parts = { due, rank: ranks.loggedModel }
  const isNew = stated.isEmpty
  const params = isNew
    ? packs(model.params)
    : packs(model.params.filter(([key]) => stated.get(field.param(key)) === undefined))
  const tags = isNew
    ? packs(model.tags)
    : packs(model.tags.filter(([key, value]) => stated.isNew(field.tag(key), value)))
  if (isNew) {
    const first = { params: params.shift() ?? [], tags: tags.shift() ?? [] }
    const birth = { isBirth: true, stated: model.createdAt, counts: { loggedModels: 1 } } as const
    const data = { ...created(model, experiment.id), ...first }
    yield make({ ...parts, ...birth }, ['logged-model.created', data])
  }
  for (const pack of params) yield make(parts, ['logged-model.params-logged', { params: pack }])
  for (const pack of tags) yield make(parts, ['logged-model.tags-set', { tags: pack }])
}

const created = (
  { id, name, type, run, artifactLocation, createdAt }: SourceLoggedModel,
  experiment: string,
): Omit<Data['logged-model.created'], 'params' | 'tags'> => ({
  id,
  experiment,
  name,
  ...(type === null ? {} : { type }),
  ...(run === null ? {} : { run }),
  ...(artifactLocation === null ? {} : { artifactLocation }),
  ...(createdAt === null ? {} : { createdAt }),
})

function* ending(
  { status, statusMessage, deleted, updatedAt }: SourceLoggedModel,
  { make, stated, due }: Stage,
): Generator<Draft, void> {
  const parts = { due, rank: ranks.end, stated: updatedAt }
  if (stated.isNew(field.status, status, 'PENDING')) {
    const message = statusMessage === null ? {} : { message: statusMessage }
    yield make(parts, ['logged-model.finalized', { status, ...message }])
  }
  if (deleted && stated.isNew(field.deleted, 'yes')) {
    yield make(parts, ['logged-model.deleted', {}])
  }
}

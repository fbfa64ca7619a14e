import * as v from 'valibot'
import { checked } from '../kernel/check.ts'
import { newId } from '../kernel/ids.ts'
import {
  type MetricInput,
  type MetricsOfModel,
  metricRow,
  metricsOfModels,
  metricsOfRow,
  type Named,
  nameOf,
  pairsOf,
  randomRunName,
} from '../tracking/index.ts'
import * as decide from './decide.ts'
import type { NewLoggedModelEvent } from './events.ts'
import {
  createInput,
  finalizeInput,
  finalizeOptions,
  metricOptions,
  pointOptions,
} from './inputs.ts'
import type { PendingLoggedModels } from './pending.ts'

/** A checked call: what it decides, and how to write it. */
export interface Change {
  readonly id: string
  readonly rule: (facts: PendingLoggedModels) => readonly NewLoggedModelEvent[]
  readonly options: unknown
  /** What an idempotency key stands for. */
  readonly request: unknown
}

/** Options of a call, and the clock's time. */
interface Timed {
  readonly given: unknown
  readonly now: number
}

/** The fields that have a value. */
const defined = <T extends object>(
  fields: T,
): { readonly [Key in keyof T]: Exclude<T[Key], undefined> } =>
  // `as` because Object.fromEntries forgets which keys there were.
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    readonly [Key in keyof T]: Exclude<T[Key], undefined>
  }

const create = (input?: unknown): Change => {
  const given = checked(createInput, input, 'loggedModels.create')
  const { actor, idempotencyKey, expectRevision, meta, experiment, experimentId, ...own } = given
  const params = pairsOf(own.params, 'params')
  const tags = pairsOf(own.tags, 'tags')
  const id = own.id ?? `m-${newId()}`
  const name = own.name ?? randomRunName()
  const command = {
    ...defined(own),
    ...{ id, name, params, tags },
    experiment: choice({ experiment, experimentId, run: own.run }),
  }
  return {
    id,
    rule: (facts) => decide.createLoggedModel(facts, command),
    options: { actor, idempotencyKey, expectRevision, meta },
    // Without what is new at each call.
    request: { create: { ...defined({ ...own, experiment, experimentId }), params, tags } },
  }
}

const choice = ({
  experiment,
  experimentId,
  run,
}: {
  readonly experiment: string | undefined
  readonly experimentId: string | undefined
  readonly run: string | undefined
}): decide.ExperimentChoice => {
  if (experimentId !== undefined) return { id: experimentId }
  if (experiment === undefined && run !== undefined) return { run }
  return { name: experiment ?? 'Default' }
}

const finalize = (given: unknown, wanted: unknown, options?: unknown): Change => {
  const id = nameOf(given, 'id')
  const parsed = checked(finalizeOptions, options, 'loggedModels.finalize: options')
  const { message: why, ...how } = parsed
  const { status, message } = checked(
    finalizeInput,
    { status: wanted, message: why },
    'loggedModels.finalize',
  )
  const command = { id, status, ...defined({ message }) }
  const rule: Change['rule'] = (facts) => decide.finalize(facts, command)
  return { id, rule, options: how, request: { finalize: command } }
}

const logParams = (given: unknown, values: unknown, options?: unknown): Change => {
  const id = nameOf(given, 'id')
  const params = pairsOf(values ?? null, 'params')
  const rule: Change['rule'] = (facts) => decide.logParams(facts, { id, params })
  return { id, rule, options, request: { logParams: [id, params] } }
}

const logging = (id: string, measured: readonly MetricsOfModel[]): Change['rule'] => {
  const metrics = measured.map((own) => own.metrics)
  return (facts) => decide.logMetrics(facts, { id, metrics })
}

const logMetrics = (model: unknown, values: Named<number>, { given, now }: Timed): Change => {
  const id = nameOf(model, 'id')
  const parsed = checked(metricOptions, given, 'loggedModels.logMetrics: options')
  const { step, timestamp, run, dataset, ...options } = parsed
  const at = defined({ step, timestamp })
  const columns = metricRow(values, at, now)
  const asked = [id, columns.keys, Array.from(columns.value), at, defined({ run, dataset })]
  const rule = logging(id, metricsOfRow({ model: id, dataset }, run, columns))
  return { id, rule, options, request: { logMetrics: asked } }
}

const pointList = v.array(v.looseObject({}))

const logPoints = (model: unknown, points: unknown, { given, now }: Timed): Change => {
  const id = nameOf(model, 'id')
  const list = checked(pointList, points, 'loggedModels.logPoints: points')
  const parsed = checked(pointOptions, given, 'loggedModels.logPoints: options')
  const { run, ...options } = parsed
  // `as`: each point is checked where columns are made of them.
  const own = list.map((point) => ({ ...point, model: id }) as unknown as MetricInput)
  const rule = logging(id, metricsOfModels(own, run, now))
  return { id, rule, options, request: { logPoints: [id, list, run ?? null] } }
}

const setTags = (given: unknown, values: unknown, options?: unknown): Change => {
  const id = nameOf(given, 'id')
  const tags = pairsOf(values ?? null, 'tags')
  const rule: Change['rule'] = (facts) => decide.setTags(facts, { id, tags })
  return { id, rule, options, request: { setTags: [id, tags] } }
}

const deleteTag = (given: unknown, name: unknown, options?: unknown): Change => {
  const id = nameOf(given, 'id')
  const key = nameOf(name, 'key')
  const rule: Change['rule'] = (facts) => decide.deleteTag(facts, { id, key })
  return { id, rule, options, request: { deleteTag: [id, key] } }
}

const remove = (given: unknown, options?: unknown): Change => {
  const id = nameOf(given, 'id')
  const rule: Change['rule'] = (facts) => decide.deleteLoggedModel(facts, { id })
  return { id, rule, options, request: { delete: id } }
}

/** What each writing call means, from arguments that may be anything. */
export const changes = {
  create,
  finalize,
  logParams,
  logMetrics,
  logPoints,
  setTags,
  deleteTag,
  delete: remove,
} as const

import { randomRunName, trackingRules } from '../../../tracking/index.ts'
import { type Endpoint, endpoint, type Rule } from '../endpoint.ts'
import { runAnswer, runInfoAnswer } from '../entities.ts'
import { invalid, missingParameter } from '../errors.ts'
import { checkExperimentId } from '../names.ts'
import {
  enumOf,
  integer,
  listOf,
  optional,
  required,
  runId,
  text,
  withDefault,
} from '../wire/fields.ts'
import { checkWritable, findRun } from './common.ts'
import { looseTagKind } from './values.ts'

const NAME_TAG = 'mlflow.runName'
const PARENT_TAG = 'mlflow.parentRunId'

const statusKind = enumOf(
  { RUNNING: 1, SCHEDULED: 2, FINISHED: 3, FAILED: 4, KILLED: 5 },
  { checked: true },
)

/** The name is an argument or a tag, but not two. @throws `INVALID_PARAMETER_VALUE` */
const runNameOf = (given: string, tags: ReadonlyMap<string, string>): string => {
  const tagged = tags.get(NAME_TAG) ?? ''
  if (given !== '' && tagged !== '' && given !== tagged)
    throw invalid(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${given}', mlflow.runName='${tagged}').`,
    )
  return given || tagged || randomRunName()
}

const tagsOf = (
  tags: readonly { readonly key: string; readonly value: string }[],
): Map<string, string> => {
  const byKey = new Map(tags.map(({ key, value }) => [key, value]))
  if (byKey.size < tags.length)
    throw invalid(
      'Duplicate tag keys have been submitted. Please ensure that each key is there once.',
    )
  return byKey
}

const create = endpoint({
  method: 'POST',
  path: '/mlflow/runs/create',
  input: {
    // Looked at when all else is: MLflow does not call it required, and so knows it in camelCase, too.
    experiment_id: withDefault(text, ''),
    user_id: withDefault(text, ''),
    run_name: withDefault(text, ''),
    start_time: withDefault(integer, 0),
    tags: withDefault(listOf(looseTagKind), []),
  },
  answer: async (call, { experiment_id: experiment, user_id: user, ...rest }) => {
    if (experiment === '') throw missingParameter('experiment_id')
    checkExperimentId(experiment)
    const tags = tagsOf(rest.tags)
    const name = runNameOf(rest.run_name, tags)
    tags.set(NAME_TAG, name)
    const parent = tags.get(PARENT_TAG)
    const id = call.settings.newId()
    await call.write((facts) => {
      // MLflow keeps any text as the parent: only one that is a run is one to varve.
      const isRun = parent !== undefined && facts.run(parent) !== undefined
      return trackingRules.startRun(facts, {
        id,
        experiment: { id: experiment },
        name,
        user,
        startTime: rest.start_time,
        params: [],
        tags: [...tags],
        ...(isRun ? { parent } : {}),
      })
    })
    const { outputs: _, ...run } = runAnswer(call.settings, await findRun(call, id))
    return { run }
  },
})

const get = endpoint({
  method: 'GET',
  path: '/mlflow/runs/get',
  input: { run_id: runId },
  answer: async (call, { run_id: id }) => ({
    run: runAnswer(call.settings, await findRun(call, id)),
  }),
})

interface Update {
  readonly id: string
  readonly status: 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED' | undefined
  readonly endTime: number | undefined
  readonly name: string
}

type Ended = 'FINISHED' | 'FAILED' | 'KILLED'

const endOf = ({ status }: Update): Ended | undefined =>
  status === 'FINISHED' || status === 'FAILED' || status === 'KILLED' ? status : undefined

/** A run that comes to its end has ended; anything else about it is an update. */
const updateRule =
  (given: Update): Rule =>
  (facts) => {
    const { id } = given
    checkWritable(facts, id)
    const before = facts.run(id)?.status
    const status = given.status === before ? undefined : given.status
    const end = endOf({ ...given, status })
    const { endTime } = given
    if (end === undefined || endTime === undefined)
      return trackingRules.updateRun(facts, { id, ...changesOf({ ...given, status }) })
    return [
      ...trackingRules.endRun(facts, { id, status: end, endTime: endTime || null }),
      ...trackingRules.updateRun(facts, { id, ...nameOf(given) }),
    ]
  }

/** An empty name changes nothing. */
const nameOf = ({ name }: Update) => (name === '' ? {} : { name })

/** 0 takes the time away. */
const changesOf = (given: Update) => ({
  ...nameOf(given),
  ...(given.status === undefined ? {} : { status: given.status }),
  ...(given.endTime === undefined ? {} : { endTime: given.endTime || null }),
})

const update = endpoint({
  method: 'POST',
  path: '/mlflow/runs/update',
  input: {
    run_id: runId,
    status: optional(statusKind),
    end_time: optional(integer),
    run_name: withDefault(text, ''),
  },
  answer: async (call, { run_id: id, status, end_time: endTime, run_name: name }) => {
    await call.write(updateRule({ id, status, endTime, name }))
    return { run_info: runInfoAnswer(call.settings, await findRun(call, id)) }
  },
})

const remove = endpoint({
  method: 'POST',
  path: '/mlflow/runs/delete',
  input: { run_id: required(text) },
  answer: async ({ write }, { run_id: id }) => {
    await write((facts) => trackingRules.deleteRun(facts, { id }))
    return {}
  },
})

const restore = endpoint({
  method: 'POST',
  path: '/mlflow/runs/restore',
  input: { run_id: required(text) },
  answer: async ({ write }, { run_id: id }) => {
    await write((facts) => trackingRules.restoreRun(facts, { id }))
    return {}
  },
})

export const lifecycleEndpoints: readonly Endpoint[] = [create, get, update, remove, restore]

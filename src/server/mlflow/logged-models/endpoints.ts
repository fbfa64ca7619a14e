import { codeOf } from '../../../kernel/errors.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { invalid, mlflowError } from '../errors.ts'
import { checkExperimentId } from '../names.ts'
import { present, unlessEmpty } from '../present.ts'
import { enumOf, listOf, message, optional, required, text, withDefault } from '../wire/fields.ts'
import { pythonRepr } from '../wire/python.ts'
import { loggedModelAnswer, uriBelow } from './answer.ts'
import { searchLoggedModels } from './search-logged-models.ts'

/** MLflow looks neither at the params nor at the tags of a logged model. */
const pairKind = message({ key: withDefault(text, ''), value: withDefault(text, '') })
const pairList = withDefault(listOf(pairKind), [])

const pairsOf = (
  pairs: readonly { readonly key: string; readonly value: string }[],
): readonly (readonly [string, string])[] => pairs.map(({ key, value }) => [key, value])

/** @throws `INVALID_PARAMETER_VALUE` */
const checkName = (name: string): void => {
  if (/[/:.%"']/.test(name))
    throw invalid(
      `Invalid model name (${pythonRepr(name)}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    )
}

/** @throws `INVALID_PARAMETER_VALUE` */
const checkKeys = (params: readonly { readonly key: string }[]): void => {
  const keys = params.map(({ key }) => key)
  const repeated = [...new Set(keys.filter((key, at) => keys.indexOf(key) < at))]
  if (repeated.length > 0)
    throw invalid(
      `Duplicate parameter keys have been submitted: [${repeated.map(pythonRepr).join(', ')}]. Please ensure the request contains only one param value per param key.`,
    )
}

const create = endpoint({
  method: 'POST',
  path: '/mlflow/logged-models',
  input: {
    experiment_id: required(text),
    name: optional(text),
    model_type: optional(text),
    source_run_id: optional(text),
    params: pairList,
    tags: pairList,
  },
  answer: async (call, { experiment_id: experimentId, params, tags, ...rest }) => {
    checkExperimentId(experimentId)
    const name = unlessEmpty(rest.name)
    if (name !== undefined) checkName(name)
    checkKeys(params)
    const id = `m-${call.settings.newId()}`
    const experiment = await call.view.experiments.find({ id: experimentId })
    const { loggedModels, as } = call.writable()
    const model = await loggedModels.create({
      id,
      experimentId,
      params: pairsOf(params),
      tags: pairsOf(tags),
      ...present({
        name,
        artifactLocation: uriBelow(call.settings, { id, experimentId, experiment }),
        type: unlessEmpty(rest.model_type),
        run: unlessEmpty(rest.source_run_id),
      }),
      ...as,
    })
    return { model: await loggedModelAnswer(call, model) }
  },
})

const path = '/mlflow/logged-models/:id'

const get = endpoint({
  method: 'GET',
  path,
  // Anything but true is false.
  input: { allow_deleted: withDefault(text, '') },
  answer: async (call, { allow_deleted: allowed }) => {
    const deleted = allowed.toLowerCase() === 'true'
    const model = await call.view.loggedModels.get(call.path['id'] ?? '', { deleted })
    return { model: await loggedModelAnswer(call, model) }
  },
})

const statusKind = enumOf(
  { LOGGED_MODEL_PENDING: 1, LOGGED_MODEL_READY: 2, LOGGED_MODEL_UPLOAD_FAILED: 3 },
  { checked: true },
)

const statuses = {
  LOGGED_MODEL_PENDING: 'PENDING',
  LOGGED_MODEL_READY: 'READY',
  LOGGED_MODEL_UPLOAD_FAILED: 'UPLOAD_FAILED',
} as const

const finalize = endpoint({
  method: 'PATCH',
  path,
  input: { model_id: required(text), status: required(statusKind) },
  answer: async (call, { status }) => {
    if (status === undefined)
      throw invalid(
        `Invalid value for parameter 'status' supplied. It must be one of ${Object.keys(statuses).join(', ')}.`,
      )
    const { loggedModels, as } = call.writable()
    const model = await loggedModels.finalize(call.path['id'] ?? '', statuses[status], as)
    return { model: await loggedModelAnswer(call, model) }
  },
})

const remove = endpoint({
  method: 'DELETE',
  path,
  input: {},
  answer: async ({ writable, path: { id = '' } }) => {
    const { loggedModels, as } = writable()
    await loggedModels.delete(id, as)
    return {}
  },
})

const setTags = endpoint({
  method: 'PATCH',
  path: `${path}/tags`,
  input: { tags: pairList },
  answer: async ({ writable, path: { id = '' } }, { tags }) => {
    const { loggedModels, as } = writable()
    await loggedModels.setTags(id, pairsOf(tags), as)
    return {}
  },
})

const deleteTag = endpoint({
  method: 'DELETE',
  path: `${path}/tags/:key`,
  input: {},
  answer: async ({ writable, path: { id = '', key = '' } }) => {
    const { loggedModels, as } = writable()
    try {
      await loggedModels.deleteTag(id, key, as)
    } catch (error) {
      if (codeOf(error) !== 'TAG_NOT_FOUND') throw error
      throw mlflowError(
        'RESOURCE_DOES_NOT_EXIST',
        `No tag with key ${pythonRepr(key)} found for model with ID ${pythonRepr(id)}.`,
      )
    }
    return {}
  },
})

const logParams = endpoint({
  method: 'POST',
  path: `${path}/params`,
  input: { model_id: required(text), params: pairList },
  answer: async ({ writable, path: { id = '' } }, { params }) => {
    checkKeys(params)
    const { loggedModels, as } = writable()
    await loggedModels.logParams(id, pairsOf(params), as)
    return {}
  },
})

export const loggedModelEndpoints: readonly Endpoint[] = [
  create,
  // Before those of one model: `search` is no id.
  searchLoggedModels,
  get,
  finalize,
  remove,
  setTags,
  deleteTag,
  logParams,
]

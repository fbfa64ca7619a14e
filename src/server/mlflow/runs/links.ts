import { type DatasetInput, trackingRules } from '../../../tracking/index.ts'
import { type Call, type Endpoint, endpoint } from '../endpoint.ts'
import { invalid } from '../errors.ts'
import { checkLength, checkRunId, limits } from '../names.ts'
import { pythonSet } from '../search/parts.ts'
import { integer, listOf, message, optional, required, text, withDefault } from '../wire/fields.ts'
import { isObject, type Json, parseExactJson } from '../wire/json.ts'
import { checkWritable } from './common.ts'

const tagKind = message({ key: withDefault(text, ''), value: withDefault(text, '') })

const nameless: DatasetParameters = {
  name: '',
  digest: '',
  source_type: '',
  source: '',
  schema: undefined,
  profile: undefined,
}

interface DatasetParameters {
  readonly name: string
  readonly digest: string
  readonly source_type: string
  readonly source: string
  readonly schema: string | undefined
  readonly profile: string | undefined
}

const datasetKind = message<DatasetParameters>({
  name: withDefault(text, ''),
  digest: withDefault(text, ''),
  source_type: withDefault(text, ''),
  source: withDefault(text, ''),
  schema: optional(text),
  profile: optional(text),
})

interface LinkParameters {
  readonly tags: readonly { readonly key: string; readonly value: string }[]
  readonly dataset: DatasetParameters
}

const linkKind = message<LinkParameters>({
  tags: withDefault(listOf(tagKind), []),
  dataset: withDefault(datasetKind, nameless),
})

const checkLink = ({ tags, dataset }: LinkParameters): void => {
  for (const { key, value } of tags) {
    checkLength(key, 'key', limits.inputTagKey)
    checkLength(value, 'value', limits.inputTagValue)
  }
  checkLength(dataset.name, 'name', limits.datasetName)
  checkLength(dataset.digest, 'digest', limits.datasetDigest)
  checkLength(dataset.source, 'source', limits.datasetSource)
  checkLength(dataset.schema ?? '', 'schema', limits.datasetSchema)
  checkLength(dataset.profile ?? '', 'profile', limits.datasetProfile)
}

const inputOf = ({ tags, dataset }: LinkParameters): DatasetInput => {
  const { name, digest, source_type: sourceType, source, schema, profile } = dataset
  return {
    name,
    digest,
    sourceType,
    source,
    ...(schema === undefined ? {} : { schema }),
    ...(profile === undefined ? {} : { profile }),
    tags: tags.map(({ key, value }) => [key, value]),
  }
}

const identityOf = ({ name, digest }: DatasetInput): string => JSON.stringify([name, digest])

/** What the run is not linked with yet; the first of several that are the same. */
const unlinked = <T>(
  items: readonly T[],
  linked: readonly T[],
  identity: (item: T) => string,
): readonly T[] => {
  const known = new Set(linked.map(identity))
  return items.filter((item) => {
    const isNew = !known.has(identity(item))
    known.add(identity(item))
    return isNew
  })
}

const linksOf = ({ tracking }: Call, id: string) => {
  const { runs } = tracking()
  const row = runs.rowOf(id)
  return row === undefined ? undefined : runs.extras.get(row)
}

const logInputs = endpoint({
  method: 'POST',
  path: '/mlflow/runs/log-inputs',
  input: {
    run_id: required(text),
    datasets: withDefault(listOf(linkKind), []),
    models: withDefault(listOf(message({ model_id: withDefault(text, '') })), []),
  },
  answer: async (call, { run_id: id, datasets, models }) => {
    checkRunId(id)
    for (const link of datasets) checkLink(link)
    const inputs = datasets.map(inputOf)
    const ids = models.map(({ model_id: model }) => model).filter((model) => model !== '')
    await call.write((facts) => {
      checkWritable(facts, id)
      const linked = linksOf(call, id)
      return trackingRules.logInputs(facts, {
        id,
        datasets: unlinked(inputs, linked?.inputs ?? [], identityOf),
        models: unlinked(ids, linked?.modelInputs ?? [], (model) => model),
      })
    })
    return {}
  },
})

const logOutputs = endpoint({
  method: 'POST',
  path: '/mlflow/runs/outputs',
  input: {
    run_id: required(text),
    models: required(listOf(message({ model_id: required(text), step: withDefault(integer, 0) }))),
  },
  answer: async (call, { run_id: id, models }) => {
    const outputs = models.map(({ model_id: model, step }) => ({ id: model, step }))
    await call.write((facts) => {
      checkWritable(facts, id)
      const linked = linksOf(call, id)?.outputs ?? []
      return trackingRules.logOutputs(facts, {
        id,
        models: unlinked(outputs, linked, (output) => output.id),
      })
    })
    return {}
  },
})

const HISTORY = 'mlflow.log-model.history'
const mandatory = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'] as const

const parsed = (modelJson: string): Json => {
  try {
    return parseExactJson(modelJson)
  } catch {
    throw invalid(`Malformed model info. \n ${modelJson} \n is not a valid JSON.`)
  }
}

/** @throws `INVALID_PARAMETER_VALUE` */
const checkModel = (modelJson: string): void => {
  const model = parsed(modelJson)
  const absent = mandatory.filter((key) => !isObject(model) || !Object.hasOwn(model, key))
  if (absent.length > 0)
    throw invalid(`Model json is missing mandatory fields: ${pythonSet(absent)}`)
}

/** The history with one model more; its texts stay as they were sent. */
const appended = (history: string | undefined, modelJson: string): string => {
  const before = history?.trim() ?? '[]'
  const inner = before.slice(1, -1).trim()
  return inner === '' ? `[${modelJson}]` : `[${inner}, ${modelJson}]`
}

/** The call of clients older than version 3. */
const logModel = endpoint({
  method: 'POST',
  path: '/mlflow/runs/log-model',
  input: { run_id: required(text), model_json: required(text) },
  answer: async ({ write }, { run_id: id, model_json: modelJson }) => {
    checkModel(modelJson)
    await write((facts) => {
      checkWritable(facts, id)
      const value = appended(facts.tag(id, HISTORY), modelJson)
      return trackingRules.setTags(facts, { id, tags: [[HISTORY, value]] })
    })
    return {}
  },
})

export const linkEndpoints: readonly Endpoint[] = [logInputs, logOutputs, logModel]

import { codeOf } from '../../../kernel/errors.ts'
import { parseModelUri } from '../../../registry/index.ts'
import { type Call, endpoint } from '../endpoint.ts'
import { runUri } from '../entities.ts'
import { invalid } from '../errors.ts'
import { loggedModelUri } from '../logged-models/answer.ts'
import { present, unlessEmpty } from '../present.ts'
import { aliased } from '../registered-models/aliases.ts'
import { tagKind, tagOf } from '../registered-models/values.ts'
import { findRun } from '../runs/common.ts'
import { PROMPT_TAG } from '../search/registry-filter.ts'
import { listOf, optional, required, text, withDefault } from '../wire/fields.ts'
import { versionAnswer } from './answer.ts'
import { checkSource, type Owner } from './source.ts'

const MODELS = 'models:/'

/** Waits for what may not be there. */
const ifThere = async <T>(
  found: Promise<T>,
  code: 'RUN_NOT_FOUND' | 'LOGGED_MODEL_NOT_FOUND',
): Promise<T | undefined> => {
  try {
    return await found
  } catch (error) {
    if (codeOf(error) === code) return undefined
    throw error
  }
}

const runOwner = async (call: Call, id: string | undefined): Promise<Owner | undefined> => {
  if (id === undefined) return undefined
  const found = await ifThere(findRun(call, id), 'RUN_NOT_FOUND')
  return { id, artifacts: found === undefined ? undefined : runUri(call.settings, found) }
}

const modelOwner = async (call: Call, id: string | undefined): Promise<Owner | undefined> => {
  if (id === undefined) return undefined
  const found = await ifThere(call.view.loggedModels.get(id), 'LOGGED_MODEL_NOT_FOUND')
  return { id, artifacts: found === undefined ? undefined : await loggedModelUri(call, found) }
}

/** Where the artifacts of another version are. @throws `RESOURCE_DOES_NOT_EXIST` */
const placeOfVersion = async ({ view: { registry } }: Call, uri: string): Promise<string> => {
  const reference = parseModelUri(uri)
  const { model: name } = reference
  if ('alias' in reference || 'latest' in reference) {
    const found = await aliased(registry, name, 'alias' in reference ? reference.alias : 'latest')
    return found.storageLocation ?? found.source
  }
  if ('version' in reference) {
    const found = await registry.version(name, reference.version)
    return found.storageLocation ?? found.source
  }
  const { storageLocation, source } = await registry.resolve(uri)
  return storageLocation ?? source
}

interface Asked {
  readonly source: string
  readonly run: string | undefined
  readonly model: string | undefined
}

/** `models:/<logged model>`, which names no version. */
const LOGGED_MODEL = /^models:\/(m-[^/@]*)$/

/**
 * Where the bytes are, when it is not the source that says so.
 *
 * @throws `INVALID_PARAMETER_VALUE`, `RESOURCE_DOES_NOT_EXIST`
 */
const placeOf = async (call: Call, { source, run, model }: Asked): Promise<string | undefined> => {
  const logged = LOGGED_MODEL.exec(source)?.[1]
  if (logged !== undefined && logged !== model)
    throw invalid(
      `Invalid model version source: '${source}'. The model_id request parameter must identify the resource that contains the source.`,
    )
  const owner = await modelOwner(call, model)
  if (logged !== undefined) return owner?.artifacts
  if (source.startsWith(MODELS)) return await placeOfVersion(call, source)
  checkSource({
    source,
    run: await runOwner(call, run),
    model: owner,
    folder: call.settings.folder,
  })
  // Else the place of the logged model would be taken for that of the version.
  return model === undefined ? undefined : source
}

export const createVersion = endpoint({
  method: 'POST',
  path: '/mlflow/model-versions/create',
  input: {
    name: required(text),
    source: required(text),
    run_id: optional(text),
    tags: withDefault(listOf(tagKind), []),
    run_link: optional(text),
    description: optional(text),
    model_id: optional(text),
  },
  answer: async (call, { name, source, tags: given, ...rest }) => {
    const tags = given.map(tagOf)
    const run = unlessEmpty(rest.run_id)
    const model = unlessEmpty(rest.model_id)
    // The texts of a prompt are its tags: where it comes from is nowhere.
    const isPrompt = tags.some(([key]) => key === PROMPT_TAG)
    const place = isPrompt ? undefined : await placeOf(call, { source, run, model })
    const { registry, as } = call.writable()
    const version = await registry.createVersion(name, {
      source,
      tags,
      foreignRun: true,
      register: false,
      ...present({
        run,
        loggedModel: model,
        storageLocation: place,
        runLink: unlessEmpty(rest.run_link),
        description: unlessEmpty(rest.description),
      }),
      ...as,
    })
    return { model_version: versionAnswer(version) }
  },
})

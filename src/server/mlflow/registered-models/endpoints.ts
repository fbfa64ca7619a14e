import { type Call, type Endpoint, endpoint, type Method } from '../endpoint.ts'
import { filled } from '../entities.ts'
import { versionAnswer } from '../model-versions/answer.ts'
import { present, unlessEmpty } from '../present.ts'
import { listOf, optional, required, text, withDefault } from '../wire/fields.ts'
import { aliasEndpoints } from './aliases.ts'
import { oneModel } from './answer.ts'
import { searchModels } from './search-models.ts'
import { checkModelName, checkTagKey, gone, tagKind, tagOf } from './values.ts'

const create = endpoint({
  method: 'POST',
  path: '/mlflow/registered-models/create',
  input: {
    name: required(text),
    tags: withDefault(listOf(tagKind), []),
    description: optional(text),
  },
  answer: async (call, { name, tags, description }) => {
    checkModelName(name)
    const { registry, as } = call.writable()
    const model = await registry.register(name, {
      tags: tags.map(tagOf),
      ...present({ description: unlessEmpty(description) }),
      ...as,
    })
    return await oneModel(call, model)
  },
})

const get = endpoint({
  method: 'GET',
  path: '/mlflow/registered-models/get',
  input: { name: required(text) },
  answer: async (call, { name }) => await oneModel(call, await call.view.registry.get(name)),
})

const update = endpoint({
  method: 'PATCH',
  path: '/mlflow/registered-models/update',
  input: { name: required(text), description: withDefault(text, '') },
  answer: async (call, { name, description }) => {
    const { registry, as } = call.writable()
    return await oneModel(call, await registry.describe(name, description, as))
  },
})

const rename = endpoint({
  method: 'POST',
  path: '/mlflow/registered-models/rename',
  input: { name: required(text), new_name: required(text) },
  answer: async (call, { name, new_name: newName }) => {
    checkModelName(newName, 'new_name')
    const { registry, as } = call.writable()
    return await oneModel(call, await registry.rename(name, newName, as))
  },
})

const remove = endpoint({
  method: 'DELETE',
  path: '/mlflow/registered-models/delete',
  input: { name: required(text) },
  answer: async ({ writable }, { name }) => {
    const { registry, as } = writable()
    await registry.delete(name, as)
    return {}
  },
})

const latestInput = { name: required(text), stages: withDefault(listOf(text), []) }

const latestVersions = async (
  { view }: Call,
  { name, stages }: { readonly name: string; readonly stages: readonly string[] },
) => {
  const versions = await view.registry.latestVersions(name, stages)
  return { model_versions: filled(versions.map((version) => versionAnswer(version))) }
}

/** Clients ask in one way, and in the other where the first is not known. */
const getLatest = (method: Method): Endpoint =>
  endpoint({
    method,
    path: '/mlflow/registered-models/get-latest-versions',
    input: latestInput,
    answer: latestVersions,
  })

const setTag = endpoint({
  method: 'POST',
  path: '/mlflow/registered-models/set-tag',
  input: { name: required(text), key: required(text), value: withDefault(text, '') },
  answer: async ({ writable }, { name, ...tag }) => {
    const [key, value] = tagOf(tag)
    const { registry, as } = writable()
    await registry.setTag(name, key, value, as)
    return {}
  },
})

const deleteTag = endpoint({
  method: 'DELETE',
  path: '/mlflow/registered-models/delete-tag',
  input: { name: required(text), key: required(text) },
  answer: async ({ writable }, { name, key }) => {
    checkTagKey(key)
    const { registry, as } = writable()
    await gone(registry.deleteTag(name, key, as), 'TAG_NOT_FOUND')
    return {}
  },
})

export const registeredModelEndpoints: readonly Endpoint[] = [
  create,
  get,
  update,
  rename,
  remove,
  getLatest('POST'),
  getLatest('GET'),
  searchModels,
  setTag,
  deleteTag,
  ...aliasEndpoints,
]

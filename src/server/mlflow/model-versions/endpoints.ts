import { type Endpoint, endpoint } from '../endpoint.ts'
import { invalid } from '../errors.ts'
import { checkTagKey, gone, tagOf } from '../registered-models/values.ts'
import { boolean, required, text, withDefault } from '../wire/fields.ts'
import { versionAnswer } from './answer.ts'
import { createVersion } from './create-version.ts'
import { ofVersion, readVersion } from './key.ts'
import { searchVersions } from './search-versions.ts'

const versionKey = { name: required(text), version: required(text) }

const get = endpoint({
  method: 'GET',
  path: '/mlflow/model-versions/get',
  input: versionKey,
  answer: async ({ view }, { name, version: given }) => {
    const version = readVersion(name, given)
    const found = await ofVersion({ name, version }, view.registry.version(name, version))
    return { model_version: versionAnswer(found) }
  },
})

const update = endpoint({
  method: 'PATCH',
  path: '/mlflow/model-versions/update',
  input: { ...versionKey, description: withDefault(text, '') },
  answer: async ({ writable }, { name, version: given, description }) => {
    const version = readVersion(name, given)
    const { registry, as } = writable()
    const described = registry.describeVersion(name, version, description, as)
    return { model_version: versionAnswer(await ofVersion({ name, version }, described)) }
  },
})

/** The stages out of which others are archived. */
const ACTIVE = ['Staging', 'Production']

const isGathering = (stage: string): boolean => /^(?:none|archived)$/i.test(stage)

const transition = endpoint({
  method: 'POST',
  path: '/mlflow/model-versions/transition-stage',
  input: {
    ...versionKey,
    stage: required(text),
    archive_existing_versions: withDefault(boolean, false),
  },
  answer: async (
    { writable },
    { name, version: given, stage, archive_existing_versions: archive },
  ) => {
    const version = readVersion(name, given)
    if (archive && isGathering(stage))
      throw invalid(
        `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are ['${ACTIVE.join("', '")}']`,
      )
    const { registry, as } = writable()
    const moved = registry.transition(name, version, stage, { archiveExisting: archive, ...as })
    return { model_version: versionAnswer(await ofVersion({ name, version }, moved)) }
  },
})

const remove = endpoint({
  method: 'DELETE',
  path: '/mlflow/model-versions/delete',
  input: versionKey,
  answer: async ({ writable }, { name, version: given }) => {
    const version = readVersion(name, given)
    const { registry, as } = writable()
    await ofVersion({ name, version }, registry.deleteVersion(name, version, as))
    return {}
  },
})

const getDownloadUri = endpoint({
  method: 'GET',
  path: '/mlflow/model-versions/get-download-uri',
  input: versionKey,
  answer: async ({ view }, { name, version: given }) => {
    const version = readVersion(name, given)
    const found = await ofVersion({ name, version }, view.registry.version(name, version))
    return { artifact_uri: found.storageLocation ?? found.source }
  },
})

const setTag = endpoint({
  method: 'POST',
  path: '/mlflow/model-versions/set-tag',
  input: { ...versionKey, key: required(text), value: withDefault(text, '') },
  answer: async ({ writable }, { name, version: given, ...tag }) => {
    const version = readVersion(name, given)
    const [key, value] = tagOf(tag)
    const { registry, as } = writable()
    await ofVersion({ name, version }, registry.setVersionTag(name, version, key, value, as))
    return {}
  },
})

const deleteTag = endpoint({
  method: 'DELETE',
  path: '/mlflow/model-versions/delete-tag',
  input: { ...versionKey, key: required(text) },
  answer: async ({ writable }, { name, version: given, key }) => {
    const version = readVersion(name, given)
    checkTagKey(key)
    const { registry, as } = writable()
    const deleted = registry.deleteVersionTag(name, version, key, as)
    await gone(ofVersion({ name, version }, deleted), 'TAG_NOT_FOUND')
    return {}
  },
})

export const modelVersionEndpoints: readonly Endpoint[] = [
  createVersion,
  get,
  update,
  transition,
  remove,
  searchVersions,
  getDownloadUri,
  setTag,
  deleteTag,
]

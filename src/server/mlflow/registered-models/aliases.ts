import type { ModelVersion, RegistryView } from '../../../registry/index.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { invalid, mlflowError } from '../errors.ts'
import { versionAnswer } from '../model-versions/answer.ts'
import { ofVersion, readVersion } from '../model-versions/key.ts'
import { required, text } from '../wire/fields.ts'
import { checkAlias, gone } from './values.ts'

const path = '/mlflow/registered-models/alias'

const set = endpoint({
  method: 'POST',
  path,
  input: { name: required(text), alias: required(text), version: required(text) },
  answer: async ({ writable }, { name, alias, version: given }) => {
    checkAlias(alias)
    const version = readVersion(name, given)
    const { registry, as } = writable()
    await ofVersion({ name, version }, registry.setAlias(name, alias, version, as))
    return {}
  },
})

const remove = endpoint({
  method: 'DELETE',
  path,
  input: { name: required(text), alias: required(text) },
  answer: async ({ writable }, { name, alias }) => {
    const { registry, as } = writable()
    await gone(registry.deleteAlias(name, alias, as), 'ALIAS_NOT_FOUND')
    return {}
  },
})

/** The version that an alias, or `latest`, stands for. @throws `RESOURCE_DOES_NOT_EXIST` */
export const aliased = async (
  registry: RegistryView,
  name: string,
  alias: string,
): Promise<ModelVersion> => {
  const { aliases, latest } = await registry.get(name)
  if (alias.toLowerCase() === 'latest') {
    if (latest !== undefined) return await registry.version(name, latest)
    throw mlflowError('RESOURCE_DOES_NOT_EXIST', `Latest version not found for model ${name}.`)
  }
  const version = aliases[alias]
  if (version === undefined) throw invalid(`Registered model alias ${alias} not found.`)
  return await registry.version(name, version)
}

const get = endpoint({
  method: 'GET',
  path,
  input: { name: required(text), alias: required(text) },
  answer: async ({ view }, { name, alias }) => ({
    model_version: versionAnswer(await aliased(view.registry, name, alias)),
  }),
})

export const aliasEndpoints: readonly Endpoint[] = [set, remove, get]

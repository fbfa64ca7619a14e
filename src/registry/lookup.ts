import { shown } from '../kernel/check.ts'
import { registryError } from './errors.ts'
import { type ModelState, matchStage, type VersionState, versionState } from './model-state.ts'
import { lastValue } from './persistent.ts'
import type { RegistryTables } from './registry.fold.ts'

export const modelNotFound = (name: string): Error =>
  registryError(
    'MODEL_NOT_FOUND',
    `No registered model has the name ${shown(name)}. Register it, or look at list() for the names there are.`,
    { data: { model: name } },
  )

/** The model that bears a name. @throws `MODEL_NOT_FOUND` */
export const liveModel = (tables: RegistryTables, name: string): ModelState => {
  const stream = tables.byName.get(name)
  const model = stream === undefined ? undefined : tables.models.get(stream)
  if (model === undefined) throw modelNotFound(name)
  return model
}

/** A version that is not deleted. @throws `VERSION_NOT_FOUND` */
export const liveVersion = (model: ModelState, number: number): VersionState => {
  const version = versionState(model, number)
  if (version?.lifecycle === 'active') return version
  const what = version === undefined ? 'has no version' : 'no longer has the deleted version'
  throw registryError(
    'VERSION_NOT_FOUND',
    `The model ${shown(model.name)} ${what} ${number}. Look at versions() for those it has.`,
    { data: { model: model.name, version: number, deleted: version !== undefined } },
  )
}

/** The highest version that is not deleted. */
export const latestVersion = (model: ModelState): VersionState | undefined =>
  lastValue(model.versions, ({ lifecycle }) => lifecycle === 'active')

/** The stage as the model writes it. @throws `STAGE_INVALID` naming the stages there are. */
export const knownStage = (model: Pick<ModelState, 'name' | 'stages'>, asked: string): string => {
  const stage = matchStage(model.stages, asked)
  if (stage !== undefined) return stage
  throw registryError(
    'STAGE_INVALID',
    `The model ${shown(model.name)} has no stage ${shown(asked)}. Its stages are ${model.stages.join(', ')}.`,
    { data: { model: model.name, stage: asked, stages: [...model.stages] } },
  )
}

export const aliasNotFound = (model: string, alias: string): Error =>
  registryError(
    'ALIAS_NOT_FOUND',
    `The model ${shown(model)} has no alias ${shown(alias)}. Set it with setAlias, or look at get() for those it has.`,
    { data: { model, alias } },
  )

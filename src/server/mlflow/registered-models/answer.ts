import type { ModelVersion, RegisteredModel } from '../../../registry/index.ts'
import type { Call } from '../endpoint.ts'
import { filled, pairsAnswer } from '../entities.ts'
import { versionAnswer } from '../model-versions/answer.ts'
import { unlessEmpty } from '../present.ts'
import type { Answer } from '../wire/json.ts'

const aliasesAnswer = ({ aliases }: RegisteredModel): readonly Answer[] =>
  Object.entries(aliases)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([alias, version]) => ({ alias, version: String(version) }))

/** A model as MLflow's clients know it. @param latest - Of each stage, the version with the highest number. */
const modelAnswer = (model: RegisteredModel, latest: readonly ModelVersion[]): Answer => ({
  name: model.name,
  creation_timestamp: model.createdTime,
  last_updated_timestamp: model.updatedTime,
  description: unlessEmpty(model.description),
  latest_versions: filled(latest.map((version) => versionAnswer(version, { aliases: false }))),
  tags: filled(pairsAnswer(model.tags)),
  aliases: filled(aliasesAnswer(model)),
})

/** Models with their latest versions. */
export const modelAnswers = async (
  { view }: Call,
  models: readonly RegisteredModel[],
): Promise<readonly Answer[]> =>
  Promise.all(
    models.map(async (model) => {
      const latest = model.versionCount === 0 ? [] : await view.registry.latestVersions(model.name)
      return modelAnswer(model, latest)
    }),
  )

/** A model with its latest versions. */
export const oneModel = async (call: Call, model: RegisteredModel): Promise<Answer> => {
  const [registered_model] = await modelAnswers(call, [model])
  return { registered_model }
}

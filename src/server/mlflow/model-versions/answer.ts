import type { ModelVersion } from '../../../registry/index.ts'
import { filled, pairsAnswer } from '../entities.ts'
import type { Answer } from '../wire/json.ts'

/** What MLflow tells of versions differs: those in lists come without their aliases. */
export interface VersionAnswerOptions {
  readonly aliases: boolean
}

/**
 * A version as MLflow's clients know it.
 *
 * One that never had a description has an empty one to MLflow, and one whose description was taken away has
 * none; clients cannot tell the two apart.
 */
export const versionAnswer = (
  version: ModelVersion,
  { aliases }: VersionAnswerOptions = { aliases: true },
): { readonly [key: string]: Answer | undefined } => ({
  name: version.model,
  version: String(version.version),
  creation_timestamp: version.createdTime,
  last_updated_timestamp: version.updatedTime,
  user_id: version.user,
  current_stage: version.stage,
  description: version.description === '' ? undefined : (version.description ?? ''),
  source: version.source,
  run_id: version.run ?? '',
  status: 'READY',
  tags: filled(pairsAnswer(version.tags)),
  run_link: version.runLink ?? '',
  aliases: aliases ? filled(version.aliases) : undefined,
})

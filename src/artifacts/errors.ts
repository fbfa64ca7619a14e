import { errorsOf } from '../kernel/errors.ts'

/** Every code that artifacts throw, with its meaning. */
export const artifactErrorCodes = {
  ARTIFACT_NOT_FOUND: 'No artifact, or no local file, is there.',
  ARTIFACT_PATH_INVALID: 'A path cannot name an artifact, or a local file may not become one.',
  ARTIFACT_CORRUPT: 'The bytes of an artifact are not those that were stored.',
  ARTIFACT_WRITE_FAILED: 'The storage refused the bytes of an artifact; nothing of them is kept.',
  ARTIFACT_READ_FAILED: 'The bytes of an artifact, or of a local file, could not be read.',
} as const

export type ArtifactErrorCode = keyof typeof artifactErrorCodes

export const artifactError = errorsOf(artifactErrorCodes)

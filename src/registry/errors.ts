import { errorsOf } from '../kernel/errors.ts'

/** Every code that the registry throws, with its meaning. */
export const registryErrorCodes = {
  MODEL_NOT_FOUND: 'No registered model has that name.',
  MODEL_EXISTS: 'A registered model has that name already.',
  VERSION_NOT_FOUND: 'The model has no such version.',
  STAGE_INVALID: 'The model has no such stage, or a list of stages cannot be used.',
  STAGE_IN_USE: 'A stage cannot be taken away while a version stands in it.',
  ALIAS_INVALID: 'The alias is reserved or has characters that an alias cannot have.',
  ALIAS_NOT_FOUND: 'The model has no such alias.',
  TAG_NOT_FOUND: 'There is no tag with that key.',
  NAME_INVALID: 'The name cannot be the name of a registered model.',
  SOURCE_REQUIRED: 'A version needs a run or a source.',
  URI_INVALID: 'A models:/ URI could not be understood.',
  NOTHING_TO_ROLL_BACK: 'The stage has no earlier holder to go back to.',
} as const

export type RegistryErrorCode = keyof typeof registryErrorCodes

export const registryError = errorsOf(registryErrorCodes)

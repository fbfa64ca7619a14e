import { errorsOf } from '../kernel/errors.ts'

/** Every code that logged models throw, with its meaning. */
export const loggedModelErrorCodes = {
  LOGGED_MODEL_NOT_FOUND: 'No logged model has that id.',
  LOGGED_MODEL_EXISTS: 'A logged model has that id already.',
  LOGGED_MODEL_DELETED: 'The logged model is deleted and takes no more.',
  EXPERIMENT_NOT_FOUND: 'No experiment has that id or name.',
  EXPERIMENT_DELETED: 'The experiment is deleted; restore it first.',
  PARAM_CONFLICT: 'A param is written once, and has another value already.',
  TAG_NOT_FOUND: 'There is no tag with that key.',
} as const

export type LoggedModelErrorCode = keyof typeof loggedModelErrorCodes

export const loggedModelError = errorsOf(loggedModelErrorCodes)

export const loggedModelNotFound = (id: string): Error =>
  loggedModelError(
    'LOGGED_MODEL_NOT_FOUND',
    `No logged model has the id ${id}. loggedModels.search() shows those there are.`,
    { data: { id } },
  )

export const loggedModelDeleted = (id: string): Error =>
  loggedModelError(
    'LOGGED_MODEL_DELETED',
    `The logged model ${id} is deleted and takes no more. Log another one with loggedModels.create().`,
    { data: { id } },
  )

import { errorsOf } from '../kernel/errors.ts'

/** Every code that importing a store of another tool throws, with its meaning. */
export const interopErrorCodes = {
  SOURCE_NOT_FOUND: 'Nothing is at the path of the store that was to be read.',
  SOURCE_NOT_RECOGNISED: 'What is at the path is no store that varve can read.',
  SOURCE_UNREADABLE: 'The store is of a known kind, but nothing of it can be read.',
  SOURCE_CLOSED: 'The source was closed before the call.',
  IMPORT_INTERRUPTED: 'An import was stopped before its end; what came in stays.',
} as const

export type InteropErrorCode = keyof typeof interopErrorCodes

export const interopError = errorsOf(interopErrorCodes)

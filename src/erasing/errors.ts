import { errorsOf } from '../kernel/errors.ts'

/** Every code that erasing throws, with its meaning. */
export const erasingErrorCodes = {
  NOTHING_TO_ERASE: 'No event holds anything that the selector names.',
} as const

export type ErasingErrorCode = keyof typeof erasingErrorCodes

export const erasingError = errorsOf(erasingErrorCodes)

import { errorsOf } from '../kernel/errors.ts'

/** Every code that tracking throws, with its meaning. */
export const trackingErrorCodes = {
  EXPERIMENT_NOT_FOUND: 'No experiment has that id or name.',
  EXPERIMENT_EXISTS: 'An experiment has that name already, perhaps a deleted one.',
  EXPERIMENT_DELETED: 'The experiment is deleted; restore it first.',
  RUN_NOT_FOUND: 'No run has that id.',
  RUN_EXISTS: 'A run has that id already.',
  RUN_DELETED: 'The run is deleted; restore it first.',
  PARAM_CONFLICT: 'A param is written once, and has another value already.',
  TAG_NOT_FOUND: 'There is no tag with that key.',
  METRIC_NOT_FOUND: 'The run has no metric of that name.',
  FILTER_SYNTAX: 'A filter could not be understood.',
  ORDER_SYNTAX: 'An order could not be understood.',
  PAGE_TOKEN_INVALID: 'A page token is damaged or belongs to another query.',
} as const

export type TrackingErrorCode = keyof typeof trackingErrorCodes

export const trackingError = errorsOf(trackingErrorCodes)

import { type DomainError, errorsOf } from '../../kernel/errors.ts'

/** MLflow's error codes, each with the status that it is answered with. */
export const statusOfCode = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  ABORTED: 409,
  RESOURCE_CONFLICT: 409,
  REQUEST_LIMIT_EXCEEDED: 413,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const

export type MlflowCode = keyof typeof statusOfCode

const meanings: Readonly<Record<MlflowCode, string>> = {
  INVALID_PARAMETER_VALUE: 'A parameter is missing, of the wrong type or out of bounds.',
  RESOURCE_ALREADY_EXISTS: 'The name is taken.',
  BAD_REQUEST: 'The request cannot be understood.',
  UNAUTHENTICATED: 'Nobody known sent the request.',
  PERMISSION_DENIED: 'Who sent the request may not do this.',
  RESOURCE_DOES_NOT_EXIST: 'There is no such thing.',
  ENDPOINT_NOT_FOUND: 'There is no such endpoint.',
  ABORTED: 'Another request was first.',
  RESOURCE_CONFLICT: 'What the request relies on has changed.',
  REQUEST_LIMIT_EXCEEDED: 'The body of the request is too large.',
  INTERNAL_ERROR: 'The server failed.',
  NOT_IMPLEMENTED: 'The server cannot do this.',
  TEMPORARILY_UNAVAILABLE: 'The server cannot do this now.',
}

/** An error as MLflow's clients know it. */
export const mlflowError = errorsOf<MlflowCode>(meanings)

/** A refusal of a field that is not there, which MLflow puts into a class of its own. */
export const noSuchField = (message: string): DomainError<MlflowCode> =>
  mlflowError('INVALID_PARAMETER_VALUE', message, {
    data: { sqlstate: 'KAM04', error_class: 'ATTRIBUTE_NOT_FOUND' },
  })

/** What most refusals are. */
export const invalid = (message: string): DomainError<MlflowCode> =>
  mlflowError('INVALID_PARAMETER_VALUE', message)

const SEE = 'See the API docs for more information about request parameters.'

export const missingParameter = (name: string): DomainError<MlflowCode> =>
  invalid(`Missing value for required parameter '${name}'. ${SEE}`)

/** @param shown - The value as JSON, and the name of its type in Python. */
export const wrongType = (
  name: string,
  shown: { readonly json: string; readonly type: string },
): DomainError<MlflowCode> =>
  invalid(
    `Invalid value ${shown.json} for parameter '${name}' supplied:  Hint: Value was of type '${shown.type}'. ${SEE}`,
  )

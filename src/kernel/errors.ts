export interface ErrorDetails {
  /** The facts of the message, for programs. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/**
 * The one error class of varve. Recognise an error by its `code`, never by `instanceof`: two copies
 * of the package in one process still agree on codes.
 *
 * The message says what happened, to which thing, and what to do next; `data` holds the same facts
 * for programs (the offending path and value, what is there now).
 */
export class DomainError<Code extends string = string> extends Error {
  readonly code: Code
  readonly data: Readonly<Record<string, unknown>>

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'DomainError'
    this.code = code
    this.data = details.data ?? {}
  }
}

/** Makes a feature's error function: it accepts only codes that the feature declares. */
export const errorsOf =
  <Code extends string>(_codes: Readonly<Record<Code, string>>) =>
  (code: Code, message: string, details?: ErrorDetails): DomainError<Code> =>
    new DomainError(code, message, details)

/** The code of an error of varve's, or `undefined` for any other value. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined

/** Every code that the kernel throws, with its meaning. */
export const kernelErrorCodes = {
  LOG_LOCKED: 'Another process holds the store.',
  LOG_CORRUPT: 'The log has a hole, a broken link or a changed byte.',
  LOG_WRITE_FAILED: 'The storage refused a write; what was acknowledged before stands.',
  LOG_DEPOSED: 'Another process has taken the store over; this one may not write any more.',
  LOG_CLOSED: 'The store was closed before the call.',
  LOG_FORMAT: 'The store was written in a format or with settings that do not fit this call.',
  READ_ONLY: 'The call would write through a read-only view.',
  REVISION_CONFLICT: 'What the caller expected no longer holds.',
  IDEMPOTENCY_CONFLICT: 'An idempotency key was used again for a different request.',
  INVALID_VALUE: 'A value from outside does not fit its schema.',
  UNKNOWN_EVENT_TYPE: 'No schema is defined for an event type.',
  MOMENT_INVALID: 'A moment in time could not be understood, or lies outside of the log.',
  PROJECTION_FAILED: 'A projection threw while folding an event.',
  UNSUPPORTED:
    'The runtime cannot do it: a browser has no files, and a page that is not secure has no locks.',
  SUBSCRIPTION_BUSY: 'A durable subscription is already being read in this process.',
} as const

export type KernelErrorCode = keyof typeof kernelErrorCodes

export const kernelError = errorsOf(kernelErrorCodes)

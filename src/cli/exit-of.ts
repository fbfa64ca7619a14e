import type { ErrorCode } from '../errors.ts'
import type { InteropErrorCode } from '../interop/index.ts'
import type { CliCode } from './errors.ts'
import type { ExitCode } from './exit-codes.ts'

/** What an error means to whoever called the command, and the command that helps, if one does. */
interface Outcome {
  readonly exit: ExitCode
  readonly next?: string
}

const failed: Outcome = { exit: 1 }
const misused: Outcome = { exit: 2 }
const missing = (next: string): Outcome => ({ exit: 3, next })
const conflict: Outcome = { exit: 5 }
const broken = (next: string): Outcome => ({ exit: 6, next })

/** Every error that a command may end with: the one such table. */
const outcomes: Readonly<Record<ErrorCode | InteropErrorCode | CliCode, Outcome>> = {
  USAGE: misused,
  NO_STORE: missing('varve init'),
  FILE_NOT_FOUND: { exit: 3 },
  FILE_EXISTS: conflict,
  TOKEN_NOT_FOUND: missing('varve tokens ls'),
  NO_RUN: missing('varve runs ls'),
  NO_CURRENT_VERSION: missing('varve models ls'),
  PORT_IN_USE: { exit: 5, next: 'varve serve --port 0' },
  PORT_REFUSED: { exit: 4, next: 'varve serve --port 5000' },
  ADDRESS_UNSAFE: { exit: 4, next: 'varve tokens create --actor <name> --scope write' },
  NOT_INTACT: broken('varve help exit-codes'),
  INTERRUPTED: { exit: 130 },
  EXPERIMENT_NOT_FOUND: missing('varve exp ls'),
  EXPERIMENT_EXISTS: conflict,
  EXPERIMENT_DELETED: conflict,
  RUN_NOT_FOUND: missing('varve runs ls'),
  RUN_EXISTS: conflict,
  RUN_DELETED: conflict,
  PARAM_CONFLICT: conflict,
  TAG_NOT_FOUND: { exit: 3 },
  METRIC_NOT_FOUND: { exit: 3 },
  NOTHING_TO_ERASE: { exit: 3 },
  FILTER_SYNTAX: misused,
  ORDER_SYNTAX: misused,
  PAGE_TOKEN_INVALID: misused,
  MODEL_NOT_FOUND: missing('varve models ls'),
  MODEL_EXISTS: conflict,
  VERSION_NOT_FOUND: missing('varve models show <model>'),
  STAGE_INVALID: misused,
  STAGE_IN_USE: conflict,
  ALIAS_INVALID: misused,
  ALIAS_NOT_FOUND: missing('varve models show <model>'),
  NAME_INVALID: misused,
  SOURCE_REQUIRED: misused,
  URI_INVALID: misused,
  NOTHING_TO_ROLL_BACK: { exit: 5, next: 'varve models history <model>' },
  LOGGED_MODEL_NOT_FOUND: { exit: 3 },
  LOGGED_MODEL_DELETED: conflict,
  LOGGED_MODEL_EXISTS: conflict,
  ARTIFACT_NOT_FOUND: { exit: 3 },
  ARTIFACT_PATH_INVALID: misused,
  ARTIFACT_CORRUPT: broken('varve log verify'),
  ARTIFACT_WRITE_FAILED: failed,
  ARTIFACT_READ_FAILED: failed,
  INVALID_VALUE: misused,
  UNKNOWN_EVENT_TYPE: misused,
  MOMENT_INVALID: misused,
  REVISION_CONFLICT: conflict,
  IDEMPOTENCY_CONFLICT: conflict,
  SUBSCRIPTION_BUSY: conflict,
  READ_ONLY: { exit: 4 },
  LOG_LOCKED: conflict,
  LOG_DEPOSED: conflict,
  LOG_CLOSED: failed,
  LOG_WRITE_FAILED: failed,
  LOG_CORRUPT: broken('varve doctor'),
  LOG_FORMAT: failed,
  PROJECTION_FAILED: failed,
  UNSUPPORTED: failed,
  SOURCE_NOT_FOUND: { exit: 3 },
  SOURCE_NOT_RECOGNISED: misused,
  SOURCE_UNREADABLE: failed,
  SOURCE_CLOSED: failed,
  IMPORT_INTERRUPTED: { exit: 130 },
}

const isKnown = (code: string): code is keyof typeof outcomes => Object.hasOwn(outcomes, code)

/** @param code - Of the error; one that is not ours is a failure. */
export const outcomeOf = (code: string | undefined): Outcome =>
  code !== undefined && isKnown(code) ? outcomes[code] : failed

import type { ErrorCode } from '../../errors.ts'
import { codeOf, type DomainError } from '../../kernel/errors.ts'
import { type MlflowCode, mlflowError, statusOfCode } from './errors.ts'

type Data = Readonly<Record<string, unknown>>

/** How an error of varve's is said to a client of MLflow's. */
interface Translation {
  readonly code: MlflowCode
  /** MLflow's own sentence, where it has one; else varve's. */
  readonly message?: (data: Data) => string
}

const says = (code: MlflowCode, message?: Translation['message']): Translation =>
  message === undefined ? { code } : { code, message }

const invalidValue = says('INVALID_PARAMETER_VALUE')
const missing = says('RESOURCE_DOES_NOT_EXIST')
const exists = says('RESOURCE_ALREADY_EXISTS')
const conflict = says('RESOURCE_CONFLICT')
const crash = says('INTERNAL_ERROR')
const later = says('TEMPORARILY_UNAVAILABLE')

const inactive = (what: string): Translation =>
  says(
    'INVALID_PARAMETER_VALUE',
    ({ id }) =>
      `The ${what} ${String(id)} must be in the 'active' state. Current state is deleted.`,
  )

const loggedModelMissing = says(
  'RESOURCE_DOES_NOT_EXIST',
  ({ id }) => `Logged model with ID '${String(id)}' not found.`,
)

/** Every error that varve throws, as MLflow's clients are told of it: the one such table. */
const translations: Readonly<Record<ErrorCode, Translation>> = {
  EXPERIMENT_NOT_FOUND: says(
    'RESOURCE_DOES_NOT_EXIST',
    ({ id }) => `No Experiment with id=${String(id)} exists`,
  ),
  EXPERIMENT_EXISTS: says(
    'RESOURCE_ALREADY_EXISTS',
    ({ name }) => `Experiment(name=${String(name)}) already exists.`,
  ),
  EXPERIMENT_DELETED: inactive('experiment'),
  RUN_NOT_FOUND: says('RESOURCE_DOES_NOT_EXIST', ({ id }) => `Run with id=${String(id)} not found`),
  RUN_EXISTS: exists,
  RUN_DELETED: inactive('run'),
  PARAM_CONFLICT: says('INVALID_PARAMETER_VALUE', ({ run, id, key, logged, value }) => {
    const owner = run === undefined ? `logged model ID='${String(id)}'` : `run ID='${String(run)}'`
    return `Changing param values is not allowed. Param with key='${String(key)}' was already logged with value='${String(logged)}' for ${owner}. Attempted logging new value '${String(value)}'.`
  }),
  TAG_NOT_FOUND: missing,
  METRIC_NOT_FOUND: missing,
  NOTHING_TO_ERASE: missing,
  FILTER_SYNTAX: invalidValue,
  ORDER_SYNTAX: invalidValue,
  PAGE_TOKEN_INVALID: invalidValue,
  MODEL_NOT_FOUND: says(
    'RESOURCE_DOES_NOT_EXIST',
    ({ model }) => `Registered Model with name=${String(model)} not found`,
  ),
  MODEL_EXISTS: says(
    'RESOURCE_ALREADY_EXISTS',
    ({ model }) => `Registered Model (name=${String(model)}) already exists.`,
  ),
  VERSION_NOT_FOUND: says('RESOURCE_DOES_NOT_EXIST', ({ model, version }) =>
    version === undefined
      ? `Registered Model with name=${String(model)} has no such version`
      : `Model Version (name=${String(model)}, version=${String(version)}) not found`,
  ),
  STAGE_INVALID: says('INVALID_PARAMETER_VALUE', ({ stage, stages }) => {
    const known = Array.isArray(stages) ? stages.join(', ') : ''
    return `Invalid Model Version stage: ${String(stage)}. Value must be one of ${known}.`
  }),
  STAGE_IN_USE: invalidValue,
  ALIAS_INVALID: invalidValue,
  ALIAS_NOT_FOUND: says(
    'INVALID_PARAMETER_VALUE',
    ({ alias }) => `Registered model alias ${String(alias)} not found.`,
  ),
  NAME_INVALID: invalidValue,
  SOURCE_REQUIRED: invalidValue,
  URI_INVALID: invalidValue,
  NOTHING_TO_ROLL_BACK: invalidValue,
  LOGGED_MODEL_NOT_FOUND: loggedModelMissing,
  LOGGED_MODEL_DELETED: loggedModelMissing,
  LOGGED_MODEL_EXISTS: exists,
  ARTIFACT_NOT_FOUND: missing,
  ARTIFACT_PATH_INVALID: says('INVALID_PARAMETER_VALUE', () => 'Invalid path'),
  ARTIFACT_CORRUPT: crash,
  ARTIFACT_WRITE_FAILED: later,
  ARTIFACT_READ_FAILED: crash,
  INVALID_VALUE: invalidValue,
  MOMENT_INVALID: invalidValue,
  UNKNOWN_EVENT_TYPE: invalidValue,
  REVISION_CONFLICT: conflict,
  IDEMPOTENCY_CONFLICT: conflict,
  SUBSCRIPTION_BUSY: conflict,
  READ_ONLY: says('PERMISSION_DENIED'),
  LOG_LOCKED: later,
  LOG_DEPOSED: later,
  LOG_CLOSED: later,
  LOG_WRITE_FAILED: later,
  LOG_CORRUPT: crash,
  LOG_FORMAT: crash,
  PROJECTION_FAILED: crash,
  UNSUPPORTED: says('NOT_IMPLEMENTED'),
}

const isTranslated = (code: string): code is keyof typeof translations =>
  Object.hasOwn(translations, code)

const isMlflowCode = (code: string): code is MlflowCode => Object.hasOwn(statusOfCode, code)

const dataOf = (error: Error): Data =>
  // `as`: it is an object, and is only read.
  'data' in error && typeof error.data === 'object' && error.data !== null
    ? (error.data as Data)
    : {}

/** What went wrong, in MLflow's terms; `undefined` for a fault of the server's own. */
export const translated = (error: unknown): DomainError<MlflowCode> | undefined => {
  const code = codeOf(error)
  if (!(error instanceof Error) || code === undefined) return undefined
  if (isMlflowCode(code)) return mlflowError(code, error.message, { data: dataOf(error) })
  if (!isTranslated(code)) return undefined
  const { code: to, message } = translations[code]
  if (to === 'INTERNAL_ERROR') return undefined
  return mlflowError(to, message?.(dataOf(error)) ?? error.message)
}

const classes: Readonly<Partial<Record<MlflowCode, string>>> = {
  RESOURCE_DOES_NOT_EXIST: 'RESOURCE_NOT_FOUND',
  BAD_REQUEST: 'INVALID_PARAMETER_VALUE',
}

/** What MLflow says of an error beside its code; of one that is no client's, that nobody expected it. */
const kindOf = (code: MlflowCode, data: Data): Data => {
  if (code === 'INTERNAL_ERROR') return { sqlstate: 'XXM00', error_class: 'CLIENT_INTERNAL_ERROR' }
  if (statusOfCode[code] > 500) return {}
  const { sqlstate = 'KAM00', error_class = classes[code] ?? code } = data
  return { sqlstate, error_class }
}

/** The answer of a refused request. */
export const refusal = ({ code, message, data }: DomainError<MlflowCode>): Response =>
  Response.json(
    { error_code: code, message, ...kindOf(code, data) },
    { status: statusOfCode[code] },
  )

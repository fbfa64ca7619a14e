import * as v from 'valibot'

/**
 * MLflow's records as `meta.yaml` files and database rows state them, under MLflow's names. Scalars of YAML
 * arrive as text or null (a run id of digits is no number), those of SQLite as text, numbers or null.
 */

const wholeNumber = v.pipe(
  v.union([v.string(), v.number(), v.bigint()], 'is no whole number'),
  v.transform((value) => (typeof value === 'string' ? value.trim() : value)),
  v.check(
    (value) => typeof value !== 'string' || /^[+-]?\d+(?:\.0*)?$/.test(value),
    'is no whole number',
  ),
  v.transform(Number),
  v.safeInteger('is no whole number below 2^53'),
)

const text = v.string('is no text')
const id = v.pipe(text, v.minLength(1, 'is empty'))
const optionalText = v.optional(v.nullable(text), null)
const time = v.optional(v.nullable(wholeNumber), null)

const isDeleted = v.pipe(
  v.optional(v.nullable(v.picklist(['active', 'deleted'], 'is neither active nor deleted')), null),
  v.transform((stage) => stage === 'deleted'),
)

/** Files hold the number of MLflow's protocol, databases the name. */
const statusNames = new Map([
  ['1', 'RUNNING'],
  ['2', 'SCHEDULED'],
  ['3', 'FINISHED'],
  ['4', 'FAILED'],
  ['5', 'KILLED'],
])

const status = v.pipe(
  text,
  v.transform((value) => statusNames.get(value) ?? value),
  v.picklist(
    ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'],
    'is no status of a run (RUNNING, SCHEDULED, FINISHED, FAILED, KILLED or 1 to 5)',
  ),
)

export const experimentSchema = v.object({
  experiment_id: id,
  name: id,
  artifact_location: optionalText,
  lifecycle_stage: isDeleted,
  creation_time: time,
  last_update_time: time,
})

export const runSchema = v.object({
  run_id: v.optional(id),
  run_uuid: v.optional(id),
  experiment_id: v.optional(id),
  run_name: optionalText,
  name: optionalText,
  user_id: optionalText,
  status,
  start_time: time,
  end_time: time,
  deleted_time: time,
  lifecycle_stage: isDeleted,
  artifact_uri: optionalText,
  source_name: optionalText,
  source_version: optionalText,
  entry_point_name: optionalText,
})

export const datasetSchema = v.object({
  name: text,
  digest: text,
  source_type: text,
  source: text,
  schema: optionalText,
  profile: optionalText,
})

const tagMap = v.pipe(
  v.optional(v.nullable(v.map(text, v.nullable(text))), null),
  v.transform((tags) => [...(tags ?? [])].map(([key, value]) => [key, value ?? ''] as const)),
)

export const inputSchema = v.object({
  source_type: text,
  source_id: id,
  destination_type: text,
  destination_id: id,
  tags: tagMap,
  step: v.optional(v.nullable(wholeNumber), 0),
})

const versionNumber = v.pipe(wholeNumber, v.minValue(1, 'is no version, which counts from 1'))

export const modelSchema = v.object({
  name: id,
  description: optionalText,
  creation_timestamp: time,
  last_updated_timestamp: time,
  /** Some versions keep a map here, others one file an alias beside it. */
  aliases: v.optional(
    v.nullable(v.union([v.map(id, versionNumber), v.array(v.unknown())], 'is no map of aliases')),
    null,
  ),
})

export const versionSchema = v.object({
  version: versionNumber,
  creation_timestamp: time,
  last_updated_timestamp: time,
  current_stage: v.optional(v.nullable(text), 'None'),
  description: optionalText,
  run_id: optionalText,
  source: optionalText,
  storage_location: optionalText,
  status: optionalText,
  user_id: optionalText,
})

export const workspaceSchema = v.object({ workspace: optionalText })

export const aliasRowSchema = v.object({ alias: id, version: versionNumber })

/** What an alias file holds. */
export const aliasSchema = versionNumber

/** Databases hold the number of MLflow's protocol, files the number or the name. */
const loggedModelStatuses = new Map([
  ['', 'PENDING'],
  ['0', 'PENDING'],
  ['1', 'PENDING'],
  ['2', 'READY'],
  ['3', 'UPLOAD_FAILED'],
])

const loggedModelStatus = v.pipe(
  v.optional(v.nullable(v.union([v.string(), v.number(), v.bigint()], 'is no status')), ''),
  v.transform((value) => String(value ?? '').replace('LOGGED_MODEL_', '')),
  v.transform((value) => loggedModelStatuses.get(value) ?? value),
  v.picklist(
    ['PENDING', 'READY', 'UPLOAD_FAILED'],
    'is no status of a logged model (PENDING, READY, UPLOAD_FAILED or 0 to 3)',
  ),
)

export const loggedModelSchema = v.object({
  model_id: id,
  name: text,
  experiment_id: v.optional(id),
  source_run_id: optionalText,
  creation_timestamp: time,
  last_updated_timestamp: time,
  lifecycle_stage: isDeleted,
  artifact_location: optionalText,
  status: loggedModelStatus,
  status_message: optionalText,
  model_type: optionalText,
})

export type RunRecord = v.InferOutput<typeof runSchema>
export type ExperimentRecord = v.InferOutput<typeof experimentSchema>
export type VersionRecord = v.InferOutput<typeof versionSchema>
export type LoggedModelRecord = v.InferOutput<typeof loggedModelSchema>
export type InputRecord = v.InferOutput<typeof inputSchema>
export type DatasetRecord = v.InferOutput<typeof datasetSchema>

export interface SchemaProblem {
  readonly field: string | null
  readonly message: string
}

/** Checks a record from outside; the first thing that does not fit is named with its value. */
export const checkRecord = <Output>(
  schema: v.GenericSchema<unknown, Output>,
  record: unknown,
): { readonly value: Output } | { readonly problem: SchemaProblem } => {
  const result = v.safeParse(schema, record, { abortEarly: true })
  if (result.success) return { value: result.output }
  const [issue] = result.issues
  const field = issue.path?.[0]?.key
  if (typeof field !== 'string') return { problem: { field: null, message: issue.message } }
  const message =
    issue.received === 'undefined'
      ? `The field ${field} is missing`
      : `The field ${field} ${issue.message} (${issue.received.slice(0, 100)})`
  return { problem: { field, message } }
}

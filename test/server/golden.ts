import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'

const folder = join(import.meta.dirname, '..', 'fixtures', 'mlflow-golden')

const record = v.object({
  n: v.number(),
  method: v.string(),
  path: v.string(),
  query: v.optional(v.string()),
  headers: v.optional(v.record(v.string(), v.string())),
  /** The body as text, or its bytes. */
  body: v.optional(v.string()),
  base64: v.optional(v.string()),
  status: v.number(),
  type: v.optional(v.string()),
  /** The header `Content-Disposition` of a file. */
  disposition: v.optional(v.string()),
  response: v.unknown(),
})

/** A request that was sent to MLflow's own server, and what that answered. */
export type Golden = v.InferOutput<typeof record>

/** `{{x*500}}` stands for 500 times `x`. */
const expanded = (text: string): string =>
  text.replace(/\{\{(.+?)\*(\d+)\}\}/gu, (_, part: string, times: string) =>
    part.repeat(Number(times)),
  )

export const readGolden = (name: string): readonly Golden[] =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => v.parse(record, JSON.parse(expanded(line))))

const bytesOf = ({ body, base64 }: Golden): Buffer | undefined => {
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  return body === undefined ? undefined : Buffer.from(body)
}

/** The request, to be sent to another server. @param tokens - Page tokens of theirs, and ours for them. */
export const requestOf = (golden: Golden, tokens: ReadonlyMap<string, string>): Request => {
  const ours = (text: string): string =>
    [...tokens].reduce(
      (all, [theirs, token]) =>
        all
          .replaceAll(theirs, token)
          .replaceAll(encodeURIComponent(theirs), encodeURIComponent(token)),
      text,
    )
  const query = golden.query === undefined ? '' : `?${ours(golden.query)}`
  const bytes = bytesOf(golden)
  const body = bytes === undefined || golden.base64 !== undefined ? bytes : ours(bytes.toString())
  const hasBody = golden.method !== 'GET' && golden.method !== 'HEAD' && body !== undefined
  // A byte array has no content type of its own: the recorded one, or none, is sent.
  return new Request(`http://localhost${golden.path}${query}`, {
    method: golden.method,
    headers: golden.headers ?? {},
    ...(hasBody ? { body: new Uint8Array(Buffer.from(body)) } : {}),
  })
}

const TIMES = new Set([
  'creation_time',
  'last_update_time',
  'creation_timestamp',
  'last_updated_timestamp',
  'creation_timestamp_ms',
  'last_updated_timestamp_ms',
])
const SETS = new Set(['tags', 'metrics', 'params'])

const keyOf = (item: unknown): string =>
  typeof item === 'object' && item !== null && 'key' in item ? String(item.key) : ''

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b)

/** Python writes sets in an order by chance. */
const sortedSets = (text: string): string =>
  text.replace(/\{('[^{}:]*')\}/g, (_, inner: string) => `{${inner.split(', ').sort().join(', ')}}`)

const isRandomName = (text: string): boolean => /^[a-z]+-[a-z]+-\d+$/.test(text)

const normalText = (text: string): string =>
  isRandomName(text) ? '<random name>' : sortedSets(text)

/** Without what differs from one server to the next: times, random names, tokens, the order of sets. */
export const normal = (value: unknown, key = '', ordered = false): unknown => {
  if (TIMES.has(key) && typeof value === 'number') return '<time>'
  if (key === 'next_page_token') return '<token>'
  if (typeof value === 'string') return normalText(value)
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item, '', ordered))
    const isSet = SETS.has(key) && !ordered
    return isSet ? items.sort((a, b) => compare(keyOf(a), keyOf(b))) : items
  }
  if (typeof value !== 'object' || value === null) return value
  if ('$float' in value) return value.$float
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, normal(field, name, ordered)]),
  )
}

/** Long answers of searches were recorded by their ids alone. */
export const shortened = (recorded: unknown, answered: unknown): unknown => {
  if (typeof recorded !== 'object' || recorded === null) return answered
  if (typeof answered !== 'object' || answered === null) return answered
  const ids: Record<string, unknown> = { ...answered }
  for (const [name, idOf] of Object.entries(idsIn)) {
    if (!(`${name}$ids` in recorded)) continue
    ids[`${name}$ids`] = listOf(ids[name]).map(idOf)
    delete ids[name]
  }
  return ids
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const runShape = v.object({ info: v.object({ run_id: v.string() }) })
const experimentShape = v.object({ experiment_id: v.string() })
const loggedModelShape = v.object({ info: v.object({ model_id: v.string(), name: v.string() }) })
const modelShape = v.object({ name: v.string() })
const versionShape = v.object({ name: v.string(), version: v.string() })

/** How the items of a list were recorded, by its name. */
const idsIn: Readonly<Record<string, (item: unknown) => string>> = {
  runs: (run) => v.parse(runShape, run).info.run_id,
  experiments: (experiment) => v.parse(experimentShape, experiment).experiment_id,
  models: (model) => v.parse(loggedModelShape, model).info.model_id,
  registered_models: (model) => v.parse(modelShape, model).name,
  model_versions: (version) => {
    const { name, version: number } = v.parse(versionShape, version)
    return `${name}/${number}`
  },
}

const createdRun = v.object({ run: runShape })
const createdModel = v.object({ model: loggedModelShape })

/** The id that their server made, without what ours puts before it: things are ordered by their ids, too. */
export const newIdIn = ({ n, response }: Golden): string => {
  const run = v.safeParse(createdRun, response)
  if (run.success) return run.output.run.info.run_id
  const model = v.safeParse(createdModel, response)
  return model.success ? model.output.model.info.model_id.replace('m-', '') : `unrecorded${n}`
}

/** Models are ordered by names, which both servers make up where they are given none: ours is given theirs. */
export const withTheirName = (golden: Golden): Golden => {
  const made = v.safeParse(createdModel, golden.response)
  if (golden.method !== 'POST' || golden.body === undefined || !made.success) return golden
  const { name } = made.output.model.info
  const body: unknown = JSON.parse(golden.body)
  if (!isRandomName(name) || typeof body !== 'object') return golden
  return { ...golden, body: JSON.stringify({ ...body, name }) }
}

import * as v from 'valibot'
import { defined } from './defined.ts'
import type { ModelLifecycle } from './model.ts'

/** Tags by key; pairs where a key cannot be that of an object literal. */
export type TagsInput = Readonly<Record<string, TagValue>> | Iterable<readonly [string, TagValue]>

/** Numbers and booleans become text. */
export type TagValue = string | number | boolean

const text = v.pipe(
  v.string(),
  v.check((value) => !/\p{Surrogate}/u.test(value), 'Expected well-formed Unicode'),
)
const key = v.pipe(text, v.minLength(1, 'Expected a key that is not empty'))
const time = v.pipe(v.number(), v.safeInteger())

export const versionNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

const entriesOf = (given: object): readonly unknown[] => {
  if (Symbol.iterator in given && typeof given[Symbol.iterator] === 'function') {
    // `as` because `in` tells the compiler that the method is there, not what it gives.
    return [...(given as Iterable<unknown>)]
  }
  return Object.entries(given)
}

/** A tag's value as text; anything but a string, a number or a boolean as it is. */
const asText = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : value

const isPair = (entry: unknown): entry is readonly [unknown, unknown] =>
  Array.isArray(entry) && entry.length === 2

/** Not `v.record`: it leaves out keys such as `constructor`, which are legal here. */
const tags = v.pipe(
  v.custom<object>(
    (value) => typeof value === 'object' && value !== null,
    'Expected tags by key, or pairs of key and value',
  ),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const pairs: [string, string][] = []
    for (const entry of entriesOf(dataset.value)) {
      const [tag, given] = isPair(entry) ? entry : []
      const value = asText(given)
      if (!v.is(key, tag) || !v.is(text, value)) {
        const at = { type: 'unknown', origin: 'value', input: dataset.value } as const
        const path = { ...at, key: typeof tag === 'string' ? tag : '', value: given }
        addIssue({ message: 'Expected a key that is not empty, and text', path: [path] })
        return NEVER
      }
      pairs.push([tag, value])
    }
    return pairs
  }),
)

const model = text
const version = versionNumber
const stages = v.array(text)

/** Options, whatever is in them. */
export const optionsObject = v.optional(v.looseObject({}), {})

/** What every writing call accepts beside its own. */
export const writeOptions = v.strictObject({
  actor: v.optional(key),
  idempotencyKey: v.optional(key),
  expectRevision: v.optional(
    v.strictObject({ stream: key, revision: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)) }),
  ),
  meta: v.optional(
    v.pipe(
      v.strictObject({
        causation: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
        correlation: v.optional(text),
        comment: v.optional(text),
        claimed: v.optional(text),
      }),
      v.transform(defined),
    ),
  ),
})

export const registerInput = v.strictObject({
  model,
  description: v.optional(text),
  tags: v.optional(tags),
  stages: v.optional(stages),
  createdAt: v.optional(time),
})

export const createVersionInput = v.strictObject({
  model,
  run: v.optional(key),
  path: v.optional(key),
  source: v.optional(key),
  foreignRun: v.optional(v.boolean()),
  loggedModel: v.optional(key),
  storageLocation: v.optional(key),
  runLink: v.optional(text),
  register: v.optional(v.boolean()),
  description: v.optional(text),
  user: v.optional(text),
  tags: v.optional(tags),
  createdAt: v.optional(time),
})

export const transitionInput = v.strictObject({
  model,
  version,
  stage: text,
  comment: v.optional(text),
  archiveExisting: v.optional(v.boolean()),
  expect: v.optional(v.nullable(version)),
})

export const rollbackInput = v.strictObject({
  model,
  stage: v.optional(text, 'Production'),
  to: v.optional(version),
  comment: v.optional(text),
})

export const aliasInput = v.strictObject({ model, alias: text })
export const setAliasInput = v.strictObject({ model, alias: text, version })
export const modelInput = v.strictObject({ model })
export const renameInput = v.strictObject({ model, name: text })
export const describeInput = v.strictObject({ model, description: text })
export const stagesInput = v.strictObject({ model, stages })
export const tagKeyInput = v.strictObject({ model, key })
export const tagInput = v.strictObject({ model, key, value: text })
export const versionInput = v.strictObject({ model, version })
export const describeVersionInput = v.strictObject({ model, version, description: text })
export const versionTagKeyInput = v.strictObject({ model, version, key })
export const versionTagInput = v.strictObject({ model, version, key, value: text })

/** Which models to list. */
export interface ListQuery {
  /** Only names that start with it. */
  readonly prefix?: string | undefined
  /** Default `active`. */
  readonly lifecycle?: ModelLifecycle | 'all' | undefined
}

export const listQuery = v.strictObject({
  prefix: v.optional(text),
  lifecycle: v.optional(v.picklist(['active', 'deleted', 'all'])),
})

export const transitionQuery = v.strictObject({
  model: v.optional(text),
  stage: v.optional(text),
  from: v.optional(
    v.union([v.picklist(['start', 'now']), v.pipe(v.number(), v.safeInteger(), v.minValue(0))]),
  ),
})

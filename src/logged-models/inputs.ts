import * as v from 'valibot'
import { writeOptionEntries } from '../kernel/write-options.ts'
import { loggedModelStatuses } from './events.ts'

const text = v.pipe(
  v.string(),
  v.check((value) => !/\p{Surrogate}/u.test(value), 'Expected well-formed Unicode'),
)
const key = v.pipe(text, v.minLength(1, 'Expected a string that is not empty'))
/** Checked by a function of its own. */
const elsewhere = v.optional(v.unknown())

/** A name becomes a part of a path in MLflow's clients. */
const name = v.pipe(
  key,
  v.check(
    (value) => !/[/:.%"']/.test(value),
    'Expected a name without the characters / : . % " and \'',
  ),
)

export const createInput = v.optional(
  v.strictObject({
    ...writeOptionEntries,
    id: v.optional(key),
    experiment: v.optional(key),
    experimentId: v.optional(key),
    name: v.optional(name),
    type: v.optional(text),
    run: v.optional(key),
    artifactLocation: v.optional(key),
    user: v.optional(text),
    createdAt: v.optional(v.pipe(v.number(), v.safeInteger())),
    params: elsewhere,
    tags: elsewhere,
  }),
  {},
)

export const finalizeInput = v.strictObject({
  status: v.picklist(loggedModelStatuses),
  message: v.optional(text),
})

export const finalizeOptions = v.optional(
  v.strictObject({ ...writeOptionEntries, message: elsewhere }),
  {},
)

export const metricOptions = v.optional(
  v.strictObject({
    ...writeOptionEntries,
    step: elsewhere,
    timestamp: elsewhere,
    run: v.optional(key),
    dataset: elsewhere,
  }),
  {},
)

export const pointOptions = v.optional(
  v.strictObject({ ...writeOptionEntries, run: v.optional(key) }),
  {},
)

const dataset = v.strictObject({ name: key, digest: v.optional(text) })

export const searchInput = v.optional(
  v.strictObject({
    experiments: v.optional(v.array(v.string())),
    experimentIds: v.optional(v.array(v.string())),
    filter: v.optional(v.string()),
    datasets: v.optional(v.array(dataset), []),
    orderBy: v.optional(
      v.array(
        v.union([
          v.string(),
          v.strictObject({
            field: v.string(),
            descending: v.optional(v.boolean()),
            dataset: v.optional(dataset),
          }),
        ]),
      ),
      [],
    ),
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(50_000)), 100),
    pageToken: v.optional(v.string()),
    lifecycle: v.optional(v.picklist(['active', 'deleted', 'all']), 'active'),
  }),
  {},
)

export const getOptions = v.optional(v.strictObject({ deleted: v.optional(v.boolean()) }), {})

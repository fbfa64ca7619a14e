import * as v from 'valibot'
import { checked } from './check.ts'
import type { WriteOptions } from './engine.ts'

const text = v.string()
const name = v.pipe(text, v.minLength(1, 'Expected a string that is not empty'))
const count = v.pipe(v.number(), v.safeInteger())

/** The options that every writing call accepts, for calls that have others beside them. */
export const writeOptionEntries = {
  actor: v.optional(name),
  idempotencyKey: v.optional(name),
  expectRevision: v.optional(
    v.strictObject({ stream: name, revision: v.pipe(count, v.minValue(-1)) }),
  ),
  meta: v.optional(
    v.strictObject({
      causation: v.optional(v.pipe(count, v.minValue(0))),
      correlation: v.optional(text),
      comment: v.optional(text),
      claimed: v.optional(text),
    }),
  ),
}

const writeOptions = v.optional(v.strictObject(writeOptionEntries), {})

/** Checks the options of a writing call that has no others. @throws `INVALID_VALUE` */
export const writeOptionsOf = (options: unknown, what: string): WriteOptions =>
  // `as`: exactOptionalPropertyTypes tells an absent part from one that is undefined; the log does not.
  checked(writeOptions, options, what) as WriteOptions

import * as v from 'valibot'
import { checked } from '../kernel/check.ts'

const path = v.pipe(v.string(), v.minLength(1, 'Expected the path of a folder'))

/** The path of a folder, as a caller gave it. @throws `INVALID_VALUE` */
export const pathOf = (value: unknown, what: string): string => checked(path, value, what)

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** What an archive says about its store. */
export const settingsSchema = v.object({
  format: count,
  id: v.pipe(v.string(), v.minLength(1)),
  durability: v.picklist(['fsync', 'os']),
  createdAt: v.number(),
})

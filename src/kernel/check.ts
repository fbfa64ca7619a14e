import { kernelError } from './errors.ts'
import type { OutputOf, StandardIssue, StandardSchema } from './events/standard-schema.ts'

const keyOf = (part: PropertyKey | { readonly key: PropertyKey }): PropertyKey =>
  typeof part === 'object' ? part.key : part

/** `tags[0][1]`, `filter`: where in the value the issue lies. */
const pathOf = (issue: StandardIssue): string =>
  (issue.path ?? []).reduce<string>((path, part) => {
    const key = keyOf(part)
    if (typeof key === 'number') return `${path}[${key}]`
    return path === '' ? String(key) : `${path}.${String(key)}`
  }, '')

const valueAt = (value: unknown, path: StandardIssue['path']): unknown =>
  (path ?? []).reduce<unknown>((inner, part) => {
    if (typeof inner !== 'object' || inner === null) return undefined
    return Reflect.get(inner, keyOf(part))
  }, value)

/** A value as an error message shows it: one line, at most 80 characters. */
export const shown = (value: unknown): string => {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' || value === undefined) return String(value)
  let text: string
  try {
    text = JSON.stringify(value) ?? String(value)
  } catch {
    text = Object.prototype.toString.call(value)
  }
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`
}

/** Valibot says of a key that its schema does not know: "Invalid key: Expected never but received …". */
const expectation = ({ message }: StandardIssue): string =>
  message.includes('Expected never') ? 'There is no option of that name' : message

/**
 * Parses a value from outside with its schema.
 *
 * @param what - What the value is, as the message names it: `runs.search`, `event run.started`.
 * @throws `INVALID_VALUE` with the path, the offending value and what was expected.
 */
export const checked = <Schema extends StandardSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): OutputOf<Schema> => {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) {
    throw new TypeError(`The schema of ${what} is asynchronous; varve needs a synchronous one.`)
  }
  if (result.issues === undefined) return result.value
  const issue = result.issues[0] ?? { message: 'It does not fit its schema.' }
  const path = pathOf(issue)
  const found = valueAt(value, issue.path)
  const expected = expectation(issue)
  throw kernelError(
    'INVALID_VALUE',
    `${what}${path === '' ? '' : `: "${path}"`} is ${shown(found)}. ${expected}. Nothing was written; correct the value and call again.`,
    { data: { what, path, value: found, expected } },
  )
}

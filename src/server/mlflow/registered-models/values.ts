import { codeOf } from '../../../kernel/errors.ts'
import { invalid } from '../errors.ts'
import { checkLength, checkName, checkPathName, limits } from '../names.ts'
import { message, text, withDefault } from '../wire/fields.ts'
import { pythonRepr } from '../wire/python.ts'

/** A tag of a new model or version. */
export const tagKind = message({ key: withDefault(text, ''), value: withDefault(text, '') })

/** @throws `INVALID_PARAMETER_VALUE` */
export const checkModelName = (name: string, parameter = 'name'): void => {
  if (name.trim() === '') throw invalid(`Missing value for required parameter '${parameter}'.`)
  if (/[/:]/.test(name))
    throw invalid(`Invalid model name ${pythonRepr(name)}. Names cannot contain '/' or ':'.`)
  checkPathName(name, 'name')
}

/** @throws `INVALID_PARAMETER_VALUE` */
export const checkTagKey = (key: string): void => {
  checkName(key, 'key')
  checkLength(key, 'key', limits.key)
}

/** @throws `INVALID_PARAMETER_VALUE` */
export const tagOf = ({
  key,
  value,
}: {
  readonly key: string
  readonly value: string
}): [string, string] => {
  checkTagKey(key)
  checkLength(value, 'value', limits.registryTagValue)
  return [key, value]
}

const ALIAS = /^[\p{L}\p{N}_-]*$/u

/** @throws `INVALID_PARAMETER_VALUE` */
export const checkAlias = (alias: string): void => {
  if (!ALIAS.test(alias))
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    )
  checkLength(alias, 'Registered model alias name', limits.alias)
  if (alias.toLowerCase() === 'latest')
    throw invalid("'latest' alias name (case insensitive) is reserved.")
  if (/^[vV]\d+$/.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`)
}

/** Waits for a call that takes something away; to MLflow it is no error where that is not there. */
export const gone = async (
  call: Promise<unknown>,
  code: 'TAG_NOT_FOUND' | 'ALIAS_NOT_FOUND',
): Promise<void> => {
  try {
    await call
  } catch (error) {
    if (codeOf(error) !== code) throw error
  }
}

import { codeOf } from '../../../kernel/errors.ts'
import { invalid, mlflowError } from '../errors.ts'
import { pythonRepr } from '../wire/python.ts'

/** An integer as Python's `int` reads it. */
const INTEGER = /^\s*([+-]?)0*(\d+(?:_\d+)*)\s*$/

const versionMissing = (name: string, version: number | string): Error =>
  mlflowError(
    'RESOURCE_DOES_NOT_EXIST',
    `Model Version (name=${name}, version=${version}) not found`,
  )

/**
 * The number of a version, which comes as text.
 *
 * @throws `INVALID_PARAMETER_VALUE`, and `RESOURCE_DOES_NOT_EXIST` for a number that no version can have.
 */
export const readVersion = (name: string, given: string): number => {
  const [, sign = '', digits] = INTEGER.exec(given) ?? []
  if (digits === undefined)
    throw invalid(`Parameter 'version' must be an integer, got ${pythonRepr(given)}.`)
  const number = Number(digits.replaceAll('_', ''))
  if (sign !== '-' && number >= 1 && Number.isSafeInteger(number)) return number
  throw versionMissing(name, `${sign === '-' ? '-' : ''}${digits.replaceAll('_', '')}`)
}

/**
 * A call about a version: to MLflow it is the version that is missing where its model is.
 *
 * @throws `RESOURCE_DOES_NOT_EXIST`
 */
export const ofVersion = async <T>(
  { name, version }: { readonly name: string; readonly version: number },
  call: Promise<T>,
): Promise<T> => {
  try {
    return await call
  } catch (error) {
    if (codeOf(error) === 'MODEL_NOT_FOUND') throw versionMissing(name, version)
    throw error
  }
}

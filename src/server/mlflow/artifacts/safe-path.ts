import { artifactPath } from '../../../artifacts/index.ts'
import { invalid } from '../errors.ts'

const ESCAPES = /(?:%[0-9a-f]{2})+/gi

/** Decodes percent escapes once; what is none, or no UTF-8, stays as it is. */
export const decodedOnce = (text: string): string =>
  text.replace(ESCAPES, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return escapes
    }
  })

const MOST_ROUNDS = 10

/** The text when nothing is left to decode; `undefined` for what hides deeper than anybody means it. */
const decodedWholly = (text: string): string | undefined => {
  let before = text
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const after = decodedOnce(before)
    if (after === before) return after
    before = after
  }
  return undefined
}

const leavesRoot = (path: string): boolean =>
  path.includes('#') ||
  path.split('/').includes('..') ||
  path.startsWith('/') ||
  path.startsWith('\\\\') ||
  /^[a-z]:[\\/]/i.test(path) ||
  /^file:/i.test(path)

const invalidPath = (): Error => invalid('Invalid path')

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\u0000-\u001f\u007f]/g

const escaped = (sign: string): string =>
  `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

/**
 * A path that a client gave, decoded once as frameworks do, checked: neither it nor anything that it decodes to
 * leaves its folder. Control characters become escapes, as MLflow keeps them.
 *
 * @throws `INVALID_PARAMETER_VALUE`
 */
export const checkedPath = (path: string): string => {
  const whole = decodedWholly(path)
  if (whole === undefined || leavesRoot(whole) || leavesRoot(path)) throw invalidPath()
  return path.replace(CONTROLS, escaped)
}

/** Whether a checked path names the root of its folder. */
const isRoot = (path: string): boolean =>
  path.split('/').every((segment) => segment === '' || segment === '.')

/**
 * The one spelling of a checked path; empty for the root.
 *
 * @throws `INVALID_PARAMETER_VALUE` for what no file here may be called: a backslash, more than 1024 code points.
 */
export const spelled = (path: string): string => {
  if (isRoot(path)) return ''
  try {
    return artifactPath(path)
  } catch {
    throw invalidPath()
  }
}

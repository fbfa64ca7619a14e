import { invalid } from './errors.ts'
import { pythonText } from './wire/python.ts'

const codePoints = (text: string): number => {
  let count = 0
  for (let at = 0; at < text.length; count += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  return count
}

/** Whether a text has more code points than allowed: MLflow counts them, as Python does. */
const isLonger = (text: string, max: number): boolean => text.length > max && codePoints(text) > max

/** @param what - As the message names it: `Metric name`, `key`. @throws `INVALID_PARAMETER_VALUE` */
export const checkLength = (text: string, what: string, max: number): void => {
  if (isLonger(text, max))
    throw invalid(`'${what}' exceeds the maximum length of ${max} characters`)
}

/** The first code points of a text. */
export const truncated = (text: string, max: number): string =>
  isLonger(text, max) ? Array.from(text).slice(0, max).join('') : text

const LEGAL = /^[\p{L}\p{N}_/.\- :]*$/u

/** Two slashes at the beginning mean something of their own to POSIX. */
const rootOf = (path: string): string => {
  if (!path.startsWith('/')) return ''
  return /^\/\/(?!\/)/.test(path) ? '//' : '/'
}

/** A path without `.`, `..` and repeated slashes, as Python's `posixpath.normpath` makes it. */
export const normalPath = (path: string): string => {
  const root = rootOf(path)
  const kept: string[] = []
  /** Whether there is nothing that a `..` would take away. */
  const isBare = (): boolean => kept.length === 0 || kept.at(-1) === '..'
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') kept.push(part)
    else if (!isBare()) kept.pop()
    else if (root === '') kept.push(part)
  }
  return root + kept.join('/') || '.'
}

const isUnique = (name: string): boolean =>
  normalPath(name) === name && name !== '.' && !name.startsWith('..') && !name.startsWith('/')

const refuse = (name: string, what: string, why: string): Error =>
  invalid(`Invalid value ${pythonText(name)} for parameter '${what}' supplied: ${why}`)

/** What a name must be that stands for a folder somewhere. @throws `INVALID_PARAMETER_VALUE` */
export const checkPathName = (name: string, what: string): void => {
  if (isUnique(name)) return
  throw refuse(
    name,
    what,
    `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normalPath(name)}'`,
  )
}

/**
 * The rules for names of metrics, params and tags.
 *
 * @param what - The parameter as messages name it. @throws `INVALID_PARAMETER_VALUE`
 */
export const checkName = (name: string, what: string): void => {
  if (!LEGAL.test(name)) {
    throw refuse(
      name,
      what,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
    )
  }
  checkPathName(name, what)
}

/** MLflow's limits, in code points. */
export const limits = {
  key: 250,
  paramValue: 6000,
  runTagValue: 8000,
  experimentName: 500,
  artifactLocation: 2048,
  datasetName: 500,
  datasetDigest: 36,
  datasetSource: 65_535,
  datasetSchema: 1_048_575,
  datasetProfile: 16_777_215,
  inputTagKey: 255,
  inputTagValue: 500,
  alias: 255,
  registryTagValue: 100_000,
} as const

const RUN_ID = /^[a-zA-Z0-9][\w-]{0,255}$/

/** What the calls that take many things at once ask of a run's id. @throws `INVALID_PARAMETER_VALUE` */
export const checkRunId = (id: string): void => {
  if (!RUN_ID.test(id))
    throw invalid(`Invalid value ${pythonText(id)} for parameter 'run_id' supplied.`)
}

/** Experiments' ids are integers. @throws `INVALID_PARAMETER_VALUE` */
export const checkExperimentId = (id: string): void => {
  if (!/^\s*[+-]?\d+\s*$/.test(id))
    throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`)
}

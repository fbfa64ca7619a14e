import { shown } from '../kernel/check.ts'
import { registryError } from './errors.ts'

const longestName = 256
const longestAlias = 255
const longestStage = 250
const mostStages = 100

const codePoints = (text: string): number => {
  let count = 0
  for (const _ of text) count++
  return count
}

/** Accepts what can be the name of a model. @throws `NAME_INVALID` */
export const checkName = (name: string): void => {
  const wrong = wrongName(name)
  if (wrong === undefined) return
  throw registryError(
    'NAME_INVALID',
    `${shown(name)} cannot be the name of a model: ${wrong}. Choose another name.`,
    { data: { name } },
  )
}

const wrongName = (name: string): string | undefined => {
  if (name === '') return 'it is empty'
  // A models:/ URI gives both a meaning.
  if (/[/:]/.test(name)) return 'it contains "/" or ":"'
  if (codePoints(name) > longestName) return `it is longer than ${longestName} characters`
  if (/\p{Surrogate}/u.test(name)) return 'it is not well-formed Unicode'
  return undefined
}

/** Accepts what can be an alias. @throws `ALIAS_INVALID` */
export const checkAlias = (alias: string): void => {
  const wrong = wrongAlias(alias)
  if (wrong === undefined) return
  throw registryError(
    'ALIAS_INVALID',
    `${shown(alias)} cannot be an alias: ${wrong}. Choose another alias.`,
    { data: { alias } },
  )
}

const wrongAlias = (alias: string): string | undefined => {
  if (alias === '') return 'it is empty'
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias)) {
    return 'it may only contain letters, digits, underscores (_) and dashes (-)'
  }
  if (codePoints(alias) > longestAlias) return `it is longer than ${longestAlias} characters`
  if (alias.toLowerCase() === 'latest') return '"latest" always means the highest version'
  if (/^[vV]\d+$/.test(alias)) return 'it reads like a version number'
  return undefined
}

/** Accepts what can be the stages of a model. @throws `STAGE_INVALID` */
export const checkStages = (stages: readonly string[]): void => {
  const wrong = wrongStages(stages) ?? stages.map(wrongStage).find((found) => found !== undefined)
  if (wrong === undefined) return
  throw registryError(
    'STAGE_INVALID',
    `The stages ${shown(stages)} cannot be used: ${wrong}. Give at least two distinct names in order, such as Draft, Live, Retired.`,
    { data: { stages: [...stages] } },
  )
}

const wrongStages = (stages: readonly string[]): string | undefined => {
  if (stages.length < 2) return 'a model needs two stages or more'
  if (stages.length > mostStages) return `a model has at most ${mostStages} stages`
  // Stages are found whatever the case, so two that differ only by it would be one.
  const distinct = new Set(stages.map((stage) => stage.toLowerCase()))
  return distinct.size < stages.length ? 'a name comes twice' : undefined
}

/** A stage that reads like something else in a `models:/` URI could never be asked for. */
const wrongStage = (stage: string): string | undefined => {
  if (stage === '') return 'a name is empty'
  if (codePoints(stage) > longestStage) return `a name is longer than ${longestStage} characters`
  if (/\p{Surrogate}/u.test(stage)) return 'a name is not well-formed Unicode'
  if (stage.startsWith('@')) return `${shown(stage)} reads like an alias`
  if (/^\d+$/.test(stage)) return `${shown(stage)} reads like a version number`
  if (stage.toLowerCase() === 'latest') return '"latest" always means the highest version'
  if (stage.includes('/')) return `${shown(stage)} contains "/"`
  return undefined
}

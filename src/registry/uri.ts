import { shown } from '../kernel/check.ts'
import { registryError } from './errors.ts'

/** What a `models:/` URI names: a model, and which of its versions. */
export type ModelReference =
  | { readonly model: string; readonly version: number }
  | { readonly model: string; readonly latest: true }
  | { readonly model: string; readonly stage: string }
  | { readonly model: string; readonly alias: string }

const scheme = 'models:/'

const invalid = (uri: string, why: string): Error =>
  registryError(
    'URI_INVALID',
    `${shown(uri)} is not the URI of a registered model: ${why}. Write models:/<name>/<stage>, models:/<name>/<version>, models:/<name>@<alias> or models:/<name>/latest.`,
    { data: { uri } },
  )

const decoded = (uri: string, part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid(uri, `${shown(part)} is not percent-encoded rightly (a percent sign is %25)`)
  }
}

/**
 * Reads a `models:/` URI. Names, stages and aliases may be percent-encoded.
 *
 * @throws `URI_INVALID`
 */
export const parseModelUri = (uri: string): ModelReference => {
  if (!uri.startsWith(scheme)) throw invalid(uri, `it does not start with ${scheme}`)
  const [name = '', which, ...more] = uri.slice(scheme.length).split('/')
  if (more.length > 0) throw invalid(uri, 'it has too many parts')
  if (which === undefined) return aliasReference(uri, name)
  if (name === '') throw invalid(uri, 'it names no model')
  if (which === '') throw invalid(uri, 'it does not say which version')
  return versionReference(decoded(uri, name), decoded(uri, which))
}

const aliasReference = (uri: string, text: string): ModelReference => {
  // The last one: the name of a model may contain it, an alias may not.
  const at = text.lastIndexOf('@')
  if (at < 0) throw invalid(uri, 'it does not say which version')
  const model = decoded(uri, text.slice(0, at))
  const alias = decoded(uri, text.slice(at + 1))
  if (model === '' || alias === '') throw invalid(uri, 'a name is missing beside "@"')
  return { model, alias }
}

const versionReference = (model: string, which: string): ModelReference => {
  if (/^\d+$/.test(which)) return { model, version: Number(which) }
  if (which.toLowerCase() === 'latest') return { model, latest: true }
  return { model, stage: which }
}

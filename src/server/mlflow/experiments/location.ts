import type { Settings } from '../endpoint.ts'
import { invalid } from '../errors.ts'
import { checkLength, limits, normalPath } from '../names.ts'

const SCHEME = /^[a-zA-Z][a-zA-Z0-9+.-]*:/

/** Schemes whose last segment may have `;params`. */
const WITH_PARAMS = /^(?:https?|ftp|sftp|shttp|rtsp|mms|prospero|imap|hdl|sip|sips|tel)?$/i

const isLong = (location: string): boolean => {
  try {
    checkLength(location, 'artifact_location', limits.artifactLocation)
    return false
  } catch {
    return true
  }
}

/** @throws `INVALID_PARAMETER_VALUE` */
const checkLocation = (location: string): void => {
  const scheme = SCHEME.exec(location)?.[0].slice(0, -1) ?? ''
  const [path = '', query = ''] = location.split('#', 1)[0]?.split('?', 2) ?? []
  const last = path.slice(path.lastIndexOf('/') + 1)
  const hasParams = WITH_PARAMS.test(scheme) && last.includes(';')
  const hasFragment = /#./.test(location)
  if (hasFragment || hasParams)
    throw invalid("'artifact_location' URL can't include fragments or params.")
  if (query.includes('..')) throw invalid('Invalid query string')
  if (scheme === 'runs')
    throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location}'`)
  if (isLong(location))
    throw invalid(
      `Invalid artifact path length. The length of the artifact path cannot be greater than ${limits.artifactLocation} characters. To configure this limit, please set the MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable.`,
    )
}

/**
 * A location for artifacts as it is kept: a relative path is made absolute, below the server's folder.
 *
 * @throws `INVALID_PARAMETER_VALUE`
 */
export const artifactLocation = (location: string, { folder }: Settings): string => {
  if (location === '') return ''
  checkLocation(location)
  const isLocal = !SCHEME.test(location) && !location.startsWith('/')
  return isLocal ? normalPath(`${folder}/${location}`) : location
}

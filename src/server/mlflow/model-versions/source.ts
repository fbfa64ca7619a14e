import { invalid, mlflowError } from '../errors.ts'
import { normalPath } from '../names.ts'

/** What a version is said to be made from, and the folder of the server. */
export interface SourceFacts {
  readonly source: string
  /** The run and the logged model that the request names; each with the place of its artifacts, if it is there. */
  readonly run: Owner | undefined
  readonly model: Owner | undefined
  readonly folder: string
}

export interface Owner {
  readonly id: string
  readonly artifacts: string | undefined
}

/** The parts of a URI. A letter alone before the colon is a drive, no scheme. */
const URI = /^(?:([a-zA-Z][a-zA-Z0-9+.-]+):)?(?:\/\/([^/?#]*))?([^?#]*)/

/** A URI, taken apart. */
interface Parts {
  readonly scheme: string
  readonly host: string
  readonly path: string
}

const partsOf = (uri: string): Parts => {
  const [, scheme = '', host = '', path = ''] = URI.exec(uri) ?? []
  return { scheme: scheme.toLowerCase(), host, path }
}

const wrong = (source: string, why: string): Error =>
  invalid(`Invalid model version source: '${source}'. ${why}`)

const notLocal = (source: string): Error =>
  wrong(
    source,
    'To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.',
  )

const notOwned = (source: string, parameter: 'run_id' | 'model_id'): Error =>
  wrong(
    source,
    `The ${parameter} request parameter must identify the resource that contains the source.`,
  )

const notAbsolute = (source: string): Error =>
  wrong(
    source,
    'If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.',
  )

const elsewhere = (scheme: string): Error =>
  invalid(
    `'source' cannot use the '${scheme}' scheme: the '${scheme}' scheme addresses a host other than the tracking server's configured artifact storage, so the server would connect to the host named in the URI. Set the MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable on the server to allow it.`,
  )

/** The path without percent signs that stand for something, however often they were escaped. */
const unescaped = (path: string): string => {
  for (let before = path; ; ) {
    const after = before.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (after === before) return after
    before = after
  }
}

const isAbsolute = (path: string): boolean => {
  const segments = path.split('/')
  const isRelative = segments.some((segment) => segment === '.' || segment === '..')
  return path.startsWith('/') && !isRelative && !path.includes('\u0000')
}

const isWithin = (path: string, root: string): boolean =>
  path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`)

/** A local path, absolute and without detours; `undefined` for what is none. */
const localPath = (uri: string, folder: string): string | undefined => {
  const { scheme, path } = partsOf(uri)
  if (scheme !== '' && scheme !== 'file') return undefined
  const plain = scheme === 'file' ? unescaped(path) : uri
  return normalPath(plain.startsWith('/') ? plain : `${folder}/${plain}`).replace(/^\/\//, '/')
}

const checkLocal = ({ source, run, model, folder }: SourceFacts): void => {
  const path = localPath(source, folder)
  const holds = (owner: Owner | undefined): boolean => {
    const root = owner?.artifacts === undefined ? undefined : localPath(owner.artifacts, folder)
    const isThere = path !== undefined && root !== undefined && !path.includes('\u0000')
    return isThere && isWithin(path, root)
  }
  if (holds(run) || holds(model)) return
  throw model === undefined ? notLocal(source) : notOwned(source, 'model_id')
}

/** Of proxied artifacts, the request must say whose they are. */
const checkProxied = ({ source, run, model }: SourceFacts, path: string): void => {
  const holds = (owner: Owner | undefined): boolean => {
    const root = owner?.artifacts === undefined ? undefined : partsOf(owner.artifacts)
    if (root?.scheme !== 'mlflow-artifacts') return false
    return isWithin(normalPath(path), normalPath(unescaped(root.path)))
  }
  if (holds(run) || holds(model)) return
  throw notOwned(source, run === undefined && model !== undefined ? 'model_id' : 'run_id')
}

const HOSTED = new Set(['http', 'https', 'ftp', 'sftp'])

/** Schemes under which nothing is addressed but what the request names. */
const checkOwned = (facts: SourceFacts, { scheme, path }: Parts): void => {
  if (scheme === 'mlflow-artifacts') checkProxied(facts, path)
  if (scheme === 'runs' && path.split('/')[1] !== facts.run?.id)
    throw notOwned(facts.source, 'run_id')
}

/**
 * The rules for where a version may come from: nobody may make the server read what the request does not own.
 * Object stores are not looked at, and `models:/` is another's affair.
 *
 * @throws `INVALID_PARAMETER_VALUE`; `INTERNAL_ERROR` for a file of another host, as MLflow does.
 */
export const checkSource = (facts: SourceFacts): void => {
  const { source } = facts
  const { scheme, host, path: escaped } = partsOf(source)
  if (scheme === 'file' && host !== '' && host !== 'localhost')
    throw mlflowError(
      'INTERNAL_ERROR',
      `${source} is not a valid remote uri. For remote access on windows, please consider using a different scheme such as SMB (e.g. smb://<hostname>/<path>).`,
    )
  if (scheme === '' || scheme === 'file') {
    checkLocal(facts)
    return
  }
  if (HOSTED.has(scheme) || (scheme === 'mlflow-artifacts' && host !== '')) throw elsewhere(scheme)
  const path = unescaped(escaped)
  if (!isAbsolute(path)) throw notAbsolute(source)
  checkOwned(facts, { scheme, host, path })
}

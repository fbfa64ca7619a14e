import { proxiedPath } from '../../../artifacts/index.ts'
import type { Call } from '../endpoint.ts'
import { runUri } from '../entities.ts'
import { findRun } from '../runs/common.ts'
import type { ArtifactCall } from './raw-endpoint.ts'

/** Where a file is: among the artifacts of a run, or in a folder that is no run's. Empty paths are roots. */
export type Place =
  | { readonly kind: 'run'; readonly run: string; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }

const PROXY = '/mlflow-artifacts/artifacts'

/** The path below the root of proxied artifacts that a request names, as it was sent. */
export const sentPath = (request: Request, marker: string = PROXY): string => {
  const { pathname } = new URL(request.url)
  return pathname.slice(pathname.indexOf(`${marker}/`) + marker.length + 1)
}

/** The folder of a run's artifacts, if they are proxied. */
export const folderOfRun = async (call: Call, run: string): Promise<string | undefined> => {
  const uri = runUri(call.settings, await findRun(call, run))
  return uri === undefined ? undefined : proxiedPath(uri)
}

/** Whose a path below the root of proxied artifacts is. */
export const placeOf = async ({ call, parts }: ArtifactCall, path: string): Promise<Place> => {
  const segments = path.split('/')
  for (const [at, segment] of segments.entries()) {
    if (segments[at + 1] !== 'artifacts' || parts.runs().rowOf(segment) === undefined) continue
    const folder = segments.slice(0, at + 2).join('/')
    if ((await folderOfRun(call, segment).catch(() => undefined)) !== folder) continue
    return { kind: 'run', run: segment, path: segments.slice(at + 2).join('/') }
  }
  return { kind: 'folder', path }
}

import { BodyTooLarge, readBody } from '../../http/body.ts'
import { statusPage } from '../../http/pages.ts'
import { runUri } from '../entities.ts'
import { invalid, mlflowError } from '../errors.ts'
import { findRun } from '../runs/common.ts'
import { readFields, runId } from '../wire/fields.ts'
import { download } from './download.ts'
import { fileAt, fileInfos, listed } from './files.ts'
import { folderOfRun, type Place } from './places.ts'
import { noFile } from './proxy.ts'
import { type ArtifactCall, queryOf, type RawEndpoint } from './raw-endpoint.ts'
import { checkedPath, spelled } from './safe-path.ts'
import { storeFile } from './store-file.ts'

/** What stands before the names of a listing: the path as it was sent. */
export const prefixOf = (sent: string): string =>
  sent === '' || sent.endsWith('/') ? sent : `${sent}/`

const list: RawEndpoint = {
  method: 'GET',
  path: '/mlflow/artifacts/list',
  handle: async (given) => {
    const query = queryOf(given)
    const { run_id: run } = readFields({ run_id: runId }, { kind: 'query', query })
    const sent = checkedPath(query.get('path') ?? '')
    const uri = runUri(given.call.settings, await findRun(given.call, run))
    const entries = await listed(given, { kind: 'run', run, path: spelled(sent) })
    return Response.json({ root_uri: uri, files: fileInfos(entries, prefixOf(sent)) })
  },
}

/** Answers with the file at a place. @throws `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` */
export const sendFile = async (
  given: ArtifactCall,
  place: Place,
  sent: string,
): Promise<Response> => {
  const file = await fileAt(given, place)
  if (file !== undefined) return await download(given.parts.blobs, given.request, file)
  const refuse = (message: string): never => {
    throw invalid(message)
  }
  return await noFile(given, place, { sent, refuse })
}

const get: RawEndpoint = {
  method: 'GET',
  path: '/get-artifact',
  atRoot: true,
  handle: async (given) => {
    const query = queryOf(given)
    const asked = query.get('path')
    if (asked === null) return statusPage(400)
    const sent = checkedPath(asked)
    const run = query.get('run_id') ?? query.get('run_uuid')
    if (run === null) throw mlflowError('RESOURCE_DOES_NOT_EXIST', 'Run with id=None not found')
    const folder = await folderOfRun(given.call, run)
    const place = { kind: 'run', run, path: spelled(sent) } as const
    return await sendFile(given, place, folder === undefined ? sent : `${folder}/${sent}`)
  },
}

const MOST_BYTES = 10 * 1024 * 1024

/** @throws `INVALID_PARAMETER_VALUE` */
const smallBody = async (request: Request): Promise<Uint8Array> => {
  try {
    const bytes = await readBody(request, MOST_BYTES)
    if (bytes.length > 0) return bytes
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) throw error
    throw invalid('Artifact size is too large. Max size is 10MB.')
  }
  throw invalid('Request must specify data.')
}

/** What MLflow's own pages upload with. */
const upload: RawEndpoint = {
  method: 'POST',
  path: '/mlflow/upload-artifact',
  surfaces: ['/ajax-api'],
  handle: async (given) => {
    const query = queryOf(given)
    const run = query.get('run_uuid') ?? ''
    const asked = query.get('path') ?? ''
    if (run === '') throw invalid('Request must specify run_uuid.')
    if (asked === '') throw invalid('Request must specify path.')
    const content = await smallBody(given.request)
    const path = spelled(checkedPath(asked))
    const folder = await folderOfRun(given.call, run)
    await storeFile(
      given,
      { kind: 'run', run, path },
      { path: folder === undefined ? undefined : `${folder}/${path}`, content },
    )
    return new Response(null, { headers: { 'content-type': 'application/json' } })
  },
}

export const runFileEndpoints: readonly RawEndpoint[] = [list, get, upload]

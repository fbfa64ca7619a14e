import { invalid, mlflowError } from '../errors.ts'
import { download } from './download.ts'
import { fileAt, fileInfos, isFolder, listed, runsBelow } from './files.ts'
import { type Place, placeOf, sentPath } from './places.ts'
import { type ArtifactCall, queryOf, type RawEndpoint } from './raw-endpoint.ts'
import { checkedPath, decodedOnce, spelled } from './safe-path.ts'
import { deleteFiles, storeFile } from './store-file.ts'

const PATH = '/mlflow-artifacts/artifacts'

/** Errors of these endpoints that MLflow words in another form than all others. */
const detail = (message: string): Response => Response.json({ detail: message }, { status: 400 })

const pathOf = ({ request }: ArtifactCall): string => checkedPath(decodedOnce(sentPath(request)))

const upstreamWords =
  'Names may be treated as files in certain cases, and must not resolve to other names when treated as such.'

/** The folder of a file that is stored has one spelling. @throws `INVALID_PARAMETER_VALUE` */
const checkFolder = (path: string): void => {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/'))).replace(/\/+$/, '')
  const plain = folder.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (folder === '' || plain.join('/') === folder) return
  throw invalid(
    `Invalid artifact path: '${folder}'. ${upstreamWords} This name would resolve to '${plain.join('/')}'`,
  )
}

const upload: RawEndpoint = {
  method: 'PUT',
  path: `${PATH}/*`,
  handle: async (given) => {
    const sent = pathOf(given)
    if (sent === '' || sent.endsWith('/'))
      return detail("Artifact path must include a filename (cannot end with '/').")
    checkFolder(sent)
    const path = spelled(sent)
    await storeFile(given, await placeOf(given, path), { path })
    return new Response(null, { status: 200 })
  },
}

/** The answer for what is no file. @throws `RESOURCE_DOES_NOT_EXIST` */
export const noFile = async (
  given: ArtifactCall,
  place: Place,
  { sent, refuse }: { readonly sent: string; readonly refuse: (message: string) => Response },
): Promise<Response> => {
  if (await isFolder(given, place))
    return refuse(`Artifact path refers to a directory, not a file: '${sent}'`)
  throw mlflowError('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${sent}'`)
}

const get: RawEndpoint = {
  method: 'GET',
  path: `${PATH}/*`,
  handle: async (given) => {
    const sent = pathOf(given)
    const place = await placeOf(given, spelled(sent))
    const file = await fileAt(given, place)
    if (file !== undefined) return await download(given.parts.blobs, given.request, file)
    return await noFile(given, place, { sent, refuse: detail })
  },
}

const list: RawEndpoint = {
  method: 'GET',
  path: PATH,
  handle: async (given) => {
    const path = spelled(checkedPath(queryOf(given).get('path') ?? ''))
    const files = fileInfos(await listed(given, await placeOf(given, path)))
    return Response.json({ files })
  },
}

const remove: RawEndpoint = {
  method: 'DELETE',
  path: `${PATH}/*`,
  handle: async (given) => {
    const path = spelled(pathOf(given))
    const place = await placeOf(given, path)
    if (place.kind === 'run') {
      await deleteFiles(given, { runs: [place], folder: undefined })
    } else {
      const runs = await runsBelow(given, path)
      const whole = runs.map(({ run }) => ({ run, path: '' }))
      await deleteFiles(given, { runs: whole, folder: path })
    }
    await given.parts.destination?.remove(path)
    return Response.json({})
  },
}

/** The listing first: the router takes what ends in `/*` for that path without its slash, too. */
export const proxyEndpoints: readonly RawEndpoint[] = [list, upload, get, remove]

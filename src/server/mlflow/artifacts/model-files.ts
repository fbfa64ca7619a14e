import { proxiedPath } from '../../../artifacts/index.ts'
import type { ModelVersion } from '../../../registry/index.ts'
import { statusPage } from '../../http/pages.ts'
import { runUri } from '../entities.ts'
import { invalid, missingParameter, mlflowError } from '../errors.ts'
import { loggedModelUri } from '../logged-models/answer.ts'
import { findRun } from '../runs/common.ts'
import { fileInfos, listed } from './files.ts'
import { type Place, placeOf } from './places.ts'
import { type ArtifactCall, queryOf, type RawEndpoint } from './raw-endpoint.ts'
import { prefixOf, sendFile } from './run-files.ts'
import { checkedPath, spelled } from './safe-path.ts'

const joined = (folder: string, path: string): string =>
  folder === '' || path === '' ? `${folder}${path}` : `${folder}/${path}`

const elsewhere = (uri: string): Error =>
  invalid(`The artifacts at '${uri}' are not kept by this server. Read them from there.`)

const MOST_STEPS = 8

/** The place that a URI of artifacts stands for, and its folder as messages show it. */
interface Found {
  readonly place: Place
  readonly folder: string
}

const loggedModelFolder = async ({ call }: ArtifactCall, id: string): Promise<string> =>
  (await loggedModelUri(call, await call.view.loggedModels.get(id))) ?? ''

/** Follows a source that names a model, until it names a folder. @throws `RESOURCE_DOES_NOT_EXIST` */
const followed = async (given: ArtifactCall, uri: string): Promise<string> => {
  let at = uri
  for (let step = 0; at.startsWith('models:/'); step += 1) {
    if (step === MOST_STEPS) throw elsewhere(uri)
    const name = at.slice('models:/'.length)
    if (/^m-[^/]+$/.test(name)) return await loggedModelFolder(given, name)
    const version = await given.call.view.registry.resolve(at)
    at = sourceOf(await given.call.view.registry.version(version.model, version.version))
  }
  return at
}

const sourceOf = ({ storageLocation, source }: ModelVersion): string => storageLocation ?? source

/** A source within the artifacts of its run, wherever the run says that they are. */
const withinRun = async (
  { call }: ArtifactCall,
  uri: string,
  run: string | undefined,
): Promise<Found | undefined> => {
  if (run === undefined) return undefined
  const found = await findRun(call, run).catch(() => undefined)
  const root = found === undefined ? undefined : runUri(call.settings, found)
  if (root === undefined || !`${uri}/`.startsWith(`${root}/`)) return undefined
  const path = spelled(checkedPath(uri.slice(root.length + 1)))
  return { place: { kind: 'run', run, path }, folder: uri }
}

/** @throws `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE` for artifacts of another place. */
const foundAt = async (given: ArtifactCall, version: ModelVersion): Promise<Found> => {
  const uri = await followed(given, sourceOf(version))
  const [, ownRun, path = ''] = /^runs:\/+([^/]+)(?:\/(.*))?$/s.exec(uri) ?? []
  if (ownRun !== undefined) {
    return { place: { kind: 'run', run: ownRun, path: spelled(checkedPath(path)) }, folder: uri }
  }
  const proxied = proxiedPath(uri)
  if (proxied !== undefined) {
    const folder = spelled(checkedPath(proxied))
    return { place: await placeOf(given, folder), folder }
  }
  const found = await withinRun(given, uri, version.run)
  if (found === undefined) throw elsewhere(uri)
  return found
}

const versionFile: RawEndpoint = {
  method: 'GET',
  path: '/model-versions/get-artifact',
  atRoot: true,
  handle: async (given) => {
    const query = queryOf(given)
    const asked = query.get('path')
    if (asked === null) return statusPage(400)
    const sent = checkedPath(asked)
    const name = query.get('name') ?? ''
    const number = query.get('version') ?? ''
    if (name === '') throw missingParameter('name')
    if (!/^\d{1,15}$/.test(number))
      throw invalid(`Parameter 'version' must be an integer, got '${number}'.`)
    const version = await versionOf(given, name, Number(number))
    const { place, folder } = await foundAt(given, version)
    const path = joined(place.path, spelled(sent))
    return await sendFile(given, { ...place, path }, `${folder}/${sent}`)
  },
}

/** @throws `RESOURCE_DOES_NOT_EXIST` */
const versionOf = async (
  { call }: ArtifactCall,
  name: string,
  version: number,
): Promise<ModelVersion> => {
  try {
    return await call.view.registry.version(name, version)
  } catch {
    throw mlflowError(
      'RESOURCE_DOES_NOT_EXIST',
      `Model Version (name=${name}, version=${version}) not found`,
    )
  }
}

/** The place of the files of a logged model, and where clients are told that it is. */
const ofLoggedModel = async (given: ArtifactCall): Promise<Found & { readonly uri: string }> => {
  const uri = await loggedModelFolder(given, given.call.path['id'] ?? '')
  const folder = proxiedPath(uri)
  if (folder === undefined) throw elsewhere(uri)
  return { uri, folder, place: await placeOf(given, folder) }
}

const directories: RawEndpoint = {
  method: 'GET',
  path: '/mlflow/logged-models/:id/artifacts/directories',
  handle: async (given) => {
    const sent = checkedPath(queryOf(given).get('artifact_directory_path') ?? '')
    const { uri, place } = await ofLoggedModel(given)
    const entries = await listed(given, { ...place, path: joined(place.path, spelled(sent)) })
    return Response.json({ root_uri: uri, files: fileInfos(entries, prefixOf(sent)) })
  },
}

const file: RawEndpoint = {
  method: 'GET',
  path: '/mlflow/logged-models/:id/artifacts/files',
  surfaces: ['/ajax-api'],
  handle: async (given) => {
    const asked = queryOf(given).get('artifact_file_path')
    if (asked === null)
      throw mlflowError(
        'BAD_REQUEST',
        'Request must include the "artifact_file_path" query parameter.',
      )
    const sent = checkedPath(asked)
    const { place, folder } = await ofLoggedModel(given)
    const path = joined(place.path, spelled(sent))
    return await sendFile(given, { ...place, path }, `${folder}/${sent}`)
  },
}

export const modelFileEndpoints: readonly RawEndpoint[] = [versionFile, directories, file]

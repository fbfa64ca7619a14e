import {
  type ArtifactContent,
  artifactFileAt,
  artifactFilesBelow,
  artifactRootOf,
  artifactStream,
  type StoredBlob,
} from '../../../artifacts/index.ts'
import type { NewEvent } from '../../../kernel/events/event.ts'
import { trackingRules } from '../../../tracking/index.ts'
import type { Rule } from '../endpoint.ts'
import { invalid, mlflowError } from '../errors.ts'
import { checkWritable } from '../runs/common.ts'
import type { ArtifactParts } from './parts.ts'
import type { Place } from './places.ts'
import type { ArtifactCall } from './raw-endpoint.ts'

/** Which paths are taken at a place, whatever else its request sees. */
interface Taken {
  readonly isFile: (path: string) => boolean
  readonly isFolder: (path: string) => boolean
}

const takenAt = ({ runs, folders }: ArtifactParts, place: Place): Taken => {
  if (place.kind === 'folder') {
    return {
      isFile: (path) => artifactFileAt(folders(), path) !== undefined,
      isFolder: (path) => artifactFilesBelow(folders(), path).some((file) => file.path !== path),
    }
  }
  const table = runs()
  const files = table.extras.get(table.rowOf(place.run) ?? -1)?.artifacts ?? new Map()
  return {
    isFile: (path) => files.has(path),
    isFolder: (path) => [...files.keys()].some((file) => file.startsWith(`${path}/`)),
  }
}

/** A file cannot be where a folder is, nor below a file. @throws `INVALID_PARAMETER_VALUE` */
const checkFree = (parts: ArtifactParts, place: Place): void => {
  const { isFile, isFolder } = takenAt(parts, place)
  const { path } = place
  if (path === '' || isFolder(path))
    throw invalid(`Artifact path refers to a directory, not a file: '${path}'`)
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const above = path.slice(0, slash)
    if (isFile(above)) throw invalid(`Invalid artifact path: '${path}'. '${above}' is a file.`)
  }
}

const tooLarge = (limit: number): Error =>
  mlflowError('REQUEST_LIMIT_EXCEEDED', `The artifact is larger than ${limit} bytes.`)

async function* upTo(
  limit: number,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let size = 0
  for await (const chunk of content) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    yield chunk
  }
}

/** What a request carries, never more of it than the limit. @throws `REQUEST_LIMIT_EXCEEDED` */
const contentOf = ({ request, parts: { limit } }: ArtifactCall): ArtifactContent => {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit)
  return request.body === null ? '' : upTo(limit, chunksOf(request.body))
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

const storing =
  (parts: ArtifactParts, place: Place, blob: StoredBlob): Rule =>
  (facts) => {
    checkFree(parts, place)
    const { path } = place
    if (place.kind === 'run') {
      checkWritable(facts, place.run)
      return trackingRules.logArtifact(facts, { id: place.run, path, ...blob })
    }
    const stream = artifactStream(artifactRootOf(path))
    return [{ type: 'artifact.stored', stream, data: { path, ...blob } }]
  }

/**
 * Stores what a request carries as the file at a place: its bytes under their digest, then an event that says so.
 *
 * @param path - Of its URL, where plain files are kept, too.
 * @throws `INVALID_PARAMETER_VALUE`, `REQUEST_LIMIT_EXCEEDED`, `READ_ONLY`, `RUN_DELETED`, `ARTIFACT_WRITE_FAILED`,
 * `INVALID_VALUE` for bytes of another digest than the request states
 */
export const storeFile = async (
  given: ArtifactCall,
  place: Place,
  { path, content }: { readonly path: string | undefined; readonly content?: ArtifactContent },
): Promise<void> => {
  const { call, request, parts } = given
  // Before the first byte is taken: the past and what cannot be are refused at once.
  call.writable()
  checkFree(parts, place)
  const digest = statedDigest(request)
  const blob = await parts.blobs.put(
    content ?? contentOf(given),
    digest === undefined ? {} : { digest },
  )
  await call.write(storing(parts, place, blob))
  if (path !== undefined) await parts.destination?.write(path, parts.blobs.open(blob.digest))
}

const DIGEST = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?:$|,)/

/** The digest that `Content-Digest` states. @throws `INVALID_PARAMETER_VALUE` */
const statedDigest = ({ headers }: Request): string | undefined => {
  const header = headers.get('content-digest')
  if (header === null || !header.includes('sha-256=')) return undefined
  const [, base64] = DIGEST.exec(header) ?? []
  if (base64 === undefined)
    throw invalid('Bad Request. Content-Digest must be sha-256=:<base64 of 32 bytes>:.')
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
  return `sha256:${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** What is there to delete, per stream: a deletion reaches what lies in its own. */
export interface Deletion {
  /** Runs, each with the path among its artifacts. */
  readonly runs: readonly { readonly run: string; readonly path: string }[]
  /** Of files that are no run's. */
  readonly folder: string | undefined
}

const folderDeletions = ({ folders }: ArtifactParts, path: string): readonly NewEvent[] => {
  const roots = new Set(
    artifactFilesBelow(folders(), path).map((file) => artifactRootOf(file.path)),
  )
  return [...roots].map((root) => ({
    type: 'artifact.deleted',
    stream: artifactStream(root),
    data: { path },
  }))
}

const hasFiles = ({ runs }: ArtifactParts, run: string, path: string): boolean => {
  const table = runs()
  const files = table.extras.get(table.rowOf(run) ?? -1)?.artifacts ?? new Map()
  return [...files.keys()].some(
    (file) => path === '' || file === path || file.startsWith(`${path}/`),
  )
}

/** Takes files away, in one commit; their bytes stay for the past. @throws `READ_ONLY`, `RUN_DELETED` */
export const deleteFiles = async (
  { call, parts }: ArtifactCall,
  { runs, folder }: Deletion,
): Promise<void> => {
  await call.write((facts) => [
    ...runs
      .filter(({ run, path }) => hasFiles(parts, run, path))
      .flatMap(({ run, path }) => trackingRules.deleteArtifacts(facts, { id: run, path })),
    ...(folder === undefined ? [] : folderDeletions(parts, folder)),
  ])
}

import {
  artifactFilesBelow,
  artifactFoldersProjection,
  proxiedPath,
  treeAt,
} from './artifacts/index.ts'
import type { EventEngine } from './kernel/event-engine.ts'
import { type RunsView, runsProjection } from './tracking/index.ts'

/** A path among the artifacts of a run, as a URI names it. */
interface RunPath {
  readonly run: string
  readonly path: string
}

/** Another server may keep other files at the same path: a URI that names a host is not ours to know. */
const ownPath = (uri: string): string | undefined =>
  /^mlflow-artifacts:\/(?!\/)/.test(uri) ? proxiedPath(uri) : undefined

const runPath = (uri: string): RunPath | undefined => {
  const [, run, path = ''] = /^runs:\/+([^/]+)(?:\/(.*?))?\/*$/s.exec(uri) ?? []
  return run === undefined ? undefined : { run, path }
}

/** `…/<run>/artifacts/<path>`, of a run of this store. */
const proxiedRunPath = (path: string, isRun: (id: string) => boolean): RunPath | undefined => {
  const segments = path.split('/')
  const at = segments.findIndex((id, index) => segments[index + 1] === 'artifacts' && isRun(id))
  const run = segments[at]
  return run === undefined ? undefined : { run, path: segments.slice(at + 2).join('/') }
}

/** Gives the digest of the files that a URI stands for, where this store keeps them. */
export const artifactDigestAt =
  (engine: EventEngine, runs: Pick<RunsView, 'artifacts'>) =>
  async (uri: string): Promise<string | undefined> => {
    const table = engine.state(runsProjection)
    const isRun = (id: string): boolean => table.rowOf(id) !== undefined
    const folder = ownPath(uri)
    const own = folder === undefined ? runPath(uri) : proxiedRunPath(folder, isRun)
    if (own !== undefined) {
      return isRun(own.run) ? treeAt(await runs.artifacts(own.run), own.path)?.digest : undefined
    }
    if (folder === undefined) return undefined
    return treeAt(artifactFilesBelow(engine.state(artifactFoldersProjection), folder), folder)
      ?.digest
  }

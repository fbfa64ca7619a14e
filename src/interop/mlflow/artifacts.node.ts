import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Folder, isInside, unreadable, walkFiles } from './files.node.ts'
import type { Problems } from './problems.ts'
import type { SourceArtifact } from './source.ts'

/** Where artifacts may be looked for. */
export interface ArtifactPlaces {
  /** The folder of the store, and what the caller added: absolute, without links. */
  readonly roots: readonly string[]
  readonly problems: Problems
}

/** What is known about the artifacts of one run. */
export interface ArtifactAddress {
  /** What the problem names: the record that points at them. */
  readonly file: string
  readonly run: string
  readonly experiment: string
  /** As the store states it, on the machine that wrote it. */
  readonly location: string | null
  /** Whether the run says that it logged some: only then is an absent default folder a loss. */
  readonly isExpected: boolean
}

/** The files of one run, by path, from the first place that exists. */
export async function* readArtifacts(
  places: ArtifactPlaces,
  address: ArtifactAddress,
): AsyncGenerator<SourceArtifact, void> {
  const found = await findArtifacts(places, address)
  if (found === undefined) {
    reportAbsent(places, address)
    return
  }
  const folder: Folder = { root: found, problems: problemsBelow(places, address) }
  for (const { path, real } of walkFiles(folder, '')) {
    try {
      const { size } = await stat(real)
      yield { path, size, file: real, open: () => createReadStream(real) }
    } catch (error) {
      folder.problems.add({ file: path, message: unreadable(error) })
    }
  }
}

/**
 * Published stores name places on the machine that wrote them, so the layout comes first: the folder
 * `<experiment>/<run>/artifacts` beside the records. A place that a store names is read only inside of
 * the roots.
 */
const findArtifacts = async (
  places: ArtifactPlaces,
  address: ArtifactAddress,
): Promise<string | undefined> => {
  const usual = join(address.experiment, address.run, 'artifacts')
  const named = localPath(address.location)
  const candidates = places.roots.flatMap((root) => [
    join(root, usual),
    join(root, 'mlruns', usual),
    join(root, 'mlartifacts', usual),
  ])
  for (const candidate of named === undefined ? candidates : [...candidates, named]) {
    const real = await realFolder(candidate)
    if (real !== undefined && places.roots.some((root) => isInside(root, real))) return real
  }
  return undefined
}

const realFolder = async (path: string): Promise<string | undefined> => {
  try {
    const real = await realpath(path)
    return (await stat(real)).isDirectory() ? real : undefined
  } catch {
    return undefined
  }
}

/** The path that a location means on this machine, when it means one. */
const localPath = (location: string | null): string | undefined => {
  if (location === null || location === '') return undefined
  if (!/^file:\//.test(location)) return isAbsolute(location) ? location : undefined
  try {
    return fileURLToPath(location)
  } catch {
    return undefined
  }
}

const reportAbsent = (places: ArtifactPlaces, address: ArtifactAddress): void => {
  const { experiment, file, isExpected, location, run } = address
  const isUsual =
    location === null || location.replaceAll('\\', '/').endsWith(`${experiment}/${run}/artifacts`)
  // MLflow makes the folder for every run, and Git keeps no empty folder.
  if (isUsual && !isExpected) return
  const message = `The artifacts of run ${run} are at ${location ?? 'no stated place'}, which is not here; they are left out. Name a folder that holds ${experiment}/${run}/artifacts in the option artifactRoots.`
  places.problems.add({ file, message })
}

/** Problems inside of the artifacts, under the name of their run. */
const problemsBelow = (places: ArtifactPlaces, address: ArtifactAddress): Problems => ({
  list: places.problems.list,
  add: ({ file, message }) => {
    const path = `${address.experiment}/${address.run}/artifacts/${file}`
    places.problems.add({ file: path, message })
  },
})

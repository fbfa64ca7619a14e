import type { CreateVersion } from './decide-version.ts'
import { defined } from './defined.ts'
import { registryError } from './errors.ts'
import type { RegistryParts } from './writing.ts'

/** What a caller says a version is made from. */
type Given = Pick<CreateVersion, 'model' | 'run' | 'path' | 'loggedModel' | 'storageLocation'> & {
  readonly source?: string
  /** Whether the run may be one of another store. */
  readonly foreignRun: boolean
}

/** What is found out about it. */
type MadeFrom = Pick<CreateVersion, 'run' | 'source' | 'digest' | 'storageLocation'>

/**
 * Where a version's bytes are, and their digest where varve holds them.
 *
 * @throws `RUN_NOT_FOUND`, `LOGGED_MODEL_NOT_FOUND`, `SOURCE_REQUIRED`
 */
export const madeFrom = async (
  parts: Pick<RegistryParts, 'runModel' | 'loggedModel' | 'digestAt'>,
  given: Given,
): Promise<MadeFrom> => {
  const { loggedModel: id } = given
  const stated = await digestOf(parts, given)
  if (id === undefined) {
    const source = sourceOf(given)
    const digest = stated ?? (await parts.digestAt?.(given.storageLocation ?? source))
    return { source, ...defined({ digest }) }
  }
  const logged = await parts.loggedModel(id)
  const run = given.run ?? logged.run
  const storageLocation = given.storageLocation ?? logged.artifactLocation
  const source = given.source ?? `models:/${id}`
  const digest = stated ?? (await parts.digestAt?.(storageLocation ?? source))
  return { source, ...defined({ run, storageLocation, digest }) }
}

const digestOf = async (
  { runModel }: Pick<RegistryParts, 'runModel'>,
  { run, path, source, foreignRun }: Given,
): Promise<string | undefined> => {
  if (run === undefined || foreignRun) return undefined
  const { digest } = await runModel(run, path)
  // A source of its own, without a path in the run, is not what the run's digest is of.
  return source !== undefined && path === undefined ? undefined : digest
}

const sourceOf = ({ model, run, path, source }: Given): string => {
  if (source !== undefined) return source
  if (run !== undefined) return ['runs:', run, ...(path === undefined ? [] : [path])].join('/')
  throw registryError(
    'SOURCE_REQUIRED',
    `A version of ${JSON.stringify(model)} needs to know what it is made from. Give the run that made it, or the source where the bytes are.`,
    { data: { model } },
  )
}

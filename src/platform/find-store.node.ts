import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Environment } from './platform.ts'

const storeName = '.varve'

/**
 * Finds the store that a program without a path means: `VARVE_STORE`, else the nearest folder called
 * `.varve` in `from` or above it, else `<from>/.varve`, which need not exist yet.
 *
 * Gives an absolute path; a relative `VARVE_STORE` is relative to `from`.
 */
export const findStore = (from: string, env: Environment): string => {
  const named = env['VARVE_STORE']
  if (named !== undefined && named !== '') return resolve(from, named)
  const here = resolve(from)
  return nearestStore(here) ?? join(here, storeName)
}

const nearestStore = (from: string): string | undefined => {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, storeName)
    if (isFolder(candidate)) return candidate
    if (dirname(folder) === folder) return undefined
  }
}

/** A folder above that may not be looked into holds no store for this user. */
const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

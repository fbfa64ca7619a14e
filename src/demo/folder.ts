import { existsSync, lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { demoError } from './errors.ts'

/** The repository: both `src/demo` and `dist/demo` lie two folders below it. */
const repository = fileURLToPath(new URL('../../', import.meta.url))

/**
 * The absolute path of a file or folder that the repository carries for the demo.
 *
 * @throws `DEMO_FIXTURE_MISSING`
 */
export const fixture = (path: string): string => {
  const absolute = join(repository, 'test', 'fixtures', path)
  if (existsSync(absolute)) return absolute
  throw demoError(
    'DEMO_FIXTURE_MISSING',
    `The demo reads test/fixtures/${path}, and ${repository} has no such file. The package does not carry it: run the demo in a clone of the repository.`,
    { data: { path: absolute } },
  )
}

const mark = 'made-by-demo.txt'

/** Marks a store as the demo's own, so that a later demo may remove it when asked to. */
export const markAsDemo = (folder: string): void =>
  writeFileSync(
    join(folder, mark),
    'A varve store that `npm run demo` made. `npm run demo -- --fresh` removes it and begins anew.\n',
  )

/** What stands where the demo is to put its store. */
export const inspectFolder = (folder: string): 'free' | 'demo' | 'foreign' => {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return 'free'
  if (!found.isDirectory()) return 'foreign'
  if (existsSync(join(folder, mark))) return 'demo'
  return readdirSync(folder).length === 0 ? 'free' : 'foreign'
}

/**
 * Makes sure that the demo may put its store into the folder.
 *
 * @throws `DEMO_FOLDER_TAKEN` when something is there, unless it is a demo's store and `fresh` is set.
 */
export const clearFolder = (folder: string, fresh: boolean): void => {
  const found = inspectFolder(folder)
  if (found === 'free') return
  if (found === 'demo' && fresh) {
    rmSync(folder, { recursive: true })
    return
  }
  throw demoError('DEMO_FOLDER_TAKEN', takenMessage(folder, found), { data: { folder, found } })
}

const takenMessage = (folder: string, found: 'demo' | 'foreign'): string => {
  const name = shortPath(folder)
  const elsewhere = 'Name another folder: npm run demo -- ./other-folder'
  return found === 'demo'
    ? `${name} holds the store of an earlier demo. Begin anew with npm run demo -- --fresh, or keep it. ${elsewhere}`
    : `${name} exists and was not made by the demo, so it is left alone. ${elsewhere}`
}

/** The path as a reader in the current folder would write it. */
export const shortPath = (path: string): string => {
  const short = relative(process.cwd(), resolve(path))
  return short.startsWith('..') ? path : `./${short}`
}

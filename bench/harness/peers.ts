import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A folder of packages that only the bench needs. It stays between runs: native ones take minutes to build. */
export interface Peer {
  readonly name: string
  /** With exact versions. */
  readonly packages: readonly string[]
}

const install = async (folder: string, packages: readonly string[]): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  // One of them names as its peer a version of another that was never published.
  await run('npm', ['install', '--legacy-peer-deps', ...quiet, ...packages], { cwd: folder })
  writeFileSync(join(folder, 'installed'), packages.join('\n'))
}

/** What resolves the packages of a peer, once they are installed; nothing where they do not install. */
export const peer = async (
  { name, packages }: Peer,
  say: (text: string) => void,
): Promise<NodeJS.Require | undefined> => {
  const folder = resolve('node_modules', '.cache', `varve-bench-${name}`)
  try {
    if (!existsSync(join(folder, 'installed'))) {
      say(`installs ${packages.join(', ')}: minutes, once`)
      await install(folder, packages)
    }
    return createRequire(join(folder, 'package.json'))
  } catch (error) {
    say(`${name} does not install here, so nothing is compared with it: ${String(error)}`)
    return undefined
  }
}

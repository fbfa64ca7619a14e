import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../docs/built-package.ts'
import { npm } from './npm.ts'

/** The package that carries the binary of Node for this machine: npm's `node` installs it by a script. */
const { platform, arch } = process
const carrier = `node-${platform === 'win32' ? 'win' : platform}-${arch}`
const binary = join('node_modules', carrier, 'bin', platform === 'win32' ? 'node.exe' : 'node')

/** `latest` moves: what was fetched yesterday may be the newest no longer. */
const dayMs = 24 * 60 * 60 * 1000

const isFresh = async (path: string, version: string): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && (version !== 'latest' || Date.now() - found.ctimeMs < dayMs)
}

/** The path of another Node, fetched through npm once and kept with the other caches. */
export const nodeOf = async (version: string): Promise<string> => {
  const folder = join(root, 'node_modules/.cache/varve-nodes', version)
  const path = join(folder, binary)
  if (await isFresh(path, version)) return path
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  await npm(['install', '--ignore-scripts', `${carrier}@${version}`], folder)
  return path
}

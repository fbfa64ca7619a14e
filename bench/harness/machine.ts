import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { resolve } from 'node:path'

/** Where and with what the figures were measured. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly disk: string
  readonly node: string
  readonly versions: Readonly<Record<string, string>>
}

const packages = ['varve', 'level', 'classic-level', 'msgpackr', 'rxjs', 'immer', 'valibot']

const versionOf = (name: string): string => {
  const file = name === 'varve' ? 'package.json' : `node_modules/${name}/package.json`
  const found: { readonly version?: unknown } = JSON.parse(readFileSync(resolve(file), 'utf8'))
  return String(found.version)
}

/** Magic numbers of file systems that are often met. */
const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlay',
  16914836: 'tmpfs: memory, so that fsync costs nothing here',
}

const diskOf = async (folder: string): Promise<string> => {
  const { type: magic } = await statfs(folder)
  return fileSystems[magic] ?? `file system ${magic}`
}

/** @param folder - Where the stores of the bench are. */
export const describeMachine = async (folder: string): Promise<Machine> => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()}`,
  disk: await diskOf(folder),
  node: process.versions.node,
  versions: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
})

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** Folders for one run of the bench, on the disk that holds the checkout: a system's temp folder may be memory. */
export interface Scratch {
  readonly root: string
  folder(name: string): string
  remove(folder: string): Promise<void>
}

const remains = { recursive: true, force: true, maxRetries: 5 } as const

/** Folders that are gone when the process ends, also when it is interrupted. */
export const openScratch = (): Scratch => {
  const home = resolve('node_modules', '.cache')
  mkdirSync(home, { recursive: true })
  const root = mkdtempSync(join(home, 'varve-bench-'))
  let made = 0
  process.once('exit', () => rmSync(root, remains))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  return {
    root,
    folder: (name) => {
      made += 1
      const folder = join(root, `${made}-${name}`)
      mkdirSync(folder)
      return folder
    },
    remove: (folder) => rm(folder, remains),
  }
}

import { spawn } from 'node:child_process'
import { copyFile, link, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../programs/fill.js', import.meta.url))

export interface CrashedStore {
  readonly folder: string
  /** Position half-way back in its history. */
  readonly half: number
}

export interface CrashedSize {
  readonly runs: number
  /** Events after the checkpoint. */
  readonly tail: number
}

/** Makes a store of so many runs in a process that is killed, so that a tail is left to be folded. */
export const crashedStore = (folder: string, { runs, tail }: CrashedSize): Promise<CrashedStore> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, folder, String(runs), String(tail)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.once('error', reject)
    child.once('close', (_, signal) => {
      if (signal === 'SIGKILL' && said !== '') resolve({ folder, half: Number(said) })
      else reject(new Error(`Filling ${folder} ended early.`))
    })
  })

/** Copies a store that nobody has open. Tables are linked: LevelDB never writes to one again. */
export const copyStore = async (from: string, to: string): Promise<void> => {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    if (entry.isDirectory()) await copyStore(source, target)
    else if (entry.name.endsWith('.ldb')) await link(source, target)
    else if (entry.isFile()) await copyFile(source, target)
  }
}

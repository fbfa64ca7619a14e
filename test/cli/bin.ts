import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buildWorkspace, type Outcome, runNode } from '../docs/built-package.ts'

/** A server that runs as people start it. */
export interface Served {
  readonly url: string
  /** Lines that it wrote to stderr so far. */
  readonly log: readonly string[]
  /** Asks it to stop, and gives how it ended. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

/** The command line of the built package, in folders that are thrown away. */
export interface Bin extends AsyncDisposable {
  /** A new empty folder. */
  readonly folder: () => Promise<string>
  readonly varve: (cwd: string, ...words: readonly string[]) => Promise<Outcome>
  /** Starts `varve serve` at a free port. */
  readonly serve: (cwd: string, ...words: readonly string[]) => Promise<Served>
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode)
    else child.once('exit', (code) => resolve(code))
  })

const envWithoutStore = (): NodeJS.ProcessEnv => {
  const { VARVE_STORE: _, NODE_OPTIONS: __, ...env } = process.env
  return env
}

const started = async (main: string, cwd: string, words: readonly string[]): Promise<Served> => {
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', ...words], {
    cwd,
    env: envWithoutStore(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('close', () => reject(new Error(`It ended before it served.\n${log.join('\n')}`)))
  })
  return {
    url,
    log,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      return await ended(child)
    },
  }
}

export const buildBin = async (): Promise<Bin> => {
  const workspace = await buildWorkspace()
  const main = join(workspace.packageFolder, 'dist/cli/main.js')
  const folders: string[] = []
  return {
    folder: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'varve-cli-'))
      folders.push(folder)
      return folder
    },
    varve: (cwd, ...words) => runNode([main, ...words], { cwd, timeout: 120_000 }),
    serve: (cwd, ...words) => started(main, cwd, words),
    [Symbol.asyncDispose]: async () => {
      for (const folder of folders) await rm(folder, { recursive: true, force: true })
      await workspace[Symbol.asyncDispose]()
    },
  }
}

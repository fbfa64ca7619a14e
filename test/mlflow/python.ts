import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../docs/built-package.ts'

const requirements = join(root, 'test/mlflow/requirements.txt')
const cache = join(root, 'node_modules/.cache/varve-mlflow')

interface Outcome {
  readonly code: number | null
  readonly output: string
}

const run = (command: string, args: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', ({ message }) => resolve({ code: null, output: message }))
    child.once('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }))
  })

/** The Python on PATH with its version, if it is new enough for the client. */
const findPython = async (): Promise<{ readonly command: string; readonly version: string }> => {
  const asked = 'import sys; print(sys.version.split()[0]); sys.exit(sys.version_info < (3, 11))'
  const seen: string[] = []
  for (const command of ['python3', 'python']) {
    const { code, output } = await run(command, ['-c', asked])
    if (code === 0) return { command, version: output.trim() }
    seen.push(`${command}: ${output.trim()}`)
  }
  throw new Error(
    `MLflow's client needs Python 3.11 or newer on PATH, and there is none (${seen.join('; ')}). ` +
      'Install one, with its venv module, and start again.',
  )
}

const succeed = async (what: string, [command = '', ...args]: readonly string[]): Promise<void> => {
  const { code, output } = await run(command, args)
  if (code !== 0) throw new Error(`${what}\n${output.split('\n').slice(-15).join('\n')}`)
}

const interpreterOf = (folder: string): string =>
  process.platform === 'win32' ? join(folder, 'Scripts/python.exe') : join(folder, 'bin/python')

/** Wheels for a Python that is newer than the pins are may be missing: who has an environment names it. */
const given = process.env['MLFLOW_TEST_PYTHON']

/**
 * The interpreter of a virtual environment with the packages of `requirements.txt`.
 *
 * It is made once for each Python and each state of that file, and says so while it is. `MLFLOW_TEST_PYTHON`
 * names one that is there already.
 */
export const preparePython = async (): Promise<string> => {
  if (given !== undefined) return given
  const { command, version } = await findPython()
  const pinned = await readFile(requirements, 'utf8')
  const digest = createHash('sha256').update(`${version}\n${pinned}`).digest('hex').slice(0, 12)
  const folder = join(cache, digest)
  const python = interpreterOf(folder)
  const complete = join(folder, 'complete')
  if (existsSync(complete)) return python
  process.stdout.write(`MLflow goes into ${folder}, which takes minutes (Python ${version}).\n`)
  await rm(cache, { recursive: true, force: true, maxRetries: 3 })
  await mkdir(cache, { recursive: true })
  await succeed(`${command} could not make a virtual environment. Install its venv module.`, [
    command,
    '-m',
    'venv',
    folder,
  ])
  await succeed(
    'The packages of test/mlflow/requirements.txt could not be installed. Is there a network, or a proxy to be set?',
    // What is never imported need not be compiled.
    [python, '-m', 'pip', 'install', '--no-compile', '--prefer-binary', '-r', requirements],
  )
  await writeFile(complete, '')
  return python
}

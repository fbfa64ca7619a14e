import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

const onPath = async (): Promise<string | undefined> => {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const path of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    if (await isProgram(path)) return path
  }
  return undefined
}

const install = async (): Promise<void> => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { env, maxBuffer: 64 << 20 }
  await run('apt-get', ['update', '-qq'], options)
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options)
}

const missing = (why: string, cause?: unknown): Error =>
  new Error(
    `There is no Chromium on this machine, and ${why}. Install one, or name its program in CHROMIUM_PATH.`,
    cause === undefined ? undefined : { cause },
  )

/** Finds Chromium: `CHROMIUM_PATH`, else on the PATH, else root of a Debian gets it from its archive. */
export const findChromium = async (): Promise<string> => {
  const named = process.env['CHROMIUM_PATH']
  if (named !== undefined && named !== '') {
    if (await isProgram(named)) return named
    throw new Error(`CHROMIUM_PATH names ${named}, which is no program that this user may run.`)
  }
  const found = await onPath()
  if (found !== undefined) return found
  if (process.getuid?.() !== 0 || !(await isProgram('/usr/bin/apt-get')))
    throw missing('only root of a Debian could have it installed')
  try {
    await install()
  } catch (cause) {
    throw missing('apt-get could not install it', cause)
  }
  const installed = await onPath()
  if (installed === undefined) throw missing('apt-get installed none')
  return installed
}

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']

/** Runs npm in a folder. */
export const npm = async (args: readonly string[], cwd: string): Promise<string> => {
  const windows = process.platform === 'win32'
  const { stdout } = await promisify(execFile)('npm', [...args, ...quiet], { cwd, shell: windows })
  return stdout
}

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Outcome {
  /** Exit code; `null` if it was stopped because it took too long. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs Node on its own: no input, no settings of the developer's. */
export const runNode = (
  args: readonly string[],
  { cwd, timeout = 30_000 }: { readonly cwd: string; readonly timeout?: number },
): Promise<Outcome> =>
  new Promise((resolve) => {
    const { VARVE_STORE: _, NODE_OPTIONS: __, ...env } = process.env
    const options = { cwd, timeout, env, killSignal: 'SIGKILL', maxBuffer: 64 << 20 } as const
    const child = execFile(process.execPath, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      resolve({ code: typeof code === 'number' ? code : null, stdout, stderr })
    })
    child.stdin?.end()
  })

/** Runs the repository's compiler. */
export const runCompiler = (args: readonly string[]): Promise<Outcome> =>
  runNode([join(root, 'node_modules/typescript/bin/tsc'), '--pretty', 'false', ...args], {
    cwd: root,
    timeout: 120_000,
  })

/** A folder in which `import … from 'varve'` finds the package as a user would have it. */
export interface Workspace extends AsyncDisposable {
  readonly folder: string
  /** Where the package lies: `package.json`, `dist` and what else is published. */
  readonly packageFolder: string
}

const shipped = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']

const linkInto = async (target: string, path: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  await symlink(target, path, 'junction')
}

/** Builds the package into a temporary workspace; `dist` of the repository is neither used nor changed. */
export const buildWorkspace = async (): Promise<Workspace> => {
  const folder = await mkdtemp(join(tmpdir(), 'varve-docs-'))
  const modules = join(folder, 'node_modules')
  const packageFolder = join(modules, 'varve')
  await mkdir(packageFolder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  for (const name of shipped) await cp(join(root, name), join(packageFolder, name))
  const { dependencies = {} } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  for (const name of [...Object.keys(dependencies), '@types/node'])
    await linkInto(join(root, 'node_modules', name), join(modules, name))
  const build = await runCompiler([
    '-p',
    'tsconfig.build.json',
    '--outDir',
    `${packageFolder}/dist`,
  ])
  const built = await readdir(`${packageFolder}/dist`).catch((): string[] => [])
  if (!built.includes('index.js'))
    throw new Error(`The package could not be built.\n${build.stdout}${build.stderr}`)
  return {
    folder,
    packageFolder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

import { cp, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { root, runCompiler } from './docs/built-package.ts'

const settings = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable', 'dom'],
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    strict: true,
    skipLibCheck: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: true,
  },
}

/**
 * Copies a folder of programs beside an installed package, and compiles them against it.
 *
 * @param app - Where `import … from 'varve'` finds the package.
 */
export const compilePrograms = async (programs: string, app: string): Promise<string> => {
  const folder = join(app, basename(programs))
  await cp(join(root, programs), folder, { recursive: true })
  const config = join(app, 'tsconfig.json')
  await writeFile(config, JSON.stringify({ ...settings, include: [folder] }))
  const { code, stdout } = await runCompiler(['-p', config])
  if (code !== 0) throw new Error(`The programs could not be compiled.\n${stdout}`)
  return folder
}

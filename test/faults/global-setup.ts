import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { buildWorkspace, root, runCompiler } from '../docs/built-package.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder in which the compiled programs import the built package. */
    readonly programs: string
  }
}

const settings = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable', 'dom'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: true,
  },
  include: ['programs'],
}

/** Builds the package, and the programs that are to be killed, once for all of the tests. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const workspace = await buildWorkspace()
  const programs = join(workspace.folder, 'programs')
  await cp(join(root, 'test/faults/programs'), programs, { recursive: true })
  const config = join(workspace.folder, 'tsconfig.json')
  await writeFile(config, JSON.stringify(settings))
  const { code, stdout } = await runCompiler(['-p', config])
  if (code !== 0) throw new Error(`The programs could not be compiled.\n${stdout}`)
  provide('programs', programs)
  return async () => await workspace[Symbol.asyncDispose]()
}

import type { TestProject } from 'vitest/node'
import { buildWorkspace } from '../docs/built-package.ts'
import { compilePrograms } from '../programs.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the compiled programs, which import the built package. */
    readonly memoryPrograms: string
  }
}

/** Builds the package and the programs that are run in a small heap. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const workspace = await buildWorkspace()
  provide('memoryPrograms', await compilePrograms('test/memory/programs', workspace.folder))
  return async () => await workspace[Symbol.asyncDispose]()
}

import type { TestProject } from 'vitest/node'
import { buildWorkspace } from '../docs/built-package.ts'
import { compilePrograms } from '../programs.ts'
import { preparePython } from './python.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The interpreter that has MLflow. */
    readonly python: string
    /** The folder of the compiled programs, which import the built package. */
    readonly mlflowPrograms: string
  }
}

/** Prepares MLflow, and builds the package and the program that serves it. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  provide('python', await preparePython())
  const workspace = await buildWorkspace()
  provide('mlflowPrograms', await compilePrograms('test/mlflow/programs', workspace.folder))
  return async () => await workspace[Symbol.asyncDispose]()
}

import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { buildWorkspace } from '../docs/built-package.ts'
import { compilePrograms } from '../programs.ts'
import { npm } from './npm.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder in which the packed package is installed as a user installs it, with the compiled programs. */
    readonly app: string
    /** The installed package once more, under another path. */
    readonly copy: string
  }
}

/** Packs the built package, and gives the path of the tarball. */
const pack = async (into: string): Promise<string> => {
  await using workspace = await buildWorkspace()
  await npm(['pack', '--ignore-scripts', '--pack-destination', into], workspace.packageFolder)
  const [tarball = ''] = (await readdir(into)).filter((name) => name.endsWith('.tgz'))
  return join(into, tarball)
}

/** Installs the package as a user does, and compiles the programs against what is installed. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const app = await mkdtemp(join(tmpdir(), 'varve-anywhere-'))
  const tarball = await pack(app)
  await writeFile(join(app, 'package.json'), '{ "private": true, "type": "module" }')
  await npm(['install', '--prefer-offline', tarball], app)
  await compilePrograms('test/anywhere/programs', app)
  const copy = join(app, 'node_modules/varve-copy')
  await cp(join(app, 'node_modules/varve'), copy, { recursive: true })
  provide('app', app)
  provide('copy', join(copy, 'dist/index.js'))
  return () => rm(app, { recursive: true, force: true })
}

import type { TestProject } from 'vitest/node'
import { buildWorkspace } from '../docs/built-package.ts'
import { findChromium } from './chromium.ts'
import { bundlePages, serveSite } from './site.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of Chromium's program. */
    readonly chromium: string
    /** Folder of the bundled programs of the pages. */
    readonly bundles: string
    /** Port of the site that serves them. */
    readonly port: number
  }
}

/** Finds a browser, builds and bundles the package, and serves the bundles, once for all of the tests. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  provide('chromium', await findChromium())
  const workspace = await buildWorkspace()
  const bundles = await bundlePages(workspace)
  const site = await serveSite(bundles)
  provide('bundles', bundles)
  provide('port', site.port)
  return async () => {
    await site[Symbol.asyncDispose]()
    await workspace[Symbol.asyncDispose]()
  }
}

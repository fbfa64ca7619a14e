import { defineConfig } from 'vitest/config'
import suites from '../../vitest.config.ts'

/** The tests of `npm run test:browser`: the built package in a real Chromium. */
export default defineConfig({
  ...(suites.resolve === undefined ? {} : { resolve: suites.resolve }),
  test: {
    name: 'browser',
    globals: false,
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/browser/global-setup.ts'],
    // One browser at a time: a page that waits for the processor would look like one that fails.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
  },
})

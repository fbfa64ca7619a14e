import { defineConfig } from 'vitest/config'
import suites from '../../vitest.config.ts'

/** The tests of `npm run test:faults`: they kill, cut and damage, and take minutes. */
export default defineConfig({
  ...(suites.resolve === undefined ? {} : { resolve: suites.resolve }),
  test: {
    name: 'faults',
    globals: false,
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/faults/global-setup.ts'],
    // One fault at a time: how long a writer lives is part of what is tried.
    fileParallelism: false,
    maxConcurrency: 2,
    testTimeout: 0,
    disableConsoleIntercept: true,
  },
})

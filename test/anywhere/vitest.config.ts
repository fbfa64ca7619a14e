import { defineConfig } from 'vitest/config'

/** The tests of `npm run test:anywhere`: the packed package as users have it, and the newer Nodes. */
export default defineConfig({
  test: {
    name: 'anywhere',
    globals: false,
    include: ['test/anywhere/**/*.test.ts'],
    globalSetup: ['test/anywhere/global-setup.ts'],
    // Both fetch the other Nodes, and each has the machine to itself.
    fileParallelism: false,
    testTimeout: 0,
    hookTimeout: 0,
    disableConsoleIntercept: true,
  },
})

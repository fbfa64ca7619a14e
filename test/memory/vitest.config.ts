import { defineConfig } from 'vitest/config'

/** The tests of `npm run test:memory`: children whose heap is bounded. */
export default defineConfig({
  test: {
    name: 'memory',
    globals: false,
    include: ['test/memory/**/*.test.ts'],
    globalSetup: ['test/memory/global-setup.ts'],
    testTimeout: 0,
    hookTimeout: 0,
    disableConsoleIntercept: true,
  },
})

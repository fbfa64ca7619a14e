import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^varve$/, replacement: at('./src/index.ts') },
      { find: /^varve\/(\w+)$/, replacement: `${at('./src')}/$1/index.ts` },
      { find: '#platform', replacement: at('./src/platform/platform.node.ts') },
    ],
  },
  test: {
    globals: false,
    testTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'suite',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/fixtures/**',
            'test/faults/**',
            'test/anywhere/**',
            'test/browser/**',
            'test/memory/**',
            'test/mlflow/**',
          ],
        },
      },
    ],
  },
})

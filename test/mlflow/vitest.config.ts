import { defineConfig } from 'vitest/config'

/** The tests of `npm run test:mlflow`: MLflow's own client, against its server and against ours. */
export default defineConfig({
  test: {
    name: 'mlflow',
    globals: false,
    include: ['test/mlflow/**/*.test.ts'],
    globalSetup: ['test/mlflow/global-setup.ts'],
    testTimeout: 0,
    hookTimeout: 0,
    disableConsoleIntercept: true,
  },
})

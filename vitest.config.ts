import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The tests load React as users do, and its production build knows no development JSX.
  oxc: { jsx: { runtime: 'automatic', development: false } },
  test: {
    // lowdb's presets keep data in memory when NODE_ENV is "test"; the daemon under test must be the real one.
    env: { NODE_ENV: 'production' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/e2e/**'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          fileParallelism: true,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})

import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Files side by side. Four at least, since most of a test waits for processes and for the disk. */
const maxWorkers = Math.max(4, availableParallelism())

export default defineConfig({
  // The tests load React as users do, and its production build knows no development JSX.
  oxc: { jsx: { runtime: 'automatic', development: false } },
  test: {
    // lowdb's presets keep data in memory when NODE_ENV is "test"; the daemon under test must be the real one.
    env: { NODE_ENV: 'production' },
    maxWorkers,
    // Processes are waited for, on machines that are busy.
    expect: { poll: { timeout: 15_000 } },
    // What a test replaces it puts back, so that files may share what they import.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/e2e/**', 'test/foreign/**'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          // By its name it is before the other: the longest files begin first, and short ones fill up the end.
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 30_000,
        },
      },
    ],
  },
})

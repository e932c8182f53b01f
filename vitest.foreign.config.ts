import { defineConfig } from 'vitest/config'

/**
 * Clients that are not ours: a browser, Python, curl. They need Debian's `chromium`, `python3-websockets` and `curl`,
 * so they are apart from `npm test`.
 */
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', development: false } },
  test: {
    env: { NODE_ENV: 'production' },
    include: ['test/foreign/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

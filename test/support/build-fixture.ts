import { build } from 'esbuild'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..', '..')

/**
 * A fixture program as files that plain Node runs, in a folder of their own; packages from npm stay imports. Returns
 * the path of the program. Whoever calls removes its folder.
 */
export const buildFixture = async (source: string): Promise<string> => {
  const name = path.basename(source).replace(/\.tsx?$/, '')
  // Below the repository, so that the imports find the packages.
  const outdir = path.join(root, 'node_modules', '.cache', `sparky-fixture-${name}-${process.pid}`)
  await build({
    absWorkingDir: root,
    entryPoints: [source],
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    target: 'node20.19',
    jsx: 'automatic',
    packages: 'external',
    logLevel: 'warning',
  })
  return path.join(outdir, `${name}.mjs`)
}

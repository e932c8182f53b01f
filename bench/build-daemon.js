import { build } from 'esbuild'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './measure.js'

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))

/** Builds a program of this folder around the daemon of these sources; beside the packages, where it finds them. */
export const buildDaemon = async (name) => {
  const outfile = path.join(root, `node_modules/.cache/sparky-bench-${name}.mjs`)
  await build({
    entryPoints: [path.join(import.meta.dirname, `${name}.js`)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    define: { SPARKY_VERSION: JSON.stringify(version) },
  })
  return outfile
}

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SparkyError } from '../protocol/failure.ts'

/** Absolute path of a program of Sparky's that a process is started from: a file directly in `dist/`. */
export const builtProgram = (name: string): string => {
  // Beside this file once built, one folder up if the bundler put this into a chunk, and from the sources.
  const places = [`./${name}`, `../${name}`, `../../dist/${name}`]
  const files = places.map((place) => fileURLToPath(new URL(place, import.meta.url)))
  const found = files.find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new SparkyError('internal', `expected a program of Sparky's at ${files[0]}, found none`, {
    hint: 'build it with "npm run build", or install the package again',
  })
}

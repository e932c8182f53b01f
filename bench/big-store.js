import { build } from 'esbuild'
import { execa } from 'execa'
import path from 'node:path'
import { environment } from './measure.js'

/** Makes the store of a home with so many finished tasks of so many events each, through the store's own code. */
export const fillStore = async ({ home, folder, tasks, eventsPerTask }) => {
  const program = path.join(folder, 'fill-store.mjs')
  await build({
    entryPoints: [path.join(import.meta.dirname, 'fill-store.js')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    define: { SPARKY_VERSION: '"bench"' },
  })
  const args = [program, path.join(home, 'store'), String(tasks), String(eventsPerTask)]
  await execa(process.execPath, args, { extendEnv: false, env: environment() })
}

/**
 * Builds `dist/`:
 *
 * - `cli.cjs`: the command line as one CommonJS file. Every dynamic `import()` in it stays a file of its own
 *   (an ES module below `dist/`), so that what a user types often never pays for what it does not use.
 * - the lazily loaded doors (`daemon.js`, `inspect.js`, `tui.js`, …): ES modules that share their common chunks,
 *   packages from npm among them. Looking up their many files was a third of what a start of the daemon took.
 * - `client.js`, the library, and `react.js`, its hooks: ES modules. Packages stay imports, so that a program has each
 *   of them once.
 * - `workflow.js`: what modules of workflows import, where the package is installed or Sparky loads them.
 * - `client-browser.js` and `react-browser.js`: the same for a page, with everything in them but React.
 * - `types/`: declarations of these.
 * - `schemas/`: what is on the wire as JSON Schema, from the same schemas that the daemon checks with.
 */
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const root = path.join(import.meta.dirname, '..')
const { version, dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))

/** Name of the built file -> source. A dynamic import in the command line must name one of these sources. */
const doors = {
  ...commandDoors(),
  launch: 'src/client/launch.ts',
  'live-feed': 'src/client/live-feed.ts',
  daemon: 'src/daemon/detached.ts',
  foreground: 'src/daemon/main.ts',
  runner: 'src/daemon/tools/runner/main.ts',
  'workflow-worker': 'src/daemon/workflows/worker/main.ts',
  inspect: 'src/daemon/inspect.ts',
  config: 'src/config/user-config.ts',
  tui: 'src/tui/main.tsx',
  width: 'src/cli/output/width.ts',
  'draw-presented': 'src/tui/draw-presented.ts',
  'json-schema': 'src/protocol/json-schema.ts',
}

/** Each command is a file of its own: `sparky agent stop` loads `commands/agent/stop.js`. */
function commandDoors() {
  const folder = 'src/cli/commands'
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  return Object.fromEntries(files.map((file) => [`commands/${file.slice(0, -3)}`, `${folder}/${file}`]))
}

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
  legalComments: 'none',
  jsx: 'automatic',
  define: { SPARKY_VERSION: JSON.stringify(version) },
}

const doorsStayFiles = {
  name: 'doors-stay-files',
  setup(plugin) {
    const names = new Map(Object.entries(doors).map(([name, source]) => [path.join(root, source), name]))
    plugin.onResolve({ filter: /^\./ }, ({ kind, importer, path: specifier }) => {
      if (kind !== 'dynamic-import') return undefined
      const source = path.resolve(path.dirname(importer), specifier)
      const name = names.get(source)
      if (name === undefined) {
        return {
          errors: [{ text: `${source} is imported dynamically, so it needs a line in scripts/build.js` }],
        }
      }
      return { path: `./${name}.js`, external: true }
    })
  },
}

/**
 * commander as ES modules. Each file of a CommonJS package becomes a function, which is parsed once to be passed over
 * and once more to be run, and commander makes a program that nobody asked for: together a twentieth of what an empty
 * Node program takes. `node:child_process` is a twelfth, for subcommands that are programs of their own: Sparky has
 * none, so it is loaded only if it is asked for.
 */
const commanderAsModules = {
  name: 'commander-as-modules',
  setup(plugin) {
    plugin.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: 'child_process', namespace: 'on-demand' } : undefined,
    )
    plugin.onLoad({ filter: /.*/, namespace: 'on-demand' }, () => ({
      contents: `export default { spawn: (...args) => process.getBuiltinModule('node:child_process').spawn(...args) }`,
    }))
    plugin.onLoad({ filter: /[\\/]commander[\\/]esm\.mjs$/ }, () => ({
      contents: `export * from './lib/command.js'; export * from './lib/error.js'`,
    }))
    plugin.onLoad({ filter: /[\\/]commander[\\/]lib[\\/]\w+\.js$/ }, ({ path: file }) => ({
      contents: asModule(readFileSync(file, 'utf8')),
    }))
  },
}

/** Fails where the CommonJS is not as simple as commander's. */
const asModule = (commonJs) => {
  const code = commonJs
    .replace(/^const (\w+) = require\(('[^']+')\)\.\1;/gm, 'import { $1 } from $2;')
    .replace(/^const ([^=]+) = require\(('[^']+')\);/gm, 'import $1 from $2;')
    .replace(/^exports\.(\w+) = \1;/gm, 'export { $1 };')
  const left = /^.*(\brequire\(|^(module\.)?exports\b).*$/m.exec(code.replace(/^\s*(\*|\/\/).*$/gm, ''))
  if (left !== null) throw new Error(`expected no more CommonJS, found "${left[0]}"`)
  return code
}

/** The AI SDK makes esbuild keep every language of zod, half of its size; messages are English here. */
const oneLanguage = {
  name: 'one-language',
  setup(plugin) {
    plugin.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js'`,
    }))
  },
}

/** The hooks import the library as the file beside them: a program that uses both has one of it. */
const libraryStaysFile = (file) => ({
  name: 'library-stays-file',
  setup(plugin) {
    const sources = ['client', 'task-failure'].map((name) => path.join(root, `src/client/${name}.ts`))
    plugin.onResolve({ filter: /^\./ }, ({ importer, resolveDir, path: specifier }) =>
      importer.includes(`${path.sep}src${path.sep}react${path.sep}`) &&
      sources.includes(path.resolve(resolveDir, specifier))
        ? { path: `./${file}`, external: true }
        : undefined,
    )
  },
})

const library = { ...shared, outdir: 'dist', format: 'esm', external: Object.keys(dependencies) }
/** With everything in it that a page needs. */
const libraryOfPages = {
  ...library,
  platform: 'browser',
  target: 'es2022',
  minify: true,
  external: ['react'],
}

async function writeSchemas() {
  const { jsonSchemaFiles } = await import(pathToFileURL(path.join(root, 'dist/json-schema.js')).href)
  const folder = path.join(root, 'dist/schemas')
  mkdirSync(folder, { recursive: true })
  for (const [name, schema] of jsonSchemaFiles()) {
    writeFileSync(path.join(folder, name), `${JSON.stringify(schema, null, 2)}\n`)
  }
}

// Only a package starts from nothing: elsewhere a daemon may be running from these files.
if (process.argv.includes('--clean')) rmSync(path.join(root, 'dist'), { recursive: true, force: true })
await Promise.all([
  build({
    ...shared,
    entryPoints: { cli: 'src/cli/main.ts' },
    outdir: 'dist',
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    plugins: [doorsStayFiles, commanderAsModules],
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: true,
  }),
  build({
    ...shared,
    entryPoints: doors,
    outdir: 'dist',
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    plugins: [oneLanguage],
    // React's development build measures every render and keeps the figures; what Ink loads for its developers is not there.
    define: { ...shared.define, 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
    external: ['react-devtools-core'],
    // Packages that are CommonJS ask for Node's own modules with `require`.
    banner: {
      js: `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`,
    },
  }),
  build({ ...library, entryPoints: { client: 'src/client/client.ts' } }),
  build({ ...library, entryPoints: { workflow: 'src/daemon/workflows/define-workflow.ts' } }),
  build({
    ...library,
    entryPoints: { react: 'src/react/react.ts' },
    plugins: [libraryStaysFile('client.js')],
  }),
  build({ ...libraryOfPages, entryPoints: { 'client-browser': 'src/client/browser.ts' } }),
  build({
    ...libraryOfPages,
    entryPoints: { 'react-browser': 'src/react/react.ts' },
    plugins: [libraryStaysFile('client-browser.js')],
  }),
])
execFileSync(
  process.execPath,
  [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.client.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
await writeSchemas()

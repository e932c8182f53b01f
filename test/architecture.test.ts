import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

/**
 * The import rules of docs/ARCHITECTURE.md. A room is a folder of `src`; in the daemon each folder is one. Type-only
 * imports count too: knowing a type is knowing the room.
 */
const root = path.join(import.meta.dirname, '..')

/** Room -> the rooms that it may import. Every room may import itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  config: ['protocol'],
  client: ['protocol', 'config'],
  react: ['protocol', 'client'],
  cli: ['protocol', 'config', 'client'],
  tui: ['protocol', 'client'],
  'daemon/lifecycle': ['protocol', 'config'],
  'daemon/store': ['protocol'],
  'daemon/queue': ['protocol', 'daemon/store'],
  'daemon/budgets': ['protocol', 'daemon/store'],
  'daemon/schedules': ['protocol', 'daemon/queue', 'daemon/store'],
  'daemon/models': ['protocol', 'daemon/tools'],
  'daemon/tools': ['protocol'],
  // What is trusted is written as the home's other private files are.
  'daemon/projects': ['protocol', 'config', 'daemon/lifecycle'],
  'daemon/definitions': ['protocol', 'daemon/projects'],
  'daemon/mcp': ['protocol', 'config', 'daemon/projects', 'daemon/tools'],
  'daemon/conversations': ['protocol', 'daemon/queue', 'daemon/store', 'daemon/models', 'daemon/agent'],
  'daemon/workflows': [
    'protocol',
    'config',
    'daemon/projects',
    'daemon/queue',
    'daemon/store',
    'daemon/models',
    'daemon/tools',
    'daemon/agent',
  ],
  'daemon/agent': ['protocol', 'daemon/queue', 'daemon/store', 'daemon/models', 'daemon/tools'],
  'daemon/hooks': ['protocol', 'config', 'daemon/store', 'daemon/tools', 'daemon/lifecycle'],
  'daemon/retention': ['protocol', 'config', 'daemon/store', 'daemon/queue', 'daemon/lifecycle'],
  'daemon/server': ['protocol', 'daemon/queue', 'daemon/schedules', 'daemon/store', 'daemon/lifecycle'],
}

/** Files directly in `src/daemon` put the rooms together, so they may import any of the daemon's. */
const isComposition = (file: string): boolean => path.dirname(file) === path.join('src', 'daemon')

/** What the command line reaches into, and only lazily: by a dynamic import, or for a type. */
const doors = ['src/daemon/main.ts', 'src/daemon/inspect.ts', 'src/tui/main.tsx', 'src/tui/draw-presented.ts']

const reasons: Readonly<Record<string, string>> = {
  protocol: 'the shared language does no I/O and knows nobody',
  client: 'the client is what other people import: it must not pull in the daemon or a screen',
  react: 'hooks give a React program, in a terminal or on a page, what the client library gives any other',
  cli: 'the command line starts fast and talks to the daemon through the client',
  tui: 'the screen folds events that the client hands it',
  'daemon/store': 'the store is below everything: nothing points back',
  'daemon/queue': 'the queue decides, the store keeps; who runs or serves tasks is not its business',
  'daemon/schedules': 'schedules add tasks; who runs or serves them is not their business',
  'daemon/agent': 'the agent knows no socket',
  'daemon/hooks': 'hooks follow what happens: they decide nothing, so no task can feel them',
  'daemon/retention': 'it says what is old; the queue removes it',
  'daemon/projects': 'which folder is a project, and whether the user trusts it, depends on files alone',
  'daemon/definitions': 'a definition says what an agent is; who runs it is not its business',
  'daemon/mcp': 'servers of tools are one more source of tools: the agent sees tools',
  'daemon/conversations': 'a conversation is a view of its turns; the agent knows no conversation',
  'daemon/workflows': 'a workflow runs as an attempt, as the agent does',
  'daemon/server': 'the server shows what is there; it runs nothing',
}

describe('the rooms of src', () => {
  const files = sourceFiles(path.join(root, 'src'))

  it('import only what stands below them', () => {
    const broken = files.flatMap((file) =>
      importsOf(file)
        .filter(({ target, isDynamic }) => !isAllowed(file, target, isDynamic))
        .map(({ target }) => {
          const room = roomOf(file)
          return `${file} imports ${target}, but ${room} may import only ${[room, ...(allowed[room] ?? [])].join(', ')}: ${reasons[room] ?? 'see docs/ARCHITECTURE.md'}`
        }),
    )
    expect(broken).toEqual([])
  })

  it('have a use for every room that they may import', () => {
    const used = new Set(
      files.flatMap((file) => importsOf(file).map(({ target }) => `${roomOf(file)} -> ${roomOf(target)}`)),
    )
    const arrows = Object.entries(allowed).flatMap(([from, rooms]) => rooms.map((to) => `${from} -> ${to}`))
    expect(arrows.filter((arrow) => !used.has(arrow))).toEqual([])
  })

  it('keep zod, ink, ws, conf, execa and the AI SDK out of what the command line loads at once', () => {
    const heavy = /^(zod|ink|react|ws|conf|execa|lowdb|pino|@ai-sdk\/.*)$/
    const loaded = staticClosure('src/cli/main.ts')
    const found = [...loaded].flatMap((file) =>
      packagesOf(file)
        .filter((name) => heavy.test(name))
        .map((name) => `${file} imports ${name}, and src/cli/main.ts loads that file at every start`),
    )
    expect(found).toEqual([])
  })

  it('keep all of Node, and zod and ws, out of what a page loads', () => {
    const found = [...staticClosure('src/client/browser.ts')].flatMap((file) =>
      specifiersOf(file)
        .filter(({ specifier, isType }) => !isType && /^(node:|zod$|ws$)/.test(specifier))
        .map(({ specifier }) => `${file} imports ${specifier}, and src/client/browser.ts is for pages`),
    )
    expect(found).toEqual([])
  })

  it('let protocol import nothing but zod', () => {
    const found = files
      .filter((file) => roomOf(file) === 'protocol')
      .flatMap((file) => packagesOf(file).map((name) => ({ file, name })))
    expect(found.filter(({ name }) => name !== 'zod')).toEqual([])
  })
})

interface Import {
  readonly target: string
  readonly isDynamic: boolean
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
}

function roomOf(file: string): string {
  const [, first = '', second = ''] = file.split(path.sep)
  return first === 'daemon' && !isComposition(file) ? `daemon/${second}` : first
}

function isAllowed(file: string, target: string, isDynamic: boolean): boolean {
  const from = roomOf(file)
  const to = roomOf(target)
  if (from === to) return true
  if (isDynamic && from === 'cli' && doors.includes(target)) return true
  if (isComposition(file)) return to.startsWith('daemon') || to === 'protocol' || to === 'config'
  return (allowed[from] ?? []).includes(to)
}

function importsOf(file: string): Import[] {
  return specifiersOf(file)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, isDynamic }) => ({ target: path.join(path.dirname(file), specifier), isDynamic }))
}

function packagesOf(file: string): string[] {
  return specifiersOf(file)
    .filter(
      ({ specifier, isDynamic, isType }) =>
        !specifier.startsWith('.') && !specifier.startsWith('node:') && !isDynamic && !isType,
    )
    .map(({ specifier }) => specifier)
}

function specifiersOf(file: string): { specifier: string; isDynamic: boolean; isType: boolean }[] {
  const source = readFileSync(path.join(root, file), 'utf8')
  const statics = [
    ...source.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?'([^']+)'/gm),
  ].map(([, type, specifier = '']) => ({ specifier, isDynamic: false, isType: type !== undefined }))
  const dynamics = [...source.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)].map(([, specifier = '']) => ({
    specifier,
    isDynamic: true,
    isType: false,
  }))
  return [...statics, ...dynamics]
}

function staticClosure(entry: string): Set<string> {
  const seen = new Set<string>()
  const open = [entry]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    for (const { specifier, isDynamic, isType } of specifiersOf(file)) {
      if (specifier.startsWith('.') && !isDynamic && !isType)
        open.push(path.join(path.dirname(file), specifier))
    }
  }
  return seen
}

import { existsSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { builtInPrograms } from '../../../src/daemon/workflows/built-in-programs.ts'
import { WorkflowLibrary } from '../../../src/daemon/workflows/workflow-library.ts'
import { tempHome } from '../../support/temp-home.ts'
import { openWorkflow } from './open-workflow.ts'

const folderOf = (root: string, ...names: string[]): string => {
  const folder = path.join(root, ...names)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** A library over a home and a project, with what is written into them. */
const openLibrary = ({ isTrusted = true, loadTimeoutMs = 10_000 } = {}) => {
  const home = tempHome()
  const project = tempHome()
  const ofHome = folderOf(home, 'workflows')
  const ofProject = folderOf(project, '.sparky', 'workflows')
  const library = new WorkflowLibrary({
    home,
    trust: { isTrusted: () => isTrusted },
    builtIn: builtInPrograms(() => null),
    environment: {},
    loadTimeoutMs,
  })
  const inHome = (name: string, text: string): string => written(path.join(ofHome, name), text)
  const inProject = (name: string, text: string): string => written(path.join(ofProject, name), text)
  return { library, home, project, inHome, inProject }
}

const written = (file: string, text: string): string => {
  writeFileSync(file, text)
  return file
}

const moduleOf = (run: string, fields = ''): string =>
  `export default { description: 'A module', start: 'only', ${fields} nodes: { only: { run: ${run} } } }`

describe('a module of the user', () => {
  test('that is no workflow is a problem with its file and line, and the others are listed all the same', async () => {
    const { library, inHome } = openLibrary({ loadTimeoutMs: 3000 })
    const port = "import { parentPort } from 'node:worker_threads'\n"
    const file = {
      liar: inHome('liar.mjs', `${port}parentPort.postMessage({ kind: 'loaded', outline: null })`),
      good: inHome('good.mjs', moduleOf('() => {}', "name: 'greet',")),
      same: inHome('same.js', moduleOf('() => {}', "name: 'greet',")),
      helper: inHome('_helper.mjs', 'throw new Error("never loaded")'),
      syntax: inHome('syntax.mjs', 'const a = 1\n\nconst b = = 2\n'),
      throws: inHome('throws.mjs', '\nnull.foo()\n'),
      exits: inHome('exits.mjs', 'process.exit(3)'),
      waits: inHome('waits.mjs', 'await new Promise(() => {})'),
      hangs: inHome('hangs.mjs', 'setInterval(() => {}, 1000)\nawait new Promise(() => {})'),
      nothing: inHome('nothing.mjs', 'export const workflow = 1'),
      garbage: inHome(
        'garbage.mjs',
        "export default { description: 'x', start: 'a', nodes: { b: { run() {} } } }",
      ),
      missing: inHome('missing.mjs', "import './not-there.mjs'\nexport default {}"),
    }
    const { programs, problems } = await library.all()
    expect(programs.map(({ row }) => [row.name, row.source, row.file])).toEqual([
      ['greet', 'home', file.good],
      ['search', 'built-in', null],
    ])
    expect(problems).toEqual([
      { file: file.exits, line: null, message: 'the module has ended its program, with exit code 3' },
      { file: file.garbage, line: null, message: 'expected start to be the name of a node (b), found "a"' },
      { file: file.hangs, line: null, message: 'it has not loaded within 3 s' },
      { file: file.liar, line: null, message: 'the module sends what is no message' },
      {
        file: file.missing,
        line: null,
        message: expect.stringMatching(/Cannot find module .*not-there\.mjs/),
      },
      { file: file.nothing, line: null, message: 'expected a default export, found none' },
      { file: file.same, line: null, message: 'there is a workflow "greet" already, in good.mjs' },
      { file: file.syntax, line: 3, message: expect.stringMatching(/^SyntaxError: /) },
      { file: file.throws, line: 2, message: expect.stringContaining("reading 'foo'") },
      { file: file.waits, line: null, message: 'it awaits at its top level what never comes' },
    ])
    await expect(library.find('throws')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(`${file.throws}:2: `),
    })
    await expect(library.find('nope')).rejects.toMatchObject({
      code: 'not_found',
      message: 'no workflow "nope"; there are greet, search',
    })
  })

  test('counts as it is now, and one attempt has one version of it', async () => {
    const { library, inHome } = openLibrary()
    const said = (word: string): string =>
      moduleOf(`async (_, { sleep }) => { await sleep(50); return { answer: '${word}' } }`)
    const file = inHome('speak.mjs', said('before'))
    const program = await library.find('speak')
    const body = await program.open({ environment: {}, onPrinted: () => {} })
    inHome('speak.mjs', said('after, in other words'))
    const one = await openWorkflow(
      { description: '-', start: 'a', nodes: { a: { run: () => ({}) } } },
      undefined,
      {
        programOf: async () => ({ ...program, open: async () => body }),
      },
    )
    await one.addRun()
    expect((await one.run()).response_payload?.answer).toBe('before')

    const next = await openWorkflow(
      { description: '-', start: 'a', nodes: { a: { run: () => ({}) } } },
      undefined,
      {
        programOf: () => library.find('speak'),
      },
    )
    await next.addRun()
    expect((await next.run()).response_payload?.answer).toBe('after, in other words')
    rmSync(file)
    await next.addRun()
    expect((await next.run()).error).toMatchObject({ code: 'not_found' })
  })

  test('imports defineWorkflow though nothing is installed there, uses its context, and is told when it is to end', async () => {
    const { library, inHome } = openLibrary()
    inHome(
      'speak.mjs',
      `import { defineWorkflow } from 'sparky-agent/workflow'
export default defineWorkflow({
  description: 'Uses all of it',
  input: (text) => ({ name: text, seen: [] }),
  start: 'look',
  nodes: {
    look: {
      run: async ({ name }, context) => {
        console.log('printed by', name)
        context.log('logged', { a: 1 })
        context.progress('looking')
        await context.message('said')
        const { text } = await context.tool('look', { what: name })
        const failed = await context.tool('look', { wrong: 1 }).catch((error) => [error.name, error.code, error.status, error.tool])
        return { seen: [text, failed, context.input, context.node, context.step, typeof context.cwd, await context.languageModel()] }
      },
      next: 'wait',
    },
    wait: {
      run: (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    },
  },
})`,
    )
    const lines: unknown[] = []
    const note = (fields: object, message: string): void => void lines.push([message, fields])
    const one = await openWorkflow(
      { description: '-', start: 'a', nodes: { a: { run: () => ({}) } } },
      undefined,
      {
        programOf: () => library.find('speak'),
        log: { info: note, warn: note, error: note },
      },
    )
    const { id } = await one.addRun('ada')
    const attempt = await one.claim()
    const running = one.finish(attempt)
    await expect
      .poll(async () => (await one.eventsOf({ id })).filter(({ type }) => type === 'node_update'))
      .toHaveLength(3)
    await one.queue.cancel(id, { by: 'user', reason: null })
    await running
    const completed = (await one.eventsOf({ id })).find(
      ({ type, data }) => type === 'node_update' && data.status === 'completed',
    )
    expect(completed?.data).toMatchObject({
      output: {
        seen: [
          'saw ada',
          ['WorkflowToolError', 'usage', 'error', 'look'],
          'ada',
          'look',
          1,
          'string',
          'test/scripted',
        ],
      },
    })
    expect(lines).toContainEqual(['logged', expect.objectContaining({ a: 1, node: 'look' })])
    expect(lines).toContainEqual(['A workflow printed', expect.objectContaining({ line: 'printed by ada' })])
    expect(one.store.resolve(id).status).toBe('cancelled')
  })

  test.each([
    ['exits', '() => process.exit(7)', 'the module has ended its program, with exit code 7'],
    [
      'throws where nobody catches it',
      '() => { setTimeout(() => { throw new Error("loose") }); return new Promise(() => {}) }',
      'the module has ended its program: loose',
    ],
    [
      'returns what is no JSON',
      '() => ({ at: new Date(0) })',
      /\.at to be JSON, found an object of class Date/,
    ],
    ['throws a string', '() => { throw "text" }', 'text'],
    [
      'sends what is no message',
      `async () => { (await import('node:worker_threads')).parentPort.postMessage(null); return {} }`,
      'the module sends what is no message',
    ],
    [
      'answers for another',
      `async () => {
        const { parentPort } = await import('node:worker_threads')
        for (let id = 0; id < 9; id++) parentPort.postMessage({ kind: 'done', id, value: new Map() })
      }`,
      'the module answers what was not asked',
    ],
    [
      'says more than anybody can hear',
      `async () => {
        const { parentPort } = await import('node:worker_threads')
        const said = { kind: 'said', id: 0, method: 'progress', args: ['on'] }
        for (let count = 0; count < 200_000; count++) parentPort.postMessage(said)
      }`,
      // Which of them comes first depends on how busy the machine is.
      /the module (has more than 10000 calls under way at once|sends more than 20000 messages in a second)/,
    ],
    [
      'returns more than can be kept',
      `() => ({ text: 'x'.repeat(20e6) })`,
      /expected at most 16777216 characters as JSON, found 40\d{6}/,
    ],
  ])('that %s fails its task and harms nobody', async (_, run, message) => {
    const { library, inHome } = openLibrary()
    inHome('bad.mjs', moduleOf(run))
    const one = await openWorkflow(
      { description: '-', start: 'a', nodes: { a: { run: () => ({}) } } },
      undefined,
      {
        programOf: () => library.find('bad'),
      },
    )
    await one.addRun()
    const { error } = await one.run()
    expect(error?.message).toMatch(message)
    expect(error?.message).toMatch(/^node only: /)
  })

  test('that loops without end is ended with its time', async () => {
    const { library, inHome } = openLibrary()
    inHome('loops.mjs', moduleOf('() => { for (;;) {} }'))
    const one = await openWorkflow(
      { description: '-', start: 'a', nodes: { a: { run: () => ({}) } } },
      undefined,
      {
        programOf: () => library.find('loops'),
      },
    )
    await one.addRun('go', { timeout_s: 0.2 })
    expect((await one.run()).error).toMatchObject({ code: 'limit_time' })
  })

  test('of a project counts before that of the home and the built-in one, once the project is trusted', async () => {
    const trusted = openLibrary()
    trusted.inHome('search.mjs', moduleOf('() => {}'))
    const own = trusted.inProject('search.mjs', moduleOf('() => {}'))
    expect((await trusted.library.find('search', trusted.project)).row).toMatchObject({
      source: 'project',
      file: own,
    })
    expect((await trusted.library.find('search')).row).toMatchObject({ source: 'home' })

    const other = openLibrary({ isTrusted: false })
    other.inProject('deploy.mjs', 'throw new Error("must not be loaded")')
    const { programs, problems } = await other.library.all(other.project)
    expect(programs.map(({ row }) => row.name)).toEqual(['search'])
    expect(problems).toEqual([
      {
        file: expect.stringContaining('.sparky/workflows'),
        line: null,
        message: expect.stringContaining('"sparky trust"'),
      },
    ])
    await expect(other.library.find('deploy', other.project)).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('"sparky trust"'),
    })
  })

  test('of a project is not loaded where a symbolic link leads out of it, or where it is huge', async () => {
    const { library, project, inHome, inProject } = openLibrary()
    const canary = path.join(project, 'canary')
    const outside = path.join(tempHome(), 'outside.mjs')
    written(outside, `import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(canary)}, '')`)
    const linked = path.join(project, '.sparky', 'workflows', 'linked.mjs')
    symlinkSync(outside, linked)
    const huge = inProject('huge.mjs', '')
    truncateSync(huge, 3 * 1024 ** 3)
    const { programs, problems } = await library.all(project)
    expect(programs.map(({ row }) => row.name)).toEqual(['search'])
    expect(problems).toEqual([
      { file: huge, line: null, message: 'not loaded: expected at most 4194304 bytes, found 3221225472' },
      { file: linked, line: null, message: `not loaded: a symbolic link leads out of ${project}` },
    ])
    await expect(library.find('linked', project)).rejects.toMatchObject({ code: 'usage' })
    expect(existsSync(canary)).toBe(false)

    // The user's own may be kept anywhere.
    const kept = path.join(tempHome(), 'kept.mjs')
    written(kept, moduleOf('() => {}'))
    symlinkSync(kept, inHome('x.mjs', moduleOf('() => {}')).replace('x.mjs', 'kept.mjs'))
    expect((await library.all()).programs.map(({ row }) => row.name)).toContain('kept')
  })
})

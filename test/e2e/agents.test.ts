import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Agent } from '../../src/protocol/agent.ts'
import type { Task } from '../../src/protocol/task.ts'
import { startModelServer, type ModelServer } from '../support/model-server.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const page = readFileSync(path.join(import.meta.dirname, '../../docs/agents.md'), 'utf8')
const [reviewerText = '', defaultText = ''] = [...page.matchAll(/```markdown\n([\s\S]*?)```/g)].map(
  ([, text]) => text,
)

/** One daemon for all: what is tested is that it goes by the files as they are, without a restart. */
describe('agents', () => {
  let server: ModelServer
  let sparky: Sparky
  const ends: (() => Promise<void>)[] = []

  beforeAll(async () => {
    server = await startModelServer({ replies: () => ({ text: 'Done.' }) })
    sparky = newSparky(server.environment('anthropic'), { onTestFinished: (end) => ends.push(end) })
    await sparky.start()
  })
  afterAll(async () => {
    for (const end of ends) await end()
    await server.close()
  })

  const project = (files: Readonly<Record<string, string>>): string => {
    const root = realpathSync(mkdtempSync(path.join(sparky.work, 'project-')))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
      writeFileSync(path.join(root, name), text)
    }
    return root
  }
  const inHome = (name: string, text: string): string => {
    const file = path.join(sparky.home, 'agents', name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }
  const requestOf = async (args: readonly string[], cwd: string) => {
    const task = await sparky.json<Task>(['run', ...args, 'Do it'], { cwd })
    const request = server.requests.at(-1)
    if (request === undefined) throw new Error('expected a request, found none')
    const { body, model, text } = request
    const tools = ((body['tools'] ?? []) as { name: string }[]).map(({ name }) => name)
    return {
      task,
      model,
      text,
      tools,
      temperature: body['temperature'],
      system: JSON.stringify(body['system']),
    }
  }

  it('of an untrusted project are not loaded, which is said; sparky trust shows and loads them, and takes it back', async () => {
    const cwd = project({
      '.sparky/agents/reviewer.md': reviewerText,
      '.mcp.json':
        '{"mcpServers": {"files": {"command": "npx", "args": ["a b"], "env": {"KEY": "${MY_KEY:-none}", "LD_PRELOAD": "x"}}}}',
    })
    const at = { cwd }
    const hint = 'agents and MCP servers are not loaded: "sparky trust" there shows and loads them'
    expect((await sparky.run(['agents', 'list'], at)).stderr).toContain(hint)
    const refused = await sparky.run(['agent', 'tasks', 'add', '--agent', 'reviewer', 'Do it', '--json'], at)
    expect(refused.exitCode).toBe(4)
    expect(JSON.parse(refused.stderr)).toEqual({
      error: {
        code: 'not_found',
        message: 'no agent "reviewer"',
        hint: `There is default, guide, liaison. ${cwd}: this project's ${hint}.`,
      },
    })
    const shown = {
      project: cwd,
      agents: [{ name: 'reviewer', replaces_built_in: false }],
      workflows: [],
      servers: [
        {
          name: 'files',
          command: ['npx', 'a b'],
          url: null,
          cwd: null,
          env: { KEY: '••••', LD_PRELOAD: 'x' },
          variables: ['MY_KEY'],
        },
      ],
      problems: [],
    }
    expect(await sparky.json(['trust', '--show'], at)).toMatchObject({ ...shown, trusted_at: null })
    expect(await sparky.json(['trust'], at)).toMatchObject({ ...shown, servers: [{ since_trusted: 'same' }] })
    expect(statSync(path.join(sparky.home, 'trust.json')).mode & 0o777).toBe(0o600)
    expect(await sparky.json(['trust', '--list'], at)).toMatchObject([{ project: cwd }])
    expect(await sparky.json<Agent>(['agents', 'show', 'reviewer'], at)).toMatchObject({
      name: 'reviewer',
      source: 'project',
      permissions: 'read-only',
      limits: { max_steps: 20, max_cost_usd: 0.5 },
    })

    writeFileSync(path.join(cwd, '.mcp.json'), '{"mcpServers": {"files": {"command": "other"}}}')
    expect(await sparky.json(['trust', '--show'], at)).toMatchObject({
      servers: [{ since_trusted: 'changed' }],
    })
    expect(await sparky.json(['trust', '--revoke'], at)).toEqual({ project: cwd, trusted_at: null })
    expect((await sparky.run(['agents', 'show', 'reviewer'], at)).exitCode).toBe(4)
    expect((await sparky.run(['trust', '--revoke'], at)).exitCode).toBe(4)
    expect(await sparky.run(['trust'], { cwd: sparky.work })).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('nothing to trust'),
    })
  })

  it('are what a model is asked as: model, temperature, tools, limits, instructions', async () => {
    inHome('reviewer.md', reviewerText)
    const { task, model, temperature, tools, system } = await requestOf(['--agent', 'reviewer'], sparky.work)
    expect({ model, temperature }).toEqual({ model: 'claude-haiku-4-5', temperature: 0.2 })
    expect(tools.sort()).toEqual(['list_directory', 'read_file', 'search_files'])
    expect(system).toContain('You review changes.')
    expect(task).toMatchObject({
      agent: 'reviewer',
      model: 'anthropic/claude-haiku-4-5',
      limits: { max_steps: 20, max_cost_usd: 0.5 },
    })
    const asked = await requestOf(
      ['--agent', 'reviewer', '--model', 'claude-opus-5', '--max-steps', '3'],
      sparky.work,
    )
    expect(asked.model).toBe('claude-opus-5')
    expect(asked.task.limits.max_steps).toBe(3)
  })

  it('count as their files are, without a restart, and what is wrong is said with file and line', async () => {
    const file = inHome('scout.md', '---\npermissions: read-only\n---\nLook around.')
    const { tools } = await requestOf(['--agent', 'scout'], sparky.work)
    expect(tools).toContain('read_file')
    for (const name of ['write_file', 'edit_file', 'run_command', 'add_task'])
      expect(tools).not.toContain(name)

    writeFileSync(file, '---\npermissions: workspace\n---\nChange things.')
    const changed = await requestOf(['--agent', 'scout'], sparky.work)
    expect(changed.tools).toEqual(expect.arrayContaining(['write_file', 'run_command']))
    expect(changed.system).toContain('Change things.')

    writeFileSync(file, '---\ntemperature: 7\ncolour: red\n---\n')
    const wrong = `${file}:2: expected temperature to be a number of at most 2, found 7`
    const refused = await sparky.run(['run', '--agent', 'scout', 'Do it'])
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toContain(wrong)
    const list = await sparky.run(['agents', 'list'])
    expect(list.stdout).not.toContain('scout')
    expect(list.stderr.split('\n')).toEqual(
      expect.arrayContaining([wrong, expect.stringContaining(`${file}:3: `)]),
    )
    const asJson = await sparky.run(['agents', 'list', '--json'])
    expect((JSON.parse(asJson.stdout) as Agent[]).map(({ name }) => name)).not.toContain('scout')
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { message: expect.stringContaining(wrong) } })
    rmSync(file)
    expect((await sparky.run(['agents', 'show', 'scout'])).exitCode).toBe(4)
  })

  it('that come with Sparky keep what a file of their name does not say', async () => {
    const file = inHome('default.md', defaultText)
    const [agent] = await sparky.json<Agent[]>(['agents', 'list'])
    expect(agent).toMatchObject({
      name: 'default',
      model: 'openai/gpt-5-mini',
      source: 'home',
      delegates: ['*'],
    })
    writeFileSync(file, '---\nmodel: claude-sonnet-4-5\n---\nSpeak like a pirate.')
    const { model, system } = await requestOf([], sparky.work)
    expect(model).toBe('claude-sonnet-4-5')
    expect(system).toContain('Speak like a pirate.')
    rmSync(file)
  })

  it('with pillars are asked with one of them, and know what it is about', async () => {
    const { task, system } = await requestOf(['--agent', 'liaison/insights'], sparky.work)
    expect(task).toMatchObject({ agent: 'liaison', request_payload: { pillar: 'insights' } })
    expect(system).toContain('You are the liaison for insights: what the data says')
    const without = await sparky.run(['run', '--agent', 'liaison', 'Do it'])
    expect(without).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('pillar is required for liaison agent'),
    })
    const unknown = await sparky.run(['run', '--agent', 'liaison', '--pillar', 'sales', 'Do it'])
    expect(unknown).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Unknown pillar: sales') })
    const added = await sparky.json<Task>([
      'agent',
      'tasks',
      'add',
      '--agent',
      'liaison',
      '--pillar',
      'content',
      '--at',
      '1h',
      'Later',
    ])
    const edited = await sparky.json<Task>([
      'agent',
      'tasks',
      'edit',
      String(added.number),
      '--pillar',
      'operations',
    ])
    expect(edited).toMatchObject({ agent: 'liaison', request_payload: { pillar: 'operations' } })
  })

  it('are told what AGENTS.md says, from the root of the project down to where they work', async () => {
    const cwd = project({ '.sparky/x': '', 'AGENTS.md': 'Root rule.', 'lib/AGENTS.md': 'Lib rule.' })
    const { system } = await requestOf([], path.join(cwd, 'lib'))
    expect(system).toContain(path.join(cwd, 'AGENTS.md'))
    expect(system.indexOf('Lib rule.')).toBeGreaterThan(system.indexOf('Root rule.'))
    expect(system).toContain('Root rule.')
    const changed = project({ 'AGENTS.md': 'Own rule.' })
    expect((await requestOf([], changed)).system).toContain('Own rule.')
  })

  it('that were there when a task was added, and are not when it starts, fail it with what is missing', async () => {
    const file = inHome('gone.md', 'Work.')
    await sparky.run(['agent', 'pause'])
    const task = await sparky.json<Task>(['agent', 'tasks', 'add', '--agent', 'gone', 'Do it'])
    rmSync(file)
    await sparky.run(['agent', 'resume'])
    expect((await sparky.run(['agent', 'tasks', 'wait', String(task.number)])).exitCode).toBe(4)
    expect(await sparky.task(task.number)).toMatchObject({
      status: 'failed',
      error: { code: 'not_found', message: expect.stringContaining('no agent "gone"') },
    })
  })
})

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { configuredServers, effectiveServers } from '../../../src/daemon/mcp/configured-servers.ts'
import { lineOfMember } from '../../../src/daemon/mcp/line-of-member.ts'
import { mayUseServer } from '../../../src/daemon/mcp/server-choice.ts'
import { expandServer, parseServer } from '../../../src/daemon/mcp/server-definition.ts'
import { Trust } from '../../../src/daemon/projects/trust.ts'
import type { Json } from '../../../src/protocol/task.ts'
import { tempHome } from '../../support/temp-home.ts'

describe('a definition', () => {
  test.for([
    [null, 'expected an object with "command" or "url"'],
    [{}, 'expected "command" or "url", found neither'],
    [{ command: 'a', url: 'b' }, 'expected "command" or "url", found both'],
    [{ command: '' }, 'expected command to be text that is not empty, found ""'],
    [{ command: 'a', args: 'b c' }, 'expected args to be a list, found "b c"'],
    [{ command: 'a', env: { PORT: 1 } }, 'expected env.PORT to be text, found 1'],
    [{ url: 'https://a', timeout: 0.5 }, 'expected timeout to be a whole number, found 0.5'],
    [
      { url: 'https://a', type: 'ws' },
      'expected type to be one of http, sse, streamable-http, streamableHttp, found "ws"',
    ],
    [{ command: 'a', type: 'http' }, 'expected type to be "stdio", found "http"'],
  ] as const)('that is wrong says how: %j', ([written, message]) => {
    expect(parseServer(written as Json)).toEqual({ ok: false, message })
  })

  const expanded = (written: Json, environment: Record<string, string> = {}) => {
    const parsed = parseServer(written)
    if (!parsed.ok) throw new Error(parsed.message)
    return expandServer(parsed.server, environment)
  }

  test('gets its variables: in command, args, env and cwd, with defaults for what is not set or empty', () => {
    const written = {
      command: '${BIN}/server',
      args: ['--name=${NAME:-nobody}', '$NAME', '${EMPTY:-full}${EMPTY}', '${NAME:-}'],
      env: { TOKEN: 'Bearer ${TOKEN}' },
      cwd: '${BIN}',
      timeout: 1000,
      alwaysAllow: ['what another tool keeps here'],
    }
    expect(expanded(written, { BIN: '/opt', TOKEN: 't', EMPTY: '' })).toEqual({
      ok: true,
      definition: {
        place: {
          kind: 'stdio',
          command: '/opt/server',
          args: ['--name=nobody', '$NAME', 'full', ''],
          env: { TOKEN: 'Bearer t' },
          cwd: '/opt',
        },
        startTimeoutMs: 30_000,
        callTimeoutMs: 1000,
      },
    })
  })

  test('names every variable that is not set', () => {
    expect(expanded({ url: 'https://${HOST}/', headers: { Authorization: '${KEY}${HOST}' } })).toEqual({
      ok: false,
      message: 'the variables HOST, KEY are not set (the daemon has the environment that it was started in)',
    })
  })

  test('of an address that is none says so', () => {
    expect(parseServer({ url: 'file:///etc/passwd' })).toMatchObject({
      ok: false,
      message: expect.stringContaining('http://'),
    })
    expect(expanded({ url: '${URL}' }, { URL: 'file:///etc/passwd' })).toMatchObject({
      ok: false,
      message: expect.stringContaining('http://'),
    })
  })

  test.for([
    [{}, 'any'],
    [{ type: 'http' }, 'http'],
    [{ type: 'streamable-http' }, 'http'],
    [{ type: 'sse' }, 'sse'],
  ] as const)('with an address is of a kind: %j', ([more, kind]) => {
    expect(expanded({ url: 'http://a/', ...more })).toMatchObject({ definition: { place: { kind } } })
  })
})

test('the line of a member is found in any layout, and not where the name stands elsewhere', () => {
  const text =
    '{\n "x": {"b": ["mcpServers"]},\n "mcpServers": {"a": {"b": 1},\n\n  "q\\"{" : {},\n "b":\n {}}\n}'
  expect(lineOfMember(text, ['mcpServers', 'a'])).toBe(3)
  expect(lineOfMember(text, ['mcpServers', 'q"{'])).toBe(5)
  expect(lineOfMember(text, ['mcpServers', 'b'])).toBe(6)
  expect(lineOfMember(text, ['mcpServers', 'c'])).toBeNull()
})

describe('which servers count', () => {
  const folders = () => {
    const home = tempHome()
    const root = path.join(home, '..', `${path.basename(home)}-project`)
    mkdirSync(root)
    return { home, root, homeFile: path.join(home, 'mcp.json') }
  }
  const write = (file: string, mcpServers: Record<string, Json>): void =>
    writeFileSync(file, JSON.stringify({ mcpServers }, null, 2))

  test('those of the home, and of a project once it is trusted, whose servers win by name', async () => {
    const { home, root, homeFile } = folders()
    write(homeFile, {
      both: { command: 'of-home' },
      own: { command: 'own' },
    })
    const theirs = { both: { command: 'of-project' }, theirs: { command: 'theirs' } }
    write(path.join(root, '.mcp.json'), theirs)
    const trust = new Trust(home)
    const states = () =>
      effectiveServers(
        configuredServers({ homeFile, project: { root }, trust, environment: {} }).servers,
      ).map(({ name, source, state }) => [name, source, state.kind])
    expect(states()).toEqual([
      ['both', 'home', 'ready'],
      ['own', 'home', 'ready'],
      ['theirs', 'project', 'untrusted'],
    ])
    await trust.grant({ root }, new Map(Object.entries(theirs)), new Date())
    expect(states()).toEqual([
      ['both', 'project', 'ready'],
      ['own', 'home', 'ready'],
      ['theirs', 'project', 'ready'],
    ])
    write(path.join(root, '.mcp.json'), {
      ...theirs,
      theirs: { command: 'theirs', args: ['--evil'] },
      more: { command: 'm' },
    })
    expect(states()).toEqual([
      ['both', 'project', 'ready'],
      ['more', 'project', 'untrusted'],
      ['own', 'home', 'ready'],
      ['theirs', 'project', 'untrusted'],
    ])
  })

  test('what is wrong is named by file and line, what is disabled is not started', () => {
    const { home, homeFile } = folders()
    write(homeFile, {
      good: { command: 'a' },
      bad: { command: 'b', args: 7 },
      off: { command: 'c', disabled: true },
      zzz: { command: '/usr/bin/sparky', args: ['mcp', 'serve'] },
    })
    const { servers } = configuredServers({
      homeFile,
      project: undefined,
      trust: new Trust(home),
      environment: {},
    })
    expect(servers.map(({ name, state }) => [name, state.kind])).toEqual([
      ['bad', 'wrong'],
      ['good', 'ready'],
      ['off', 'disabled'],
      ['zzz', 'disabled'],
    ])
    expect(servers[0]?.state).toMatchObject({
      problem: { file: homeFile, line: 6, message: 'expected args to be a list, found 7' },
    })
    writeFileSync(homeFile, '{"mcpServers": {\n')
    const broken = configuredServers({
      homeFile,
      project: undefined,
      trust: new Trust(home),
      environment: {},
    })
    expect(broken.problems).toMatchObject([
      { file: homeFile, message: expect.stringContaining('expected JSON') },
    ])
  })
})

test.for([
  [null, [], true],
  [[], [], false],
  [['read_file'], [], false],
  [['*'], [], true],
  [['mcp__*'], [], true],
  [['mcp__files__*'], [], true],
  [['mcp__files'], [], true],
  [['mcp__files__read_file'], [], true],
  [['mcp__fil?s__read_file'], [], true],
  [['mcp__file'], [], false],
  [['mcp__other__*'], [], false],
  [null, ['mcp__files__*'], false],
  [null, ['mcp__files'], false],
  [null, ['mcp__*'], false],
  [null, ['mcp__files__write_*'], true],
  [['mcp__files__*'], ['mcp__other__*'], true],
] as const)(
  'a server is started for an agent that may use one of its tools: allow %j, deny %j: %s',
  ([allow, deny, may]) => {
    expect(mayUseServer({ allow, deny }, 'files')).toBe(may)
  },
)

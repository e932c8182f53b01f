import { execa } from 'execa'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { DaemonStatus } from '../../src/protocol/daemon-status.ts'
import { startModelServer } from '../support/model-server.ts'
import { keyedProviders, variablesOf } from '../support/provider-home.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const bin = path.join(import.meta.dirname, '../../bin/sparky.js')

interface Check {
  readonly name: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly message: string
  readonly hint: string | null
}

describe('doctor', () => {
  test('without a daemon, a key and a home finds nothing broken, and leaves nothing behind', async () => {
    const sparky = newSparky()
    const { exitCode, stdout, stderr } = await sparky.run(['doctor'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    for (const name of ['node', 'home', 'disk', 'config', 'daemon', 'model', 'search', 'terminal']) {
      expect(stdout).toMatch(new RegExp(`^[✓!] (ok|warn) +${name} `, 'm'))
    }
    expect(stdout).toContain('sparky agent start')
    expect(stdout).toContain('GEMINI_API_KEY')
    expect(existsSync(sparky.home)).toBe(false)
  })

  test('with a daemon looks at all of it, and with --json prints the same checks', async () => {
    const sparky = newSparky()
    await sparky.json(['agent', 'start', '--poll-interval', '7'])
    const checks = await sparky.json<Check[]>(['doctor'])
    expect(checks.map(({ name }) => name)).toEqual([
      'node',
      'home',
      'disk',
      'config',
      'daemon',
      'store',
      'agent loop',
      'heartbeat',
      'websocket',
      'model',
      'ollama',
      'search',
      'terminal',
      'notify',
    ])
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([])
    expect(checks.every(({ status, hint }) => (status === 'ok') === (hint === null))).toBe(true)
    expect(checks.find(({ name }) => name === 'agent loop')?.message).toContain('7 s')
    const { stdout } = await sparky.run(['doctor'])
    for (const { name, hint } of checks) expect(stdout).toContain(hint ?? name)
  })

  test.each(keyedProviders)(
    'asks %s whether the key is accepted, and fails where it is not',
    async (provider) => {
      const server = await startModelServer({ apiKey: 'right-key', models: ['model-a', 'model-b'] })
      onTestFinished(() => server.close())
      const { key, address } = variablesOf[provider]
      const sparky = newSparky({ [address]: server.url })
      const good = await sparky.run(['doctor'], { env: { [key]: 'right-key' } })
      expect(good.exitCode).toBe(0)
      expect(good.stdout).toMatch(new RegExp(`✓ ok +${provider} +key accepted, 2 models, key from ${key}`))
      const bad = await sparky.run(['doctor', '--json'], { env: { [key]: 'wrong-key-0123456789' } })
      expect(bad.exitCode).toBe(1)
      expect((JSON.parse(bad.stdout) as Check[]).filter(({ status }) => status === 'fail')).toEqual([
        { name: provider, status: 'fail', message: expect.any(String), hint: expect.stringContaining(key) },
      ])
      expect(bad.stdout).not.toContain('wrong-key-0123456789')

      const listed = await sparky.json<{ name: string; chosen: boolean }[]>(['models', 'list'], {
        env: { [key]: 'right-key', AGENT_MODEL: `${provider}/model-b` },
      })
      const chosen = listed.filter((row) => row.chosen).map(({ name }) => name)
      expect(chosen).toEqual([`${provider}/model-b`])
      expect(listed.map(({ name }) => name)).toContain(`${provider}/model-a`)
    },
  )

  test('says what broke: a daemon that died, a configuration that is no JSON, a home that is a file', async () => {
    const sparky = newSparky()
    await sparky.json(['agent', 'start'])
    process.kill(sparky.daemon()?.pid ?? 0, 'SIGKILL')
    await vi.waitFor(
      async () => expect((await sparky.run(['doctor'])).stdout).toMatch(/! warn +daemon +not running/),
      { timeout: 10_000 },
    )
    const config = path.join(sparky.home, 'config.json')
    writeFileSync(config, '{"concurrency": 3')
    const broken = await sparky.run(['doctor'])
    expect(broken.exitCode).toBe(1)
    expect(broken.stdout).toMatch(/✗ fail +config .*config\.json: expected JSON/)
    expect(readFileSync(config, 'utf8')).toBe('{"concurrency": 3')
    const file = await sparky.run(['doctor'], { env: { SPARKY_HOME: config } })
    expect(file.exitCode).toBe(1)
    expect(file.stdout).toMatch(/✗ fail +home .*is a file/)
    const below = await sparky.run(['doctor'], { env: { SPARKY_HOME: path.join(config, 'home') } })
    expect(below.exitCode).toBe(1)
    expect(below.stdout).toMatch(/✗ fail +home .*is not there/)
  })
})

describe('config', () => {
  test('sets, shows, gets and takes back a value, and never shows a secret', async () => {
    const sparky = newSparky()
    const key = 'AIza-0123456789-abcdefgh'
    const printed = [
      await sparky.run(['config', 'list']),
      await sparky.run(['config', 'set', 'providers.google.api_key', key]),
      await sparky.run(['config', 'set', 'limits.max_steps', '12']),
      await sparky.run(['config', 'set', 'model', 'openai/0123', '--json']),
      await sparky.run(['config', 'list']),
      await sparky.run(['config', 'list', '--json']),
      await sparky.run(['config', 'get', 'providers.google.api_key']),
      await sparky.run(['config', 'get', 'providers', '--json']),
    ]
    expect(printed.map(({ exitCode, stderr }) => [exitCode, stderr]).slice(1)).toEqual(
      printed.slice(1).map(() => [0, '']),
    )
    expect(JSON.stringify(printed)).not.toContain(key)
    expect(printed[4]?.stdout.split('\n').toSorted()).toEqual([
      'limits.max_steps = 12',
      'model = openai/0123',
      expect.stringMatching(/^providers\.google\.api_key = •+efgh$/),
    ])
    const { stdout: file } = await sparky.run(['config', 'path'])
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ providers: { google: { api_key: key } } })
    expect([statSync(sparky.home).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600])
    expect(await sparky.run(['config', 'unset', 'model'])).toMatchObject({ exitCode: 0 })
    expect(await sparky.run(['config', 'get', 'model'])).toMatchObject({ exitCode: 4, stdout: '' })
  })

  test.each([
    ['concurrency', '0', /concurrency .*above 0, found 0/],
    ['concurrency', 'many', /concurrency .*number, found "many"/],
    ['search.provider', 'altavista', /search\.provider .*tavily.*found "altavista"/],
    ['server.origins', 'https://x', /server\.origins .*found "https:\/\/x"/],
    ['colour', 'red', /configuration key, found "colour"/],
    ['limits.max_step', '3', /configuration key, found "limits\.max_step"/],
    ['__proto__.polluted', '1', /configuration key/],
  ])('refuses %s = %s with one line, and writes nothing', async (key, value, said) => {
    const sparky = newSparky()
    const { exitCode, stdout, stderr } = await sparky.run(['config', 'set', key, value, '--json'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr.trim().split('\n')).toHaveLength(1)
    const { error } = JSON.parse(stderr) as { error: { code: string; message: string } }
    expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(said) })
    expect(error.message).not.toContain('\n')
    expect(existsSync(path.join(sparky.home, 'config.json'))).toBe(false)
  })

  test('reaches a running daemon at once, and what is not valid changes nothing there', async () => {
    const sparky = newSparky({ SPARKY_LOG_LEVEL: 'info' })
    const { pid } = await sparky.json<DaemonStatus>(['agent', 'start'])
    const status = () => sparky.json<DaemonStatus>(['agent', 'status'])
    await sparky.run(['config', 'set', 'concurrency', '1'])
    await vi.waitFor(async () => expect(await status()).toMatchObject({ concurrency: 1 }), {
      timeout: 10_000,
    })
    await sparky.add('Run the command: sleep 30')
    await sparky.add('Run the command: echo second > second.txt')
    expect((await sparky.run(['agent', 'tasks', 'why', '2'])).stdout).toContain('1')
    await sparky.run(['config', 'set', 'concurrency', '2'])
    expect(await sparky.run(['agent', 'tasks', 'wait', '2'])).toMatchObject({ exitCode: 0 })
    writeFileSync(path.join(sparky.home, 'config.json'), '{"concurrency": "lots"}')
    await vi.waitFor(() => expect(sparky.log()).toContain('Configuration not applied'), { timeout: 10_000 })
    expect(await status()).toMatchObject({ pid, concurrency: 2 })
    await sparky.run(['agent', 'tasks', 'cancel', '1'])
  })
})

/** Every command that there is, as the words that a user types. */
const allCommands = async (sparky: Sparky, words: readonly string[] = []): Promise<string[][]> => {
  const { exitCode, stdout, stderr } = await sparky.run([...words, '--help'])
  expect({ words, exitCode, stderr }).toEqual({ words, exitCode: 0, stderr: '' })
  expect(stdout).toContain(`Usage: ${['sparky', ...words].join(' ')}`)
  const names = [...(stdout.split('Commands:\n')[1]?.split('\n\n')[0] ?? '').matchAll(/^ {2}([a-z]+) /gm)]
  const inner = await Promise.all(
    names.filter(([, name]) => name !== 'help').map(([, name = '']) => allCommands(sparky, [...words, name])),
  )
  return [[...words], ...inner.flat()]
}

test('every command explains itself, in help and in three shells', async () => {
  const sparky = newSparky()
  const commands = (await allCommands(sparky)).map((words) => words.join(' '))
  expect(commands).toEqual(
    expect.arrayContaining(['run', 'watch', 'agent tasks add', 'config set', 'doctor']),
  )
  expect(commands.length).toBeGreaterThan(30)
  expect(existsSync(sparky.home)).toBe(false)
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { exitCode, stdout } = await sparky.run(['completion', shell])
    expect(exitCode).toBe(0)
    for (const words of commands.slice(1)) expect(stdout, shell).toContain(words)
    if (shell === 'bash') await execa('bash', ['-n'], { input: stdout })
  }
  expect(await sparky.run(['completion', 'tcsh'])).toMatchObject({ exitCode: 2, stdout: '' })
})

test('a real bash completes a command, a flag of it, and a file where nothing else fits', async () => {
  const sparky = newSparky()
  const { stdout: script } = await sparky.run(['completion', 'bash'])
  const complete = async (line: string): Promise<string[]> => {
    const words = line.split(' ')
    const { stdout } = await execa('bash', ['--norc'], {
      input: `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _sparky; printf '%s\\n' "\${COMPREPLY[@]}"`,
    })
    return stdout.split('\n').filter(Boolean)
  }
  expect(await complete('sparky ag')).toEqual(['agent', 'agents'])
  expect(await complete('sparky agent tasks re')).toEqual(['result', 'retry', 'resume', 'remove'])
  expect(await complete('sparky agent tasks add --pri')).toEqual(['--priority'])
  expect(await complete('sparky completion ')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']))
  expect(await complete('sparky run notes')).toEqual([])
})

test('a reader that stops after one line is no error to anybody', async () => {
  const sparky = newSparky()
  await sparky.json(['run', 'Run the command: seq 1 3000'])
  const commands = [
    'tools list --json',
    'agent tasks events 1 --json',
    'agent logs',
    'help agent tasks add',
    'completion bash',
  ]
  for (const command of commands) {
    const pipe = `set -o pipefail; '${process.execPath}' '${bin}' ${command} | head -1 >/dev/null`
    const { exitCode, stderr } = await execa('bash', ['-c', pipe], {
      env: { ...sparky.env },
      extendEnv: false,
      reject: false,
    })
    expect({ command, exitCode, stderr }).toEqual({ command, exitCode: 0, stderr: '' })
  }
})

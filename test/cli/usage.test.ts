import { readdirSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { runCli } from '../support/run-cli.ts'
import { tempHome } from '../support/temp-home.ts'

const isHint = (hint: unknown): boolean => hint === null || (typeof hint === 'string' && hint !== '')

describe('bad usage is one clear line and exit 2, and nothing is done', () => {
  test.each<[args: string, message: string]>([
    ['chta', 'unknown command "chta"'],
    ['agent', 'expected a command after "sparky agent", found none'],
    ['agent tasks lst', 'unknown command "lst"'],
    ['agent tasks add', 'missing required argument "prompt"'],
    ['run hello --nope', 'unknown option "--nope"'],
    ['run hello --model', 'option "--model <model>" argument missing'],
    [
      'run hello --priority high',
      'expected --priority to be a whole number from -1000000 to 1000000, found "high"',
    ],
    ['run hello --timeout 0', 'expected --timeout to be a number of seconds above 0, found "0"'],
    ['run hello --max-steps 1.5', 'expected --max-steps to be a whole number above 0, found "1.5"'],
    ['run hello --max-cost free', 'expected --max-cost to be a number of US dollars above 0, found "free"'],
    ['run hello --label home', 'expected --label to be NAME=VALUE, found "home"'],
    ['run hello --context {a:1}', 'expected --context to be JSON, found "{a:1}"'],
    ['run hello --cwd ./nowhere', 'expected --cwd to be a directory, found "./nowhere"'],
    ['run hello --cwd ./file', 'expected --cwd to be a directory, found "./file"'],
    ['run hello --after a/b', 'expected TASK to be a number, an id or the beginning of an id, found "a/b"'],
    ['agent tasks list --limit 0', 'expected --limit to be a whole number above 0, found "0"'],
    ['agent tasks list --status done', 'expected --status to be one of scheduled, blocked,'],
    ['agent tasks clear', 'expected a filter or --all, found neither'],
    ['agent tasks edit 1', 'expected something to change, found no flag and no prompt'],
    ['agent tasks events 1 --after -1', 'expected --after to be a whole number of at least 0, found "-1"'],
    ['agent tasks show 1 2', 'too many arguments for "show". Expected 1 argument but got 2'],
    ['agent start --port 70000', 'expected --port to be a whole number from 0 to 65535, found "70000"'],
    ['agent stop --timeout soon', 'expected --timeout to be a number of seconds of at least 0, found "soon"'],
    ['watch --only tools', 'expected --only to be one of task_added, task_updated,'],
    ['completion tcsh', 'expected SHELL to be one of bash, zsh, fish, found "tcsh"'],
  ])('sparky %s', async (args, message) => {
    const home = tempHome()
    writeFileSync(`${home}/file`, '')
    const people = await runCli(home, args.split(' '))
    expect(people).toMatchObject({ exitCode: 2, stdout: '' })
    expect(people.stderr.split('\n')[0]).toContain(`sparky: ${message}`)
    const programs = await runCli(home, [...args.split(' '), '--json'])
    expect(programs).toMatchObject({ exitCode: 2, stdout: '' })
    expect(JSON.parse(programs.stderr)).toEqual({
      error: { code: 'usage', message: expect.stringContaining(message), hint: expect.toSatisfy(isHint) },
    })
    expect(readdirSync(home)).toEqual(['file'])
  })
})

describe('help', () => {
  test('is what sparky alone prints', async () => {
    const { exitCode, stdout, stderr } = await runCli(tempHome(), [])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toContain('Usage: sparky')
    expect(stdout).toContain('check everything that Sparky needs')
  })

  test.each([
    [['help', 'agent', 'tasks', 'add'], '--priority <n>'],
    [['agent', 'tasks', 'wait', '--help'], '--timeout <seconds>'],
    [['agent', '--help'], 'let tasks start again after a pause'],
  ])('of %j has flags and summaries', async (args, text) => {
    const { exitCode, stdout } = await runCli(tempHome(), args)
    expect(exitCode).toBe(0)
    expect(stdout).toContain(text)
  })
})

test.each(['--version', '-V'])('%s prints the version', async (flag) => {
  expect(await runCli(tempHome(), [flag])).toEqual({ exitCode: 0, stdout: packageJson.version, stderr: '' })
})

import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { DaemonStatus } from '../../src/protocol/daemon-status.ts'
import { failureCodes, type FailureCode } from '../../src/protocol/failure.ts'
import { newSparky, type Ran } from '../support/sparky.ts'

interface Wrong {
  readonly args: string
  readonly exit: number
  /** What the line must name: what was expected, and what was found. */
  readonly says: string
}

const usage = (args: string, says: string): Wrong => ({ args, says, exit: 2 })
const notFound = (args: string, says: string): Wrong => ({ args, says, exit: 4 })
const conflict = (args: string, says: string): Wrong => ({ args, says, exit: 5 })

/** Wrong in itself: told without a daemon. Words are separated by one space; `_` stands for an empty one. */
const wrongWords: readonly Wrong[] = [
  usage('agnet', 'unknown command "agnet"'),
  usage('agent', 'expected a command after "sparky agent", found none'),
  usage('agent begin', 'unknown command "begin"'),
  usage('agent tasks', 'expected a command after "sparky agent tasks", found none'),
  usage('agent tasks sow', 'unknown command "sow"'),
  usage('run', 'missing required argument "prompt"'),
  usage('run _', 'expected a prompt with text in it, found only white space'),
  usage('run -', 'expected a prompt with text in it, found nothing on stdin'),
  usage('run --quick List', 'unknown option "--quick"'),
  usage(
    'run --priority high List',
    'expected --priority to be a whole number from -1000000 to 1000000, found "high"',
  ),
  usage('run --priority 1.5 List', 'found "1.5"'),
  usage('run --priority 9999999 List', 'found "9999999"'),
  usage('run --max-steps 0 List', 'expected --max-steps to be a whole number above 0, found "0"'),
  usage('run --max-tokens 1e3 List', 'expected --max-tokens to be a whole number above 0, found "1e3"'),
  usage('run --max-cost -1 List', 'expected --max-cost to be a number of US dollars above 0, found "-1"'),
  usage('run --timeout soon List', 'expected --timeout to be a number of seconds above 0, found "soon"'),
  usage('run --attempts 0 List', 'expected --attempts to be a whole number from 1 to 100, found "0"'),
  usage('run --label fast List', 'expected --label to be NAME=VALUE, found "fast"'),
  usage('run --context {a:1} List', 'expected --context to be JSON, found "{a:1}"'),
  usage('run --cwd /no/such/folder List', 'expected --cwd to be a directory, found "/no/such/folder"'),
  usage('run --cwd poem.txt List', 'expected --cwd to be a directory, found "poem.txt"'),
  usage('run --group _ List', 'expected --group to be a text with something in it, found ""'),
  usage('run --after ../1 List', 'found "../1"'),
  usage('agent tasks add', 'missing required argument "prompt"'),
  usage('agent tasks show', 'missing required argument "task"'),
  usage('agent tasks show 1 2', 'Expected 1 argument but got 2'),
  usage('agent tasks show a/b', 'expected TASK to be a number, an id or the beginning of an id, found "a/b"'),
  usage('agent tasks list --status done', 'expected --status to be one of scheduled'),
  usage('agent tasks list --limit 0', 'expected --limit to be a whole number above 0, found "0"'),
  usage('agent tasks events 1 --after -1', 'expected --after to be a whole number of at least 0, found "-1"'),
  usage('agent tasks wait 1 --timeout x', 'expected --timeout to be a number of seconds above 0, found "x"'),
  usage('agent tasks edit 1', 'expected something to change, found no flag and no prompt'),
  usage('agent tasks clear', 'expected a filter or --all, found neither'),
  usage('agent start --port 70000', 'expected --port to be a whole number from 0 to 65535, found "70000"'),
  usage(
    'agent start --concurrency 0',
    'expected --concurrency to be a whole number from 1 to 100, found "0"',
  ),
  usage(
    'agent start --poll-interval 0',
    'expected --poll-interval to be a number of seconds above 0, found "0"',
  ),
  usage('agent stop --timeout -1', 'expected --timeout to be a number of seconds of at least 0, found "-1"'),
  usage('agent logs --lines few', 'expected --lines to be a whole number of at least 0, found "few"'),
  usage('watch --since then', 'expected --since to be a whole number of at least 0, found "then"'),
  usage('watch --only noise', 'expected --only to be one of'),
  usage('config set colour red', 'expected a configuration key, found "colour"'),
  usage('config set port high', 'expected port to be a whole number, found "high"'),
  usage('config set concurrency 0', 'expected concurrency to be a number above 0, found 0'),
  usage('config get providers.acme', 'expected a configuration key, found "providers.acme"'),
  usage('completion cmd', 'found "cmd"'),
]

/** Wrong as things stand: task 1 is paused, task 2 completed, there is no other. */
const wrongNow: readonly Wrong[] = [
  notFound('agent tasks show 99', 'no task "99"'),
  notFound('agent tasks show 0', 'no task "0"'),
  notFound('agent tasks result ffffffff', 'no task "ffffffff"'),
  notFound('agent tasks events 99', 'no task "99"'),
  notFound('agent tasks wait 1 99', 'no task "99"'),
  notFound('agent tasks cancel 1 99', 'no task "99"'),
  notFound('agent tasks why 99', 'no task "99"'),
  notFound('run --after 99 List files', 'no task "99"'),
  notFound('run --agent nobody List files', 'no agent "nobody"'),
  notFound('watch 99', 'no task "99"'),
  usage('run --at yesterday List files', 'expected a time such as'),
  usage('run --model acme/x1 List files', 'found "acme/x1"'),
  usage('agent tasks edit 1 --at 25:61', 'found "25:61"'),
  conflict('agent tasks edit 1 --after 1', 'task 1 cannot wait for itself'),
  notFound('agent tasks edit 1 --agent nobody', 'no agent "nobody"'),
  conflict('agent tasks edit 2 --priority 1', 'it is completed'),
  conflict('agent tasks cancel 2', 'completed cannot become cancelled'),
  conflict('agent tasks pause 2', 'completed cannot become paused'),
  conflict('agent tasks resume 2', 'it is completed, not paused'),
  conflict('agent tasks retry 1', 'it is paused'),
  conflict('agent tasks remove 1', 'it is paused, not finished'),
  conflict('agent tasks result 1', 'task 1 is paused, so it has no answer'),
]

const wordsOf = (args: string): string[] => args.split(' ').map((word) => (word === '_' ? '' : word))

/** What is not as it should be with the answer to something wrong, as text and as JSON; empty where all is well. */
const complaints = ({ args, exit, says }: Wrong, text: Ran, json: Ran): string[] => {
  const wrong: string[] = []
  const check = (isGood: boolean, what: string): void => {
    if (!isGood) wrong.push(`sparky ${args}: ${what}`)
  }
  check(text.exitCode === exit, `exit ${text.exitCode}, not ${exit}`)
  check(json.exitCode === exit, `exit ${json.exitCode} with --json, not ${exit}`)
  check(text.stdout === '' && json.stdout === '', `printed ${text.stdout}${json.stdout}`)
  const [line = '', ...hint] = text.stderr.split('\n')
  check(line.startsWith('sparky: ') && line.includes(says), `said ${text.stderr}`)
  check(hint.length <= 1, `said too much: ${text.stderr}`)
  check(!json.stderr.includes('\n'), `more than one object: ${json.stderr}`)
  const { error } = JSON.parse(json.stderr) as { error: { code: FailureCode; message: string } }
  check(failureCodes[error.code]?.exit === exit, `code ${error.code}`)
  check(`sparky: ${error.message}` === line, `the JSON says ${error.message}, the text ${line}`)
  return wrong
}

test('what is wrong in itself is told in a line, with exit 2, and no daemon is started for it', async () => {
  const sparky = newSparky()
  writeFileSync(path.join(sparky.work, 'poem.txt'), '')
  const wrong: string[] = []
  for (const words of wrongWords) {
    const [text, json] = await Promise.all([
      sparky.run(wordsOf(words.args)),
      sparky.run([...wordsOf(words.args), '--json']),
    ])
    wrong.push(...complaints(words, text, json))
  }
  expect(wrong).toEqual([])
  expect(sparky.daemon()).toBeUndefined()
  expect(existsSync(path.join(sparky.home, 'store'))).toBe(false)
})

test('what is not possible as things stand is told in a line, with its exit code, and changes nothing', async () => {
  const sparky = newSparky()
  await sparky.json(['agent', 'pause'])
  await sparky.add('List files')
  await sparky.json(['agent', 'tasks', 'pause', '1'])
  await sparky.json(['agent', 'resume'])
  await sparky.json(['run', 'List files'])
  const before = await sparky.json<DaemonStatus>(['agent', 'status'])
  const wrong: string[] = []
  for (const words of wrongNow) {
    const [text, json] = await Promise.all([
      sparky.run(wordsOf(words.args)),
      sparky.run([...wordsOf(words.args), '--json']),
    ])
    wrong.push(...complaints(words, text, json))
  }
  expect(wrong).toEqual([])
  const after = await sparky.json<DaemonStatus>(['agent', 'status'])
  expect(after.store.seq).toBe(before.store.seq)
  expect(after.pid).toBe(before.pid)
})

test.each([
  ['SPARKY_PORT', 'high', 'expected SPARKY_PORT to be a whole number from 0 to 65535, found "high"'],
  [
    'SPARKY_AGENT_CONCURRENCY',
    '0',
    'expected SPARKY_AGENT_CONCURRENCY to be a whole number from 1 to 100, found "0"',
  ],
  [
    'SPARKY_AGENT_POLL_INTERVAL',
    '-3',
    'expected SPARKY_AGENT_POLL_INTERVAL to be a number of seconds above 0',
  ],
  ['SPARKY_LOG_LEVEL', 'loud', 'expected SPARKY_LOG_LEVEL to be one of'],
  ['AGENT_MODEL', 'acme/x1', 'found "acme/x1"'],
])('%s=%s is refused by name', async (name, value, says) => {
  const sparky = newSparky({ [name]: value })
  const { exitCode, stdout, stderr } = await sparky.run(['run', '--json', 'List files'])
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  const { error } = JSON.parse(stderr) as { error: { code: string; message: string } }
  expect(error.code).toBe('usage')
  expect(error.message).toContain(says)
})

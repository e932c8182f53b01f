import { readFileSync } from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test, vi } from 'vitest'
import type { Task } from '../../src/protocol/task.ts'
import { newSparky } from '../support/sparky.ts'

const page = readFileSync(path.join(import.meta.dirname, '../../docs/hooks.md'), 'utf8')
const bin = path.join(import.meta.dirname, '../../bin/sparky.js')
const hasJq = (await execa('jq', ['--version'], { reject: false })).exitCode === 0

test.skipIf(!hasJq)(
  'the example of docs/hooks.md, as typed into a shell, does what the page says',
  async () => {
    const sparky = newSparky()
    const env = { ...sparky.env, HOME: sparky.work, BIN: bin }
    const lines = /```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    const typed = `sparky() { node "$BIN" "$@"; }\nset -e\n${lines}`
    await execa('/bin/sh', ['-c', typed], { env, extendEnv: false, cwd: sparky.work })
    await sparky.run(['agent', 'start'], { env })
    const task = await sparky.json<Task>(['run', 'Run the command: echo hello'])
    await vi.waitFor(() => expect(readFileSync(path.join(sparky.work, 'answers.tsv'), 'utf8')).not.toBe(''), {
      timeout: 10_000,
    })
    const [finishedAt, number, answer] = readFileSync(path.join(sparky.work, 'answers.tsv'), 'utf8').split(
      '\t',
    )
    expect([finishedAt, number]).toEqual([task.finished_at, String(task.number)])
    expect(answer).toContain('hello')
    expect(await sparky.json(['config', 'get', 'hooks.waiting'])).toMatchObject({ timeout_s: 5 })
  },
)

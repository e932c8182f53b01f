import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { shells } from '../../src/cli/completion-script.ts'
import { runCli } from '../support/run-cli.ts'
import { tempHome } from '../support/temp-home.ts'

describe('the completion script', () => {
  test.each<[words: string[], candidates: string[]]>([
    [
      ['sparky', ''],
      ['run', 'watch', 'agent', 'doctor', '--version'],
    ],
    [
      ['sparky', 'ag'],
      ['agent', 'agents'],
    ],
    [
      ['sparky', 'agent', 'tasks', 'w'],
      ['wait', 'why'],
    ],
    [
      ['sparky', 'agent', 'tasks', 'add', 'some prompt', '--max'],
      ['--max-steps', '--max-tokens', '--max-cost'],
    ],
    [['sparky', 'completion', ''], [...shells]],
  ])('of bash completes %j', async (words, candidates) => {
    const { stdout: script } = await runCli(tempHome(), ['completion', 'bash'])
    const complete = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sparky; echo "${COMPREPLY[@]}"'
    const { stdout } = await execa('bash', ['-c', `${script}\n${complete}`, 'bash', ...words])
    expect(stdout.split(' ')).toEqual(expect.arrayContaining(candidates))
    if (words.at(-1) !== '') expect(stdout.split(' ')).toEqual(candidates)
  })

  test.each(['zsh', 'fish'])('of %s names every command and flag', async (shell) => {
    const { exitCode, stdout } = await runCli(tempHome(), ['completion', shell])
    expect(exitCode).toBe(0)
    for (const word of ['run', 'retry', 'unset', 'max-cost', 'poll-interval']) expect(stdout).toContain(word)
    // In zsh a variable of this name is the search path for programs.
    expect(stdout).not.toMatch(/\bpath=/)
  })
})

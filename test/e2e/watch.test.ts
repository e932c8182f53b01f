import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import type { ScriptedReply } from '../support/model-server.ts'
import { homeWith } from '../support/provider-home.ts'
import { openShell, type ShellWindow } from '../support/shell-window.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'
import { isTmuxInstalled } from '../support/tmux.ts'

/** A task that reads a file of many lines and answers; one that fails; one that runs until it is cancelled; one after it. */
const watched = async (): Promise<Sparky> => {
  const { sparky } = await homeWith('google', ({ text }): ScriptedReply => {
    const results = text.match(/"functionResponse"/g)?.length ?? 0
    if (text.includes('Fetch prices')) return { httpStatus: 404 }
    if (text.includes('Tick')) {
      return {
        calls: [
          { name: 'run_command', args: { command: 'for n in $(seq 600); do echo tick $n; sleep 0.1; done' } },
        ],
      }
    }
    if (text.includes('Say hello')) return { text: 'Hello, world.' }
    return results === 0
      ? { reasoning: 'I need the notes.', calls: [{ name: 'read_file', args: { path: 'notes.txt' } }] }
      : { text: 'There are **nine** notes.' }
  })
  writeFileSync(
    path.join(sparky.work, 'notes.txt'),
    Array.from({ length: 9 }, (_, n) => `note ${n + 1}\n`).join(''),
  )
  await sparky.run(['run', 'Count the notes'])
  await sparky.run(['run', 'Fetch prices'])
  await sparky.add('Tick until it is enough')
  await sparky.add('Clean up after it', ['--after', '3'])
  return sparky
}

const expectSize = (screen: string, columns: number, rows: number): void => {
  const lines = screen.split('\n')
  expect(lines).toHaveLength(rows)
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns)
}

describe.skipIf(!isTmuxInstalled())('in a real terminal (skipped only where tmux is not installed)', () => {
  test.each([
    [120, 35, 'stop'],
    [40, 20, 'kill -9'],
  ])(
    'at %i x %i real tasks are shown, cancelled, retried and added, over a %s of the daemon',
    async (columns, rows, end) => {
      const sparky = await watched()
      const window = await openShell(sparky, columns, rows)
      const { tmux } = window
      await window.enter('sparky watch')
      expectSize(await tmux.until(/▸ *3 \S Tick[^]*└ tick \d/), columns, rows)
      await tmux.until(/●.*1 run.* · 1 queued · 1 failed · 1 done/)
      await tmux.press('j')
      await tmux.until(/▸ *4 · Clean .*after 3[^]*task 3/)
      await tmux.press('Down')
      await tmux.until(/▸ *2 ✗ Fetch[^]*model_not_found/)
      await tmux.press('j')
      await tmux.until(/▸ *1 ✓ Count[^]*└ note 1.* 9 lines ▸[^]*There are nine notes\./)
      await tmux.press('Space')
      expectSize(await tmux.until(/note 1\n[^]*note 9\n/), columns, rows)
      await tmux.press('Space')
      await tmux.until(/9 lines ▸/)
      await tmux.press('?')
      await tmux.until(/leave; the daemon|scroll the transcript/)
      await tmux.press('?')
      await tmux.until(/▸ *1 ✓ Count/)

      await tmux.press('k', 'k', 'k', 'c')
      await tmux.until('Cancel task 3?')
      await tmux.press('n')
      await tmux.until(/▸ *3 \S Tick.*1\/50/)
      await tmux.press('c')
      await tmux.until('Cancel task 3?')
      await tmux.press('y')
      await tmux.until(/▸ *3 - Tick.*cancelled[^]*Task cancelled/)
      await tmux.until(/4 ✗ Clean .*failed/)
      await tmux.press('r')
      await tmux.until(/▸ *3 \S Tick.*1\/50[^]*Queued again/)
      await tmux.press('a')
      await tmux.press('-l', 'Say hello to äöü 世界')
      await tmux.until('› Say hello to äöü 世界')
      await tmux.press('Enter')
      await tmux.until(/▸ *5 ✓ Say hello[^]*Hello, world\./)
      expect(await sparky.task(5)).toMatchObject({
        prompt: 'Say hello to äöü 世界',
        cwd: sparky.work,
      })

      if (end === 'stop') await sparky.json(['agent', 'stop', '--now'])
      else process.kill(sparky.daemon()?.pid ?? 0, 'SIGKILL')
      await tmux.until(/○ reconnecting/)
      await sparky.start()
      await sparky.json(['run', 'Say hello again'])
      expectSize(await tmux.until(/●[^]*6 ✓ Say hello/), columns, rows)
      await tmux.press('q')
      await window.expectAsFound()
    },
    45_000,
  )

  test('the terminal is as before after Ctrl+C, SIGTERM and SIGHUP, and after Ctrl+Z and fg', async () => {
    const sparky = newSparky()
    await sparky.json(['run', 'List files'])
    const window = await openShell(sparky, 80, 24)
    const { tmux } = window
    const open = async (): Promise<void> => {
      await window.enter('clear; sparky watch; echo "left with $?"')
      await tmux.until(/▸ *1 ✓ List files/)
      expect([await tmux.fact('alternate_on'), await tmux.fact('cursor_flag')]).toEqual(['1', '0'])
    }
    await open()
    await tmux.press('q')
    await tmux.until('left with 0')
    await window.expectAsFound()
    await open()
    await tmux.press('C-c')
    await tmux.until('left with 130')
    await window.expectAsFound()
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      await open()
      process.kill(await watcherBelow(window), signal)
      await tmux.until(`left with ${code}`)
      await window.expectAsFound()
    }
    await window.enter('clear; sparky watch')
    await tmux.until(/▸ *1 ✓ List files/)
    await tmux.press('C-z')
    await tmux.until(/Stopped/)
    await window.expectAsFound()
    await window.enter('fg')
    await tmux.until(/▸ *1 ✓ List files/)
    await tmux.press('q')
    await window.expectAsFound()
  }, 30_000)

  test('nothing that a model or a tool prints can drive the terminal', async () => {
    const evil = '\u001B]0;owned\u0007\u001B[2J\u001B[31mred\u001B[0m\u009B5n\u0007 and \u202Eback'
    const { sparky } = await homeWith('google', [
      {
        calls: [
          { name: 'run_command', args: { command: `printf '%b' '\\033[2J\\033]0;owned\\007from the tool'` } },
        ],
      },
      { text: `${evil} from the model` },
    ])
    await sparky.json(['run', `Say ${evil}`])
    const window = await openShell(sparky, 100, 24)
    await window.enter('sparky watch')
    const screen = await window.tmux.until(/from the model/)
    expectSize(screen, 100, 24)
    expect(screen).toContain('from the tool')
    expect(await window.tmux.fact('pane_title')).not.toContain('owned')
    await window.tmux.press('q')
    await window.expectAsFound()
    await window.enter('clear; sparky agent tasks show 1; sparky agent tasks result 1')
    await window.tmux.until(/from the model[^]*from the model/)
    expect(await window.tmux.fact('pane_title')).not.toContain('owned')
    await window.expectAsFound()
  })
})

/** The process of the command that runs in the window. */
const watcherBelow = async ({ tmux }: ShellWindow): Promise<number> => {
  const shell = await tmux.fact('pane_pid')
  return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')[0])
}

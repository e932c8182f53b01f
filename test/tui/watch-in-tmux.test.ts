import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { buildFixture } from '../support/build-fixture.ts'
import { isTmuxInstalled, Tmux } from '../support/tmux.ts'

const hasTmux = isTmuxInstalled()
let program = ''
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'sparky-tmux-'))
  if (hasTmux) program = await buildFixture('test/fixtures/tui/watch-demo.ts')
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  if (program !== '') await rm(path.dirname(program), { recursive: true, force: true })
})

/** The demo in a terminal whose settings are kept before and after it: not its size, which tmux changes late. */
const openDemo = async (story: string, columns: number, rows: number, settings = ''): Promise<Tmux> => {
  const tmux = new Tmux()
  onTestFinished(() => tmux.close())
  const shell = `stty -g > ${folder}/before; ${settings} node ${program} ${story} & echo $! > ${folder}/pid; fg > /dev/null; echo exit code $?; stty -g > ${folder}/after; echo over; exec cat`
  await tmux.open(columns, rows, `bash -c 'set -m; ${shell}'`)
  return tmux
}
const expectAsFound = async (tmux: Tmux): Promise<void> => {
  await tmux.until(/^over$/m)
  expect(await tmux.fact('alternate_on')).toBe('0')
  expect(await tmux.fact('cursor_flag')).toBe('1')
  expect(await tmux.fact('wrap_flag')).toBe('1')
  const [before, after] = await Promise.all([
    readFile(path.join(folder, 'before'), 'utf8'),
    readFile(path.join(folder, 'after'), 'utf8'),
  ])
  expect(after).toBe(before)
}

describe.skipIf(!hasTmux)(
  'sparky watch in a real terminal (skipped only where tmux is not installed)',
  () => {
    it.each([
      [120, 35],
      [80, 24],
      [40, 20],
    ])('fills %i × %i columns and rows, and leaves the terminal as it was found', async (columns, rows) => {
      const tmux = await openDemo('still', columns, rows)
      await tmux.until(/▸42 \S Summarise/)
      await tmux.press('j')
      const screen = await tmux.until(/run_command +npm r/)
      expect(screen.split('\n')).toHaveLength(rows)
      expect(screen).toMatch(/▸43 \S Research/)
      expect(await tmux.fact('alternate_on')).toBe('1')
      await tmux.press('q')
      expect(await tmux.until(/^over$/m)).toContain('exit code 0')
      await expectAsFound(tmux)
    })

    it('survives being resized to nearly nothing and back', async () => {
      const tmux = await openDemo('still', 120, 35)
      await tmux.until(/▸42 \S Summarise/)
      await tmux.resize(20, 5)
      await tmux.until(/▸42 \S/)
      await tmux.resize(3, 2)
      await tmux.resize(120, 35)
      await tmux.until(/▸42 \S Summarise[^]*read_file +README\.md/)
      await tmux.press('C-c')
      await expectAsFound(tmux)
    })

    it.each([
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const)('dies of %s, with the terminal as it was found', async (signal, exitCode) => {
      const tmux = await openDemo('still', 100, 30)
      await tmux.until(/▸42 \S Summarise/)
      process.kill(Number(await readFile(path.join(folder, 'pid'), 'utf8')), signal)
      expect(await tmux.until(/^over$/m)).toContain(`exit code ${exitCode}`)
      await expectAsFound(tmux)
    })

    it('lends the terminal to the pager of the user, and takes it back', async () => {
      const script = path.join(folder, 'pager.sh')
      await writeFile(script, 'cat "$1"; stat -c "mode %a" "$1"; echo "$1" > "$(dirname "$0")/shown"; read _')
      const tmux = await openDemo('still', 100, 30, `PAGER="sh ${script}" EDITOR=false`)
      await tmux.until(/▸42 \S Summarise/)
      await tmux.press('j')
      await tmux.until('web_search')
      await tmux.press('Enter')
      await tmux.until(/▹43/)
      await tmux.press('T', 'T', 'o')
      const shown = await tmux.until('mode 600')
      expect(shown).toContain('Alpha was announced on Monday.')
      expect(await tmux.fact('alternate_on')).toBe('0')
      const file = (await readFile(path.join(folder, 'shown'), 'utf8')).trim()
      await tmux.press('Enter')
      await tmux.until(/▹43 \S Research/)
      expect(existsSync(file)).toBe(false)
      await tmux.press('v')
      await tmux.until('✗ false ended with exit code 1')
      await tmux.press('o')
      await tmux.until(/mode 600[^]*mode 600/)
      await tmux.press('C-c')
      await tmux.until(/▹43 \S Research/)
      await tmux.press('q')
      await expectAsFound(tmux)
    })

    it('ends by a hangup where the terminal goes away, whoever asked not to hear of that, and says nothing', async () => {
      const tmux = new Tmux()
      const file = path.join(folder, 'hangup')
      // A parent that outlives the terminal, to tell how it ended.
      const parent = `process.on("SIGHUP",()=>{}); const child = require("node:child_process").spawn("node", [${JSON.stringify(program)}], {stdio: ["inherit", "inherit", "pipe"]}); let said = ""; child.stderr.on("data", (text) => said += text); child.on("close", (code, signal) => require("node:fs").writeFileSync(${JSON.stringify(file)}, JSON.stringify({code, signal, said})))`
      await writeFile(path.join(folder, 'parent.cjs'), parent)
      await tmux.open(100, 30, `node ${folder}/parent.cjs`)
      await tmux.until(/▸42 \S Summarise/)
      await tmux.close()
      const ended = await vi.waitFor(() => readFile(file, 'utf8'), { timeout: 10_000, interval: 50 })
      expect(JSON.parse(ended)).toEqual({ code: null, signal: 'SIGHUP', said: '' })
    })

    it('shows the error of a crash after the terminal is as it was found', async () => {
      const tmux = await openDemo('crash', 100, 30)
      await expectAsFound(tmux)
      const screen = await tmux.screen()
      expect(screen).toContain('Error: the demo crashes here')
      expect(screen).toContain('exit code 1')
    })
  },
)

import { expect, test } from 'vitest'
import { homeWith } from '../support/provider-home.ts'
import { openShell } from '../support/shell-window.ts'
import { isTmuxInstalled } from '../support/tmux.ts'

const ticking = 'for n in $(seq 600); do echo tick $n; sleep 0.1; done'

test.skipIf(!isTmuxInstalled())(
  'run on a terminal: a spinner, a line a tool call, the answer; Ctrl+C cancels and leaves the terminal as it was (skipped only where tmux is not installed)',
  async () => {
    const { sparky } = await homeWith('anthropic', ({ text }) => {
      if (text.includes('Draw it') && !text.includes('"tool_result"')) {
        const args = { kind: 'visualization', title: 'Sales', data: { Jan: 3, 'März 🎉': 6 }, chart: 'bar' }
        return { calls: [{ name: 'present', args }] }
      }
      if (text.includes('Tick')) return { calls: [{ name: 'run_command', args: { command: ticking } }] }
      return text.includes('"tool_result"')
        ? { text: 'Nothing is here. 世界' }
        : {
            calls: [
              { name: 'list_directory', args: {} },
              { name: 'run_command', args: { command: 'sleep 0.5; exit 3' } },
            ],
          }
    })
    await sparky.start()
    const window = await openShell(sparky, 90, 24)
    const { tmux } = window
    await window.enter('clear; sparky run What is here')
    await tmux.until(/^\S 1 {2}step 1\/50 {2}\d\d:\d\d {3}⚙ run_command .*sleep 0\.5/m)
    const done = await tmux.until(/completed in/)
    expect(done).toMatch(
      /⚙ list_directory +\d+ ms ✓\n.*⚙ run_command .*sleep 0\.5.* m?s ✗ error\n✓ 1 {2}completed in .* · 2 tool calls · 240 tok/,
    )
    expect(done).toMatch(/tok.*\nNothing is here\. 世界\n/)
    expect(done).not.toContain('step 1/50')
    await window.expectAsFound()

    await window.enter('clear; sparky run Tick on; echo "left with $?"')
    // Not the command of before, which stands there until the screen is cleared.
    await tmux.until(/⚙ run_command .*for n in/)
    await tmux.press('C-c')
    const left = await tmux.until(/left with \d+/)
    expect(left).toMatch(/Cancelling task 2[^]*2 {2}cancelled in[^]*left with 130/)
    await window.expectAsFound()
    expect(await sparky.task(2)).toMatchObject({ status: 'cancelled' })

    await window.enter('clear; sparky run Draw it')
    const shown = await tmux.until(/completed in[^]*Nothing is here.*\n\$\s*$/)
    expect(shown).toMatch(/✓\nSales\nJan +█+▌? 3\nMärz 🎉 █+ 6\n✓ 3 {2}completed in .*\nNothing is here/)
    await window.enter('clear; sparky agent tasks result 3')
    expect(await tmux.until(/Nothing is here.*\n\$\s*$/)).toMatch(
      /^Sales\nJan +█+▌? 3\nMärz 🎉 █+ 6\n\nNothing/,
    )

    await window.enter('clear; sparky run What is here 2>/dev/null | cat')
    const piped = await tmux.until(/Nothing is here.*\n\$\s*$/)
    expect(piped.trim().split('\n')).toEqual(['Nothing is here. 世界', '$'])
  },
  30_000,
)

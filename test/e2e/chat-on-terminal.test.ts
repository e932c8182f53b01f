import { expect, test } from 'vitest'
import { homeWith } from '../support/provider-home.ts'
import { openShell } from '../support/shell-window.ts'
import { isTmuxInstalled } from '../support/tmux.ts'

const skippedWithout = '(skipped only where tmux is not installed)'

test.skipIf(!isTmuxInstalled())(
  `chat in a real terminal: calls fold, Esc interrupts, an answer goes on after kill -9, the conversation is there again ${skippedWithout}`,
  async () => {
    const long = { text: `Half of it stands here. ${'And more of it. '.repeat(200)}`, stallAfterBytes: 4_000 }
    const { sparky, server } = await homeWith('openai', [
      { calls: [{ name: 'run_command', args: { command: 'seq 3' } }] },
      { text: '# Found\n\nIt is **three** of them.' },
      long,
      long,
      { text: 'Whole after the restart.' },
      { text: 'The second is answered, too.' },
    ])
    const window = await openShell(sparky, 90, 24)
    const { tmux } = window
    await window.enter('sparky chat --agent default; echo left with $?')
    await tmux.until('● live')
    expect(await tmux.fact('alternate_on')).toBe('1')

    await window.enter('How many?')
    const answered = await tmux.until('It is three of them.')
    expect(answered).toMatch(/> How many\?[^]*⚙ run_command {2}seq 3 .*✓\n └ … 3 · 3 lines ▸/)
    await tmux.press('C-o')
    await tmux.until(/└ 1\n {3}2\n {3}3/)
    await tmux.press('C-o')
    await tmux.until('3 lines ▸')

    await window.enter('Write much')
    await tmux.until('Half of it stands here.')
    await tmux.press('Escape')
    expect(await tmux.until('- Interrupted.')).toContain('Half of it stands here.')

    await window.enter('Write much again')
    await tmux.until(/> Write much again[^]*Half of it stands here\.[^]*▌/)
    await sparky.killDaemon()
    await tmux.until('○ reconnecting')
    await window.enter('And this?')
    expect(await tmux.until('waits for a connection')).toContain('Half of it stands here.')
    await sparky.start()
    const resumed = await tmux.until('The second is answered, too.')
    expect(resumed).toMatch(/> Write much again[^]*Whole after the restart\.[^]*> And this\?[^]*The second/)
    expect(resumed).not.toMatch(/> Write much again[^]*And more of it/)
    expect(server.requests).toHaveLength(6)

    await tmux.press('C-d')
    const left = await tmux.until(/left with \d+/)
    expect(left).toMatch(/sparky chat --conversation [\w-]+ comes back to it\.\nleft with 0/)
    await window.expectAsFound()

    await tmux.resize(40, 20)
    await window.enter('clear; sparky chat --conversation last; echo left with $?')
    await tmux.until('The second is answered, too.')
    await tmux.press('PPage', 'PPage', 'PPage')
    expect(await tmux.until('seq 3')).toContain('End follows')
    await tmux.press('C-c')
    await tmux.until('ctrl+c again leaves')
    await tmux.press('C-c')
    await tmux.until('left with 0')
    await window.expectAsFound()
  },
  60_000,
)

test.skipIf(!isTmuxInstalled())(
  `chat says what is wrong before it takes the terminal, and ends with the terminal ${skippedWithout}`,
  async () => {
    const { sparky } = await homeWith('openai', [])
    const window = await openShell(sparky, 100, 20)
    const { tmux } = window
    await window.enter('sparky chat --agent nobody; echo left with $?')
    expect(await tmux.until(/left with \d+/)).toMatch(/Unknown agent_type: nobody[^]*left with 4/)
    await window.enter('clear; sparky chat --agent liaison; echo left with $?')
    expect(await tmux.until(/left with 2/)).toContain('pillar is required for liaison agent')
    await window.enter('clear; sparky chat --conversation 0123abcd; echo left with $?')
    await tmux.until(/left with 4/)
    expect(await sparky.json(['agent', 'status'])).toMatchObject({ agent_loop: false })
    await window.enter('clear; SPARKY_ENABLE_AGENT_LOOP=true sparky chat')
    await tmux.until('● live')
    expect(await sparky.json(['agent', 'status'])).toMatchObject({ agent_loop: true, sessions: 1 })
    await tmux.close()
    await expect.poll(() => sparky.json(['agent', 'status'])).toMatchObject({ sessions: 0 })
  },
  60_000,
)

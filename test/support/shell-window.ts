import { writeFileSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { Sparky } from './sparky.ts'
import { Tmux } from './tmux.ts'

const bin = path.join(import.meta.dirname, '../../bin/sparky.js')

/** A person's interactive bash in a real terminal, in a folder of its own, with `sparky` at hand. */
export interface ShellWindow {
  readonly tmux: Tmux
  /** Types a line and presses Enter. */
  enter(line: string): Promise<void>
  /** Fails unless the terminal is as the shell had it, and the shell does what it is told. */
  expectAsFound(): Promise<void>
}

export const openShell = async (sparky: Sparky, columns: number, rows: number): Promise<ShellWindow> => {
  const tmux = new Tmux()
  onTestFinished(() => tmux.close())
  const rc = path.join(sparky.home, '..', `bashrc-${columns}`)
  const settings = path.join(sparky.home, '..', `stty-${columns}`)
  const variables = Object.entries(sparky.env).filter(([name]) => name !== 'TERM')
  writeFileSync(
    rc,
    [
      ...variables.map(([name, value]) => `export ${name}='${value}'`),
      'unset NODE_EXTRA_CA_CERTS TMUX VITEST NODE_ENV CI',
      `sparky() { '${process.execPath}' '${bin}' "$@"; }`,
      `cd '${sparky.work}'`,
      `stty -g > '${settings}'`,
      "PS1='$ '",
      'echo ready',
    ].join('\n'),
  )
  await tmux.open(columns, rows, `bash --noprofile --rcfile '${rc}' -i`)
  await tmux.until('ready')
  let asked = 0
  const enter = async (line: string): Promise<void> => {
    await tmux.press('-l', line)
    await tmux.press('Enter')
  }
  return {
    tmux,
    enter,
    expectAsFound: async () => {
      await tmux.until(/\$\s*$/)
      const before = readFileSync(settings, 'utf8')
      asked += 1
      await enter(`stty -g > '${settings}'; echo still-$((${asked} * 7))-here`)
      await tmux.until(`still-${asked * 7}-here`)
      expect(readFileSync(settings, 'utf8')).toBe(before)
      expect(await tmux.fact('alternate_on')).toBe('0')
      expect(await tmux.fact('cursor_flag')).toBe('1')
      expect(await tmux.fact('wrap_flag')).toBe('1')
    },
  }
}

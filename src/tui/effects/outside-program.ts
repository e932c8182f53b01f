import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { sanitize } from '../../protocol/sanitize.ts'

export type OutsideProgram = 'pager' | 'editor'

/**
 * Shows a text in the user's own pager or editor, which has the terminal meanwhile. The text is clean, because many
 * pagers pass on what a terminal obeys. It stands in a file that only the user can read and that is gone afterwards,
 * also if the signal ends the program. Resolves with what went wrong, or null.
 */
export const showOutside = async (
  text: string,
  program: OutsideProgram,
  signal: AbortSignal,
): Promise<string | null> => {
  const commands = commandsFor(program)
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sparky-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  signal.addEventListener('abort', remove)
  try {
    const file = path.join(folder, 'entry.txt')
    await writeFile(file, sanitize(text), { mode: 0o600 })
    for (const command of commands) {
      const ended = await run(command, file, signal)
      if (ended === 'not_found' && command !== commands.at(-1)) continue
      return ended === 'not_found' ? `cannot run ${command}: it is not there` : ended
    }
    return null
  } finally {
    signal.removeEventListener('abort', remove)
    remove()
  }
}

/** What the user chose, or else what most systems have. */
const commandsFor = (program: OutsideProgram): readonly string[] => {
  const { PAGER, VISUAL, EDITOR } = process.env
  const chosen = program === 'pager' ? PAGER : VISUAL || EDITOR
  if (chosen?.trim()) return [chosen]
  return program === 'pager' ? ['less', 'more'] : ['editor', 'nano', 'vi']
}

const notFound = 127
const ctrlC = 130

/** Through a shell, as git does: PAGER and EDITOR may hold arguments. */
const run = async (command: string, file: string, signal: AbortSignal): Promise<string | null> => {
  // Without a shell in between, where that changes nothing: then it is the program itself that a signal ends.
  const exec = /^[\w./ -]+$/.test(command) ? 'exec ' : ''
  const { execa } = await import('execa')
  const args = ['-c', `${exec}${command} "$1"`, 'sparky', file]
  const child = execa('/bin/sh', args, { stdio: 'inherit', reject: false })
  const end = (): void => void child.kill()
  signal.addEventListener('abort', end)
  try {
    const { exitCode, signal: signalCode } = await child
    // Ended by ctrl+c is no failure: that is how some are left.
    if (exitCode === 0 || exitCode === ctrlC || signalCode === 'SIGINT') return null
    if (exitCode === notFound) return 'not_found'
    return `${command} ended with ${signalCode ?? `exit code ${exitCode}`}`
  } finally {
    signal.removeEventListener('abort', end)
  }
}

import { onTestFinished } from 'vitest'
import { runWatch, type WatchOptions } from '../../src/tui/main.tsx'
import { ScriptedSource } from '../fixtures/tui/scripted-source.ts'
import { FakeTerminal } from '../support/fake-terminal.ts'

export interface Watching {
  readonly terminal: FakeTerminal
  readonly source: ScriptedSource
  /** Settles when the screens have ended. */
  readonly ended: Promise<'left' | 'interrupted'>
}

interface Setting extends Partial<WatchOptions> {
  readonly columns?: number
  readonly rows?: number
  /** Tells what has happened before the screens open. */
  readonly story?: (source: ScriptedSource) => void
}

/** `sparky watch` on a fake terminal and a scripted daemon. Leaves when the test is over. */
export const watchOnTerminal = async (setting: Setting = {}): Promise<Watching> => {
  const { columns = 120, rows = 24, story, ...options } = setting
  const source = new ScriptedSource()
  story?.(source)
  const terminal = new FakeTerminal(columns, rows)
  const ended = runWatch({ client: source, stdin: terminal.stdin, stdout: terminal.stdout, ...options })
  onTestFinished(async () => {
    terminal.type('\u0003')
    await ended.catch(() => {})
  })
  ended.catch(() => {})
  // An error that ends the screens before they are there is the test's own.
  const isOpen = (screen: string): boolean => screen.includes('quit') || terminal.written.includes('q leaves')
  await Promise.race([terminal.until(isOpen), ended])
  return { terminal, source, ended }
}

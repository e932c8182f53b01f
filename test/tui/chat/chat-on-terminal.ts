import { onTestFinished } from 'vitest'
import { runChat, type ChatOptions } from '../../../src/tui/main.tsx'
import { ScriptedChat } from '../../fixtures/tui/scripted-chat.ts'
import { FakeTerminal } from '../../support/fake-terminal.ts'

interface Setting extends Partial<ChatOptions> {
  readonly columns?: number
  readonly rows?: number
  /** Tells what has happened before the screen opens. */
  readonly story?: (source: ScriptedChat) => void
}

/** `sparky chat` on a fake terminal and a scripted daemon. Leaves when the test is over. */
export const chatOnTerminal = async ({ columns = 100, rows = 24, story, ...options }: Setting = {}) => {
  const source = new ScriptedChat()
  story?.(source)
  const terminal = new FakeTerminal(columns, rows)
  const ended = runChat({
    source,
    userId: 'user',
    agent: { name: 'guide', pillar: null },
    resumed: null,
    cwd: '/tmp',
    environment: {},
    stdin: terminal.stdin,
    stdout: terminal.stdout,
    ...options,
  })
  ended.catch(() => {})
  onTestFinished(async () => {
    terminal.type('\u0003\u0003\u0003\u0003')
    await ended.catch(() => {})
  })
  await Promise.race([terminal.until(columns < 60 ? '●' : '● live'), ended])
  return { terminal, source, session: source.session, ended }
}

export const taskId = (number: number): string =>
  `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

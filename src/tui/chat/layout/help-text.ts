import type { ChatCommand } from '../input/input-state.ts'
import { chatCommands } from '../state/chat-commands.ts'

const keys: readonly (readonly [string, string])[] = [
  ['Enter', 'send; a message said while the agent works waits for its turn'],
  ['Esc', 'interrupt the running turn; scrolled up: back to the end'],
  ['PgUp PgDn', 'scroll; at the end it follows again. Home, End: while nothing is written'],
  ['Ctrl+O', 'unfold or fold all calls, results and thoughts'],
  ['Tab', 'into the conversation (and the Task Monitor), and back'],
  ['  ↑↓ Space Enter', 'there: the entry above, below; fold it; all of it in $PAGER'],
  ['Ctrl+C', 'clear the input; twice: leave'],
  ['Ctrl+D', 'leave, if nothing is written'],
  ['Ctrl+L Ctrl+Z', 'draw anew; back to the shell for a while'],
]

const wide = 22

const row = (left: string, right: string): string => `${left.padEnd(wide)} ${right}`

/** Every command and key. */
export const helpText = [
  ...chatCommands.map(({ name, takes, help }: ChatCommand) =>
    row(takes === undefined ? `/${name}` : `/${name} ${takes}`, help),
  ),
  row('//…', 'a message that begins with a slash'),
  '',
  ...keys.map(([key, help]) => row(key, help)),
].join('\n')

import type { ChatCommand } from '../input/input-state.ts'

export const chatCommands = [
  { name: 'help', help: 'the commands and the keys' },
  {
    name: 'agent',
    takes: 'NAME[/PILLAR]',
    help: 'talk to another agent, in a conversation of its own; alone: list them',
  },
  { name: 'model', takes: 'NAME', help: 'the model of what is said from now on; "default" goes back' },
  { name: 'new', help: 'begin another conversation with this agent' },
  { name: 'resume', takes: '[ID|last]', help: 'go on with an earlier conversation; alone: choose one' },
  { name: 'rename', takes: 'TITLE', help: 'give the conversation a title' },
  { name: 'export', takes: '[FILE]', help: 'write the conversation to a file, as Markdown' },
  { name: 'clear', help: 'clear the screen; nothing is forgotten' },
  { name: 'tasks', help: 'what runs and what waits, on the screen of sparky watch; q comes back' },
  { name: 'approve', help: 'what waits for your approval, to approve or deny it' },
  { name: 'quit', help: 'leave; a running turn goes on' },
] as const satisfies readonly ChatCommand[]

export type CommandName = (typeof chatCommands)[number]['name']

/** What a line of input means. */
export type Spoken =
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'command'; readonly name: CommandName; readonly rest: string }
  /** It begins with a slash, and there is no such command. */
  | { readonly kind: 'unknown'; readonly name: string; readonly nearest: CommandName | null }

/** A line that begins with a slash is a command; with two, a message that begins with one. */
export const spokenIn = (text: string): Spoken => {
  if (!text.startsWith('/')) return { kind: 'message', text }
  if (text.startsWith('//')) return { kind: 'message', text: text.slice(1) }
  const [word = '', ...rest] = text.slice(1).split(/\s/)
  const wanted = word.toLowerCase() === 'exit' ? 'quit' : word.toLowerCase()
  const command = chatCommands.find(({ name }) => name === wanted)
  if (command !== undefined) return { kind: 'command', name: command.name, rest: rest.join(' ').trim() }
  const near = chatCommands.find(({ name }) => wanted.length > 1 && name.startsWith(wanted))
  return { kind: 'unknown', name: word, nearest: near?.name ?? null }
}

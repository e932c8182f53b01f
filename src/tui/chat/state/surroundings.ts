import type { Agent } from '../../../protocol/agent.ts'
import type { ChatCommand, InputSurroundings } from '../input/input-state.ts'
import { chatCommands } from './chat-commands.ts'
import type { ChatState } from './chat-state.ts'
import { talkingAgents } from './talking-agents.ts'

/** What the input looks at, on a screen of so many columns. */
export const surroundingsOf = (state: ChatState, width: number): InputSurroundings => ({
  width: inputWidth(width),
  history: state.history,
  commands: commandsFor(state.agents),
  found: state.found,
})

/** Beside the sign. */
export const inputWidth = (width: number): number => Math.max(1, width - 2)

let known: { readonly agents: readonly Agent[]; readonly commands: readonly ChatCommand[] } = {
  agents: [],
  commands: chatCommands,
}

/** The commands, with the agents that there are. */
const commandsFor = (agents: readonly Agent[]): readonly ChatCommand[] => {
  if (known.agents !== agents) {
    const choices = talkingAgents(agents).map(({ name, description }) => ({ value: name, help: description }))
    const commands = chatCommands.map((command) =>
      command.name === 'agent' ? { ...command, choices } : command,
    )
    known = { agents, commands }
  }
  return known.commands
}

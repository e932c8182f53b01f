import type { Command } from 'commander'
import { commands, type Commands } from './command-tree.ts'
import type { Context } from './context.ts'

/**
 * Defines the commands that a command line may mean: at each level all names, but only what is named by `words` with
 * its arguments and flags. `all` defines everything.
 */
export const defineCommands = (
  program: Command,
  context: Context,
  words: readonly string[] | 'all',
): Promise<void> => {
  const isWhole = words !== 'all' && namesOneCommand(words)
  return defineLevel(program, { level: commands, usual: undefined, words, isWhole }, context)
}

/** Whether the words begin with a whole command: then nothing beside it can be meant, or has to be listed. */
const namesOneCommand = (words: readonly string[]): boolean => {
  let level = commands
  for (const word of words) {
    const entry = Object.hasOwn(level, word) ? level[word] : undefined
    if (entry === undefined) return false
    if (!('commands' in entry)) return true
    level = entry.commands
  }
  return false
}

interface Level {
  readonly level: Commands
  /** The command of this level that is meant where none of them is named. */
  readonly usual: string | undefined
  readonly words: readonly string[] | 'all'
  /** Leave out what is not named. */
  readonly isWhole: boolean
}

const defineLevel = async (
  parent: Command,
  { level, usual, words, isWhole }: Level,
  context: Context,
): Promise<void> => {
  for (const [name, entry] of Object.entries(level)) {
    if (isWhole && words[0] !== name) continue
    const isUsual = name === usual
    const command = parent.command(name, { isDefault: isUsual }).description(entry.summary)
    const isMeant = words[0] === name || (isUsual && !Object.hasOwn(level, words[0] ?? ''))
    if (words !== 'all' && !isMeant) continue
    if ('commands' in entry) {
      const rest = words === 'all' ? words : words.slice(1)
      const { commands: level, usual } = entry
      await defineLevel(command, { level, usual, words: rest, isWhole }, context)
    } else {
      const loaded = await entry.load()
      const define = typeof loaded === 'function' ? loaded : loaded.define
      define(command.option('--json', 'print JSON'), context)
    }
  }
}

import type { Command } from 'commander'
import { SparkyError } from '../../../../protocol/failure.ts'
import type { Context } from '../../../context.ts'
import { parseTaskRef } from '../../../flags.ts'
import { readPrompt } from '../../../prompt.ts'
import { editedLocks, forEdit, settingsOf, withTaskFlags, type TaskFlags } from '../../../task-flags.ts'

/** Takes away what the task has. No id begins so. */
const none = 'none'

export const define = (command: Command, context: Context): void => {
  forEdit(withTaskFlags(command))
    .option('--no-notify', 'show none')
    .addHelpText(
      'after',
      '\nWhat is not named stays as it is; "none" takes away what --after, --after-any and --lock gave.',
    )
    .argument('<task>', 'number, id or the beginning of an id', parseTaskRef)
    .argument('[prompt...]', 'the new prompt; - reads it from stdin')
    .action(async (id: string, words: string[], flags: TaskFlags) => {
      const { daemon, output, shell } = context
      const changes = {
        ...settingsOf(flags),
        ...(flags.after?.includes(none) && { after: [] }),
        ...(flags.afterAny?.includes(none) && { after_any: [] }),
        ...editedLocks(flags),
        ...(words.length > 0 && { prompt: await readPrompt(words, shell) }),
      }
      if (Object.keys(changes).length === 0) {
        throw new SparkyError('usage', 'expected something to change, found no flag and no prompt', {
          hint: 'sparky help agent tasks edit shows what can be changed',
        })
      }
      const task = await daemon.needBeforeClaims((client) => client.call('editTask', { ...changes, id }))
      output.result(task, () => `Task ${task.number} changed: ${Object.keys(changes).join(', ')}.`)
    })
}

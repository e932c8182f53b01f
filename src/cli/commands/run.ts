import type { Command } from 'commander'
import { addTask, addTaskBodyOf, withAddFlags, type AddFlags } from '../add-task.ts'
import type { Context } from '../context.ts'
import { readPrompt } from '../prompt.ts'
import { runTask } from '../run-task.ts'

interface RunFlags extends AddFlags {
  readonly events?: boolean
}

export const define = (command: Command, context: Context): void => {
  withAddFlags(command)
    .argument('<prompt...>', 'what is to be done; - reads it from stdin')
    .option('--dedupe', 'follow the unfinished task that asks for the same, if there is one')
    .option('--events', 'print every event as a line of JSON, in place of the answer')
    .action(async (words: string[], flags: RunFlags) => {
      const prompt = await readPrompt(words, context.shell)
      const body = addTaskBodyOf(prompt, flags, context.shell.env)
      await runTask(context, {
        id: body.id ?? '',
        start: async (signal) => (await addTask(context, body, signal)).task,
        events: flags.events,
      })
    })
}

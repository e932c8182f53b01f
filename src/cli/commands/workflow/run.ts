import type { Command } from 'commander'
import type { RunWorkflowBody } from '../../../protocol/workflow.ts'
import type { Task } from '../../../protocol/task.ts'
import { askTwice, environmentOf } from '../../add-task.ts'
import type { Context } from '../../context.ts'
import { currentDirectory } from '../../current-directory.ts'
import { newTaskId } from '../../new-task-id.ts'
import { workflowProgress } from '../../output/workflow-progress.ts'
import { readPrompt } from '../../prompt.ts'
import { bringKeys } from '../../provider-keys.ts'
import { runTask } from '../../run-task.ts'
import { settingsOf, withTaskFlags, type TaskFlags } from '../../task-flags.ts'

interface WorkflowFlags extends TaskFlags {
  readonly simulate?: boolean
}

export const define = (command: Command, context: Context): void => {
  withoutAgent(withTaskFlags(command))
    .argument('<name>', 'the name of a workflow')
    .argument('<input...>', 'what it works on; - reads it from stdin')
    .option('--simulate', 'run on samples that are marked as such: no network, no model')
    .action(async (name: string, words: string[], flags: WorkflowFlags) => {
      const { shell, output, daemon } = context
      const cwd = flags.cwd ?? currentDirectory()
      const id = newTaskId()
      const body: RunWorkflowBody = {
        ...settingsOf(flags),
        cwd,
        id,
        input: await readPrompt(words, shell),
        environment: environmentOf(shell.env),
        ...(flags.simulate && { simulate: true }),
      }
      let nodes: readonly string[] = []
      await runTask(context, {
        id,
        start: async (signal) => {
          const task = await start(context, { name, ...body }, signal)
          // The card shows those that are still to come, too.
          if (output.isLively)
            ({ nodes } = await daemon.look().call('showWorkflow', { name, cwd }, { signal }))
          return task
        },
        progressOf: (task, output) => workflowProgress({ task, name, nodes }, output),
        events: output.json,
      })
    })
}

const start = async (
  { daemon, shell, output }: Context,
  params: RunWorkflowBody & { readonly name: string },
  signal: AbortSignal,
): Promise<Task> => {
  await bringKeys(daemon, shell.env, output)
  return askTwice(
    () => daemon.need((client) => client.call('runWorkflow', params, { signal })),
    'the workflow may run all the same: sparky agent tasks list shows it once the daemon answers',
  )
}

/** A workflow is done by its nodes. */
const withoutAgent = (command: Command): Command => {
  const kept = command.options.filter(({ long }) => long !== '--agent' && long !== '--pillar')
  ;(command.options as unknown[]).splice(0, Infinity, ...kept)
  return command
}

import type { Command } from 'commander'
import { addTask, addTaskBodyOf, loopOffNote, withAddFlags, type AddFlags } from '../../../add-task.ts'
import type { Context } from '../../../context.ts'
import { exitCodeOfTask } from '../../../exit-code.ts'
import { followTask } from '../../../follow-task.ts'
import { eventLine } from '../../../output/event-line.ts'
import { endText } from '../../../output/run-progress.ts'
import { standing, statusLabel } from '../../../output/status-label.ts'
import { readPrompt } from '../../../prompt.ts'
import { isEvent } from '../../../../protocol/event-names.ts'
import type { Task } from '../../../../protocol/task.ts'

interface Flags extends AddFlags {
  readonly wait?: boolean
  readonly follow?: boolean
}

export const define = (command: Command, context: Context): void => {
  withAddFlags(command)
    .argument('<prompt...>', 'what is to be done; - reads it from stdin')
    .option('--dedupe', 'return the unfinished task that asks for the same, if there is one')
    .option('--wait', 'return when it has ended, with its exit code')
    .option('--follow', 'print its events until it has ended')
    .action(async (words: string[], flags: Flags) => {
      const { output, shell } = context
      const body = addTaskBodyOf(await readPrompt(words, shell), flags, shell.env)
      const { task, loopIsOn } = await addTask(context, body)
      if (!flags.wait && !flags.follow)
        return output.result(task, () => addedText(task, { isNew: task.id === body.id, loopIsOn }))
      if (!loopIsOn) output.note(loopOffNote)
      const end = await (flags.follow ? follow(task, context) : followTask(context.daemon.look(), task))
      if (!flags.follow && output.json) output.value(end)
      if (!output.json) output.note(endText(end, output.noteStyle))
      context.exitCode = exitCodeOfTask(end)
    })
}

interface AddedFacts {
  /** False where `--dedupe` found one that is there already. */
  readonly isNew: boolean
  readonly loopIsOn: boolean
}

const addedText = (task: Task, { isNew, loopIsOn }: AddedFacts): string => {
  const [, word = task.status] = statusLabel(task.status).split(' ')
  const state = `${word} ${standing(task)}`.trimEnd()
  return `Task ${task.number} ${isNew ? 'added' : 'is there already'} (${state}).${loopIsOn ? '' : `\n${loopOffNote}`}`
}

const follow = ({ number, ...rest }: Task, { daemon, output }: Context): Promise<Task> =>
  followTask(
    daemon.look(),
    { number, ...rest },
    {
      after: rest.first_seq - 1,
      onLine: async (line) => {
        if (!isEvent(line)) return
        if (output.json) await output.jsonLine(line)
        else await output.flow(eventLine(line, String(number), output.style))
      },
    },
  )

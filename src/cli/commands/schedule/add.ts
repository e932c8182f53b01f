import type { Command } from 'commander'
import type { AddScheduleBody } from '../../../protocol/schedule.ts'
import { addTaskBodyOf } from '../../add-task.ts'
import type { Context } from '../../context.ts'
import { nextSentence, whenText } from '../../output/schedule-text.ts'
import { readPrompt } from '../../prompt.ts'
import { bringKeys } from '../../provider-keys.ts'
import { policiesOf, refuseWhenFlags, withScheduleFlags, type ScheduleFlags } from '../../schedule-flags.ts'

interface Flags extends ScheduleFlags {
  readonly disabled?: boolean
  readonly replace?: boolean
}

export const define = (command: Command, context: Context): void => {
  withScheduleFlags(command)
    .argument('<name>', 'what it is called')
    .argument('<when>', 'a cron expression between quotes, such as "0 9 * * 1-5", or "every 1h30m"')
    .argument('<prompt...>', 'what is to be done each time; - reads it from stdin')
    .option('--disabled', 'add it disabled')
    .option('--replace', 'take the place of the schedule of this name')
    .addHelpText('after', examples)
    .action(async (name: string, when: string, words: string[], flags: Flags) => {
      const { daemon, output, shell } = context
      const body = await bodyOf({ name, when, words, flags }, context)
      await bringKeys(daemon, shell.env, output)
      const schedule = await daemon.need((client) => client.call('addSchedule', body))
      output.result(
        schedule,
        () =>
          `Schedule ${schedule.name} added (${whenText(schedule)}). ${nextSentence(schedule, Date.now())}`,
      )
    })
}

const examples = `
Examples:
  sparky schedule add standup "0 9 * * 1-5" "Summarise yesterday's commits" --timezone Europe/Berlin
  sparky schedule add mail "every 15m" "Sort new mail" --overlap skip --max-failures 5`

interface Typed {
  readonly name: string
  readonly when: string
  readonly words: readonly string[]
  readonly flags: Flags
}

const bodyOf = async (typed: Typed, { shell }: Context): Promise<AddScheduleBody> => {
  const { name, flags } = typed
  refuseWhenFlags(flags)
  const { when, words } = withoutQuotes(typed)
  const { id: _, ...task } = addTaskBodyOf(await readPrompt(words, shell), flags, shell.env)
  return {
    ...task,
    name,
    cron: when,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...policiesOf(flags),
    ...(flags.disabled && { enabled: false }),
    ...(flags.replace && { replace: true }),
  }
}

/** `every 5m Do it` and `every 5 minutes Do it`, where the shell has made several words of the time. */
const withoutQuotes = ({ when, words }: Typed): Pick<Typed, 'when' | 'words'> => {
  const inTime = when === 'every' ? timeWords.findIndex((shape) => shape.test(words.join(' '))) + 1 : 0
  return inTime === 0
    ? { when, words }
    : { when: [when, ...words.slice(0, inTime)].join(' '), words: words.slice(inTime) }
}

/** Of one word, and of two: a number alone may be meant in whichever unit. */
const timeWords = [
  /^(\d+(\.\d+)?[smhdw])+ /,
  /^\d+(\.\d+)? (s|m|h|d|w|sec|min|hr|second|minute|hour|day|week)s? /i,
]

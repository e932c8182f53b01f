import type { Command } from 'commander'
import type { AddScheduleBody } from '../../../protocol/schedule.ts'
import { SparkyError } from '../../../protocol/failure.ts'
import {
  catchUpPolicies,
  overlapPolicies,
  type CatchUpPolicy,
  type OverlapPolicy,
} from '../../../protocol/schedule-policies.ts'
import { addTaskBodyOf, type AddFlags } from '../../add-task.ts'
import type { Context } from '../../context.ts'
import { nonEmpty, oneOf, wholeNumber } from '../../flags.ts'
import { nextText, whenText } from '../../output/schedule-text.ts'
import { readPrompt } from '../../prompt.ts'
import { bringKeys } from '../../provider-keys.ts'
import { withTaskFlags } from '../../task-flags.ts'

interface Flags extends AddFlags {
  readonly timezone?: string
  readonly overlap?: OverlapPolicy
  readonly catchUp?: CatchUpPolicy
  readonly maxFailures?: number
  readonly disabled?: boolean
  readonly replace?: boolean
}

export const define = (command: Command, context: Context): void => {
  withTaskFlags(command)
    .argument('<name>', 'what it is called')
    .argument('<when>', 'a cron expression between quotes, such as "0 9 * * 1-5", or "every 1h30m"')
    .argument('<prompt...>', 'what is to be done each time; - reads it from stdin')
    .option(
      '--timezone <zone>',
      "of the cron expression, such as Europe/Berlin (default: this shell's)",
      nonEmpty('--timezone'),
    )
    .option(
      '--overlap <policy>',
      'while its last task has not ended: skip the time (default), queue_one, or all',
      oneOf('--overlap', overlapPolicies),
    )
    .option(
      '--catch-up <policy>',
      'after times were missed, asleep or off: skip them, run once (default), or run all of them',
      oneOf('--catch-up', catchUpPolicies),
    )
    .option(
      '--max-failures <n>',
      'disable it after so many failures in a row (default: never)',
      wholeNumber('--max-failures', { min: 1 }),
    )
    .option('--dedupe', 'add nothing where an unfinished task asks for the same')
    .option('--disabled', 'add it disabled')
    .option('--replace', 'take the place of the schedule of this name')
    .addHelpText('after', examples)
    .action(async (name: string, when: string, words: string[], flags: Flags) => {
      const { daemon, output, shell } = context
      const body = await bodyOf({ name, when, words, flags }, context)
      await bringKeys(daemon, shell.env, output)
      const schedule = await daemon.need((client) => client.call('addSchedule', body))
      output.result(schedule, () => {
        const state = schedule.enabled
          ? `Its next run is ${nextText(schedule, Date.now())}.`
          : 'It is disabled.'
        return `Schedule ${schedule.name} added (${whenText(schedule)}). ${state}`
      })
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
  if (flags.at !== undefined || flags.after !== undefined || flags.afterAny !== undefined) {
    throw new SparkyError(
      'usage',
      'expected no --at, --after or --after-any: the tasks of a schedule start at its times',
    )
  }
  const { when, words } = withoutQuotes(typed)
  const { id: _, ...task } = addTaskBodyOf(await readPrompt(words, shell), flags, shell.env)
  return {
    ...task,
    name,
    cron: when,
    timezone: flags.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(flags.overlap && { overlap: flags.overlap }),
    ...(flags.catchUp && { catch_up: flags.catchUp }),
    ...(flags.maxFailures !== undefined && { max_failures: flags.maxFailures }),
    ...(flags.disabled && { enabled: false }),
    ...(flags.replace && { replace: true }),
  }
}

/** `every 5m Do it`, where the shell has made two words of `every 5m`. */
const withoutQuotes = ({ when, words }: Typed): Pick<Typed, 'when' | 'words'> => {
  const [duration = '', ...rest] = words
  return when === 'every' && /^\d/.test(duration)
    ? { when: `every ${duration}`, words: rest }
    : { when, words }
}

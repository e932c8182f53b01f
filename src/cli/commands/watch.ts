import type { Command } from 'commander'
import { deltaTypes, eventTypes } from '../../protocol/event-names.ts'
import type { Context } from '../context.ts'
import { exitCodes, SparkyError } from '../../protocol/failure.ts'
import { listed, oneOf, parseTaskRef, positiveNumber, wholeNumber } from '../flags.ts'
import { replayLines } from '../replay-lines.ts'
import { watchLines, type LineFilter } from '../watch-lines.ts'
import { watchSource } from '../watch-source.ts'

interface Flags extends LineFilter {
  readonly plain?: boolean
  readonly replay?: boolean
  readonly speed?: number
  readonly screenReader?: boolean
}

const typesOf = (flag: string) => listed(oneOf(flag, [...eventTypes, ...deltaTypes]))

export const define = (command: Command, context: Context): void => {
  command
    .argument('[task...]', 'only these tasks; all if left out')
    .option('--only <type,...>', 'only events of these types', typesOf('--only'))
    .option('--hide <type,...>', 'no events of these types', typesOf('--hide'))
    .option('--errors', 'only what went wrong')
    .option(
      '--since <seq>',
      'begin after the event of this number; 0 for everything',
      wholeNumber('--since', { min: 0 }),
    )
    .option('--plain', 'print lines, also on a terminal')
    .option(
      '--replay',
      'show one task again from its first event, at the pace at which it happened (silences over 10 s are shortened to 10 s; with --json at once)',
    )
    .option(
      '--screen-reader',
      'tell what changes as lines of text, with no drawing; the keys work (also: INK_SCREEN_READER=true)',
    )
    .option('--speed <times>', 'how fast --replay goes at first (default: 1)', positiveNumber('--speed'))
    .action(async (refs: string[], flags: Flags) => {
      const { daemon, output, shell } = context
      const tasks = refs.map(parseTaskRef)
      checkReplay(tasks, flags)
      const client = daemon.look()
      // Says now what is wrong, and not on a screen that is half drawn.
      await client.call('status', {})
      const screenReader = flags.screenReader ?? shell.env['INK_SCREEN_READER'] === 'true'
      const isTerminal = shell.stdout.isTTY && shell.stdin.isTTY
      const onScreen = isTerminal && (screenReader || shell.env['TERM'] !== 'dumb')
      if (flags.plain || output.json || !onScreen) {
        const [only] = tasks
        if (!flags.replay || only === undefined) return watchLines(context, tasks, flags)
        return replayLines(context, only, flags)
      }
      for (const id of tasks) await client.call('showTask', { id })
      const [{ runWatch }, { openFeed }] = await Promise.all([
        import('../../tui/main.tsx'),
        import('../../client/live-feed.ts'),
      ])
      context.interrupts.handOver()
      const ending = await runWatch({
        client: watchSource(context, openFeed),
        tasks,
        errors: flags.errors ?? false,
        screenReader,
        ...(flags.only && { only: flags.only }),
        ...(flags.hide && { hide: flags.hide }),
        ...(flags.since !== undefined && { since: flags.since }),
        ...(flags.replay && { replay: flags.speed ?? 1 }),
      })
      if (ending === 'interrupted') context.exitCode = exitCodes.interrupted
    })
}

const checkReplay = (tasks: readonly string[], { replay, speed }: Flags): void => {
  if (replay && tasks.length !== 1) {
    throw new SparkyError('usage', `expected one task with --replay, found ${tasks.length || 'none'}`, {
      hint: 'sparky watch TASK --replay',
    })
  }
  if (!replay && speed !== undefined) {
    throw new SparkyError('usage', 'expected --speed only together with --replay, found it alone')
  }
}

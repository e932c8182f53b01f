import type { Command } from 'commander'
import { deltaTypes, eventTypes } from '../../protocol/event-names.ts'
import type { Context } from '../context.ts'
import { listed, oneOf, parseTaskRef, wholeNumber } from '../flags.ts'
import { watchLines, type LineFilter } from '../watch-lines.ts'
import { watchSource } from '../watch-source.ts'

interface Flags extends LineFilter {
  readonly plain?: boolean
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
    .action(async (refs: string[], flags: Flags) => {
      const { daemon, output, shell } = context
      const tasks = refs.map(parseTaskRef)
      const client = daemon.look()
      // Says now what is wrong, and not on a screen that is half drawn.
      await client.call('status', {})
      const onScreen = shell.stdout.isTTY && shell.stdin.isTTY && shell.env['TERM'] !== 'dumb'
      if (flags.plain || output.json || !onScreen) return watchLines(context, tasks, flags)
      for (const id of tasks) await client.call('showTask', { id })
      const [{ runWatch }, { openFeed }] = await Promise.all([
        import('../../tui/main.tsx'),
        import('../../client/live-feed.ts'),
      ])
      context.interrupts.handOver()
      await runWatch({
        client: watchSource(context, openFeed),
        tasks,
        errors: flags.errors ?? false,
        ...(flags.only && { only: flags.only }),
        ...(flags.hide && { hide: flags.hide }),
        ...(flags.since !== undefined && { since: flags.since }),
      })
    })
}

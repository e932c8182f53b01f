import type { Command } from 'commander'
import { SparkyError } from '../../../../protocol/failure.ts'
import { sanitize } from '../../../../protocol/sanitize.ts'
import { isFinal } from '../../../../protocol/status.ts'
import type { Task } from '../../../../protocol/task.ts'
import type { Context } from '../../../context.ts'
import { parseTaskRef } from '../../../flags.ts'
import { presentedText } from '../../../output/presented-text.ts'

interface Flags {
  readonly data?: boolean
}

export const define = (command: Command, context: Context): void => {
  command
    .argument('<task>', 'number, id or the beginning of an id', parseTaskRef)
    .option('--data', 'print what was presented with the answer, as JSON; null where nothing was')
    .action(async (id: string, { data }: Flags) => {
      const { output } = context
      const task = await context.daemon.need((client) => client.call('showTask', { id }))
      const payload = task.response_payload
      if (payload === null) throw noAnswer(task)
      if (data) return output.value(payload.data)
      // Only where a person reads the answer: whoever takes it for a program wants nothing beside it.
      const place = output.isOnTerminal ? output.notePlace : null
      const drawing = place === null ? null : await presentedText(payload.data, place)
      if (drawing !== null) output.note(`${drawing}\n`)
      output.result(payload, () => sanitize(payload.answer))
    })
}

const noAnswer = ({ number, status, error }: Task): SparkyError => {
  const why = error === null ? '' : `: ${error.message}`
  return new SparkyError('conflict', `task ${number} is ${status}, so it has no answer${why}`, {
    hint: isFinal(status)
      ? `sparky agent tasks retry ${number} tries it again`
      : `sparky agent tasks wait ${number} waits for it`,
  })
}

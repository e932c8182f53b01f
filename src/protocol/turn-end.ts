import type { EventPayload } from './event.ts'
import type { Failure } from './failure.ts'
import type { ChatReply } from './frames.ts'
import type { Task } from './task.ts'

/** What says whose turn it is. */
export interface AboutTurn {
  readonly agent_type: string
  readonly pillar: string | null
  readonly conversation_id: string
  /** Null where no turn has come of the message. */
  readonly task_id: string | null
}

export const aboutTurn = ({
  id,
  agent,
  conversation_id,
  request_payload: { pillar },
}: Task): AboutTurn & { readonly task_id: string } => ({
  agent_type: agent,
  pillar: typeof pillar === 'string' ? pillar : null,
  conversation_id: conversation_id ?? '',
  task_id: id,
})

/** What is told of a turn that has ended to the one who asked. */
export const turnEnd = (
  about: AboutTurn,
  { status, message, error, changes }: EventPayload<'status'>,
): ChatReply => {
  if (status === 'completed') {
    const { answer = '', data = null } = changes.response_payload ?? {}
    return { type: 'message', ...about, message: answer, data, visualization: null }
  }
  return status === 'failed' && error !== undefined
    ? turnError(about, { code: error.code, message: error.message, hint: null })
    : turnError(about, { code: 'cancelled', message, hint: null })
}

export const turnRemoved = (about: AboutTurn): ChatReply =>
  turnError(about, { code: 'not_found', message: 'the turn was removed', hint: null })

export const turnError = (
  about: AboutTurn,
  { code, message, hint }: Failure,
): Extract<ChatReply, { type: 'error' }> => ({
  type: 'error',
  ...about,
  code,
  message,
  hint,
  data: null,
  visualization: null,
})

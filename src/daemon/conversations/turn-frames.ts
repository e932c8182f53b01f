import type { Delta, EventPayload } from '../../protocol/event.ts'
import type { ChatFrame, ChatReply } from '../../protocol/frames.ts'
import { isFinal, type Task, type TaskStatus } from '../../protocol/task.ts'
import { replyPartsOf } from '../../protocol/presentation.ts'
import { presentedIn } from './presented-in.ts'
import type { TurnFeed } from './turn-feed.ts'

/** What says whose turn it is. */
interface About {
  readonly agent_type: string
  readonly pillar: string | null
  readonly conversation_id: string
  readonly task_id: string
}

/**
 * What is told of a turn to the one who asked, up to its end: fragments while it streams, what it presents, that it has to
 * wait, and what came of it. `held` says what keeps it from starting, where something does.
 */
export async function* turnFrames(
  task: Task,
  feed: Pick<TurnFeed, 'next'>,
  held: string,
): AsyncGenerator<ChatFrame, void, undefined> {
  const about = aboutOf(task)
  let isHeld = held !== ''
  if (isHeld) yield statusFrame(about, task.status, held)
  for (;;) {
    for (const item of await feed.next()) {
      if (!('seq' in item)) {
        yield deltaFrame(about, item)
        continue
      }
      if (item.type === 'tool_result') {
        const presented = presentedIn(item.data)
        if (presented !== null) yield { ...about, ...replyPartsOf(presented) }
      } else if (item.type === 'error') {
        isHeld = true
        yield statusFrame(about, 'in_progress', item.data.message)
      } else if (item.type === 'task_removed') {
        yield errorFrame(about, 'not_found', 'the turn was removed')
        return
      } else if (item.type === 'status') {
        const { status, message } = item.data
        if (isFinal(status)) {
          yield endFrame(about, item.data)
          return
        }
        const goesOn = status === 'in_progress'
        if (!goesOn || isHeld) yield statusFrame(about, status, message)
        isHeld = !goesOn
      }
    }
  }
}

const aboutOf = ({ id, agent, conversation_id, request_payload: { pillar } }: Task): About => ({
  agent_type: agent,
  pillar: typeof pillar === 'string' ? pillar : null,
  conversation_id: conversation_id ?? '',
  task_id: id,
})

const statusFrame = (about: About, status: TaskStatus, message: string): ChatFrame => ({
  type: 'turn_status',
  ...about,
  status,
  message,
})

const deltaFrame = (about: About, delta: Delta): ChatFrame =>
  ({ type: delta.type, ...about, data: delta.data }) as ChatFrame

const endFrame = (about: About, { status, message, error, changes }: EventPayload<'status'>): ChatReply => {
  if (status === 'completed') {
    const { answer = '', data = null } = changes.response_payload ?? {}
    return { type: 'message', ...about, message: answer, data, visualization: null }
  }
  return status === 'failed' && error !== undefined
    ? errorFrame(about, error.code, error.message)
    : errorFrame(about, 'cancelled', message)
}

type ErrorFrame = Extract<ChatReply, { type: 'error' }>

const errorFrame = (about: About, code: ErrorFrame['code'], message: string): ErrorFrame => ({
  type: 'error',
  ...about,
  code,
  message,
  hint: null,
  data: null,
  visualization: null,
})

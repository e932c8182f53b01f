import type { Delta } from '../../protocol/event.ts'
import type { ChatFrame } from '../../protocol/frames.ts'
import { isFinal, type Task, type TaskStatus } from '../../protocol/task.ts'
import { replyPartsOf } from '../../protocol/presentation.ts'
import { aboutTurn, turnEnd, turnRemoved } from '../../protocol/turn-end.ts'
import { presentedIn } from './presented-in.ts'
import type { TurnFeed } from './turn-feed.ts'

/**
 * What is told of a turn to the one who asked, up to its end: fragments while it streams, what it presents, that it has to
 * wait, and what came of it. `held` says what keeps it from starting, where something does.
 */
export async function* turnFrames(
  task: Task,
  feed: Pick<TurnFeed, 'next'>,
  held: string,
): AsyncGenerator<ChatFrame, void, undefined> {
  const about = aboutTurn(task)
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
        yield turnRemoved(about)
        return
      } else if (item.type === 'status') {
        const { status, message } = item.data
        if (isFinal(status)) {
          yield turnEnd(about, item.data)
          return
        }
        const goesOn = status === 'in_progress'
        if (!goesOn || isHeld) yield statusFrame(about, status, message)
        isHeld = !goesOn
      }
    }
  }
}

type About = ReturnType<typeof aboutTurn>

const statusFrame = (about: About, status: TaskStatus, message: string): ChatFrame => ({
  type: 'turn_status',
  ...about,
  status,
  message,
})

const deltaFrame = (about: About, delta: Delta): ChatFrame =>
  ({ type: delta.type, ...about, data: delta.data }) as ChatFrame

import type { Event, StoredEvent } from '../../protocol/event.ts'
import type { Task } from '../../protocol/task.ts'

type TaskAdded = Extract<StoredEvent, { type: 'task_added' }>

/** As long as somebody holds the event, which nobody does for long: of a task that waits only the task is kept. */
const texts = new WeakMap<Event, string>()

/** `JSON.stringify(event)`, in which the text of the task is remembered for who answers with the task. */
export const eventText = (event: StoredEvent): string => {
  if (event.type !== 'task_added') return JSON.stringify(event)
  const text = JSON.stringify(event.data.task)
  texts.set(event, text)
  // The members before it are numbers, a time, an id and a type: the first of this name is the event's own.
  return JSON.stringify({ ...event, data: null }).replace('"data":null', () => `"data":{"task":${text}}`)
}

/** `JSON.stringify(task)`: not made again where one of these events has just added this very task. */
export const taskText = (task: Task, events: readonly StoredEvent[]): string => {
  const added = events.find((event): event is TaskAdded => event.type === 'task_added')
  const text = added?.data.task === task ? texts.get(added) : undefined
  return text ?? JSON.stringify(task)
}

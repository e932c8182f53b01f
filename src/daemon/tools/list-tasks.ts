import * as z from 'zod'
import { taskStatusSchema, type Task } from '../../protocol/task.ts'
import { defineTool } from './tool.ts'

const maxTasks = 100
const maxPromptChars = 100

export const listTasks = defineTool({
  name: 'list_tasks',
  description:
    'Lists the tasks in the queue, newest first, with number, status, agent and the start of the prompt.',
  effect: 'pure',
  input: z.strictObject({
    status: taskStatusSchema.optional().describe('Only tasks with this status. Default: all.'),
  }),
  run: async ({ status }, { queue }) => {
    const tasks = [...(await queue.list(status))].sort((a, b) => b.number - a.number)
    const shown = tasks.slice(0, maxTasks)
    return {
      status: 'ok',
      text: [
        ...(shown.length === 0
          ? [status === undefined ? 'There are no tasks.' : `No task is ${status}.`]
          : shown.map(row)),
        ...(tasks.length > maxTasks ? [`[the newest ${maxTasks} of ${tasks.length} tasks]`] : []),
      ].join('\n'),
      details: {
        count: tasks.length,
        tasks: shown.map(({ id, number, status, agent }) => ({ id, number, status, agent })),
      },
    }
  },
})

const row = ({ number, status, agent, prompt }: Task): string => {
  const line = prompt.replace(/\s+/g, ' ').trim()
  return `#${number}  ${status}  ${agent}  ${line.length <= maxPromptChars ? line : `${line.slice(0, maxPromptChars)}…`}`
}

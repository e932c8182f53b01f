import * as z from 'zod'
import { defined } from '../../protocol/new-task.ts'
import { defineTool } from './tool.ts'

export const addTask = defineTool({
  name: 'add_task',
  description:
    'Adds a task to the queue, for an agent to work on by itself later. Returns its number at once, not its answer. The ' +
    'prompt must say everything, because that agent does not see this conversation.',
  effect: 'once',
  input: z.strictObject({
    prompt: z.string().min(1).max(100_000).describe('What is to be done, complete in itself.'),
    agent: z.string().min(1).max(200).optional().describe('Name of the agent. Default: the default agent.'),
    priority: z.int().min(-1_000_000).max(1_000_000).optional().describe('Higher runs first. Default: 0.'),
    after: z
      .array(z.string().min(1))
      .max(100)
      .optional()
      .describe('Numbers of tasks that must have completed first.'),
  }),
  run: async ({ prompt, agent, priority, after }, { queue }) => {
    const task = await queue.add({ prompt, ...defined({ agent, priority, after }) })
    return {
      status: 'ok',
      text: `Added task #${task.number} (${task.status}).`,
      details: { task_id: task.id, number: task.number, status: task.status },
    }
  },
})

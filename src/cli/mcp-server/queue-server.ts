import { McpServer, type CallToolResult, type ServerContext } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { toFailure } from '../../protocol/failure.ts'
import { isFinal, taskStatuses } from '../../protocol/status.ts'
import { version } from '../../protocol/version.ts'
import { addTask, environmentOf } from '../add-task.ts'
import type { Context } from '../context.ts'
import { currentDirectory } from '../current-directory.ts'
import { parseTaskRef } from '../flags.ts'
import { newTaskId } from '../new-task-id.ts'
import { askAgain } from './ask-again.ts'
import { listedTask, shownTask, shownTaskSchema, taskSentence } from './shown-task.ts'
import { waitForTask } from './wait-for-task.ts'

const instructions =
  'Sparky is a durable queue of tasks that AI agents do in the background on this machine. Hand work over with add_task, ' +
  'go on with your own, and fetch what came of it with wait_task and task_result.'

/** The queue as an MCP server: what another agent needs to hand work to Sparky. Each call starts a daemon where none runs. */
export const queueServer = (context: Context): McpServer => {
  const { daemon, shell } = context
  const server = new McpServer({ name: 'sparky', title: 'Sparky', version }, { instructions })

  server.registerTool(
    'add_task',
    {
      title: 'Add a task',
      description:
        'Adds a task to the queue and returns at once, as soon as it is safely on disk. An agent does it in the background: ' +
        'it has tools for files, commands and the web. Write the prompt so that it says everything; the agent sees nothing else.',
      inputSchema: z.object({
        prompt: z.string().min(1).describe('What is to be done.'),
        agent: z.string().optional().describe('Which agent does it, such as "default" or "liaison/content".'),
        model: z.string().optional().describe('provider/model; left out: what is configured.'),
        cwd: z
          .string()
          .optional()
          .describe('Absolute path of the folder that it works in; left out: where this server works.'),
        context: z
          .unknown()
          .optional()
          .describe('JSON that the agent gets beside the prompt, marked as data.'),
        after: z
          .array(z.string())
          .optional()
          .describe('Tasks that must have completed before, by number or id.'),
        at: z
          .string()
          .optional()
          .describe('When it may start: an ISO 8601 time, or a duration from now such as "10m".'),
        priority: z.number().int().optional().describe('Higher ones start first; default 0.'),
        labels: z.record(z.string(), z.string()).optional().describe('Names and values to find it by.'),
        max_steps: z.number().int().positive().optional(),
        max_cost_usd: z.number().positive().optional(),
        timeout_s: z.number().positive().optional().describe('Seconds that it may take.'),
        dedupe: z
          .boolean()
          .optional()
          .describe('Return the unfinished task that asks for the same, if there is one.'),
      }),
      outputSchema: oneTask,
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: false,
        openWorldHint: true,
      },
    },
    answering(async ({ context: data, ...settings }, { mcpReq: { signal } }) => {
      const body = {
        ...settings,
        ...(data === undefined ? {} : { context: data as never }),
        cwd: settings.cwd ?? currentDirectory(),
        // Sent again after a connection was cut in between, it adds nothing.
        id: newTaskId(),
        environment: environmentOf(shell.env),
      }
      const { task, loopIsOn } = await addTask(context, body, signal)
      const shown = shownTask(task)
      const note = loopIsOn ? '' : ' The agent loop is off: nothing runs it until "sparky agent start".'
      return { text: `${taskSentence(shown)}${note}`, structured: { task: shown } }
    }),
  )

  server.registerTool(
    'list_tasks',
    {
      title: 'List tasks',
      description: 'Lists tasks, newest first; long prompts are cut.',
      inputSchema: z.object({
        status: z.array(z.enum(taskStatuses)).optional().describe('Only those of one of these statuses.'),
        limit: z.number().int().min(1).max(200).optional().describe('How many at most; default 20.'),
      }),
      outputSchema: z.object({ tasks: z.array(shownTaskSchema) }),
      annotations: reads,
    },
    answering(async ({ status, limit = 20 }) => {
      const { tasks } = await askAgain(daemon, (client) =>
        client.call('listTasks', { limit, ...(status === undefined ? {} : { status }) }),
      )
      const listed = tasks.map(listedTask)
      const lines = listed.map((task) => `${taskSentence(task)} ${task.prompt.replaceAll(/\s+/g, ' ')}`)
      return { text: lines.length === 0 ? 'No tasks.' : lines.join('\n'), structured: { tasks: listed } }
    }),
  )

  server.registerTool(
    'show_task',
    {
      title: 'Show a task',
      description: 'Shows how a task stands. Its answer, once it has completed, is what task_result returns.',
      inputSchema: z.object({ task: taskName }),
      outputSchema: oneTask,
      annotations: reads,
    },
    answering(async ({ task: ref }) => {
      const id = refOf(ref)
      const shown = shownTask(await askAgain(daemon, (client) => client.call('showTask', { id })))
      return { text: `${taskSentence(shown)}\n${shown.prompt}`, structured: { task: shown } }
    }),
  )

  server.registerTool(
    'wait_task',
    {
      title: 'Wait for a task',
      description:
        'Waits until a task has ended, or for timeout_s seconds at most; then the task goes on, and may be waited for again. ' +
        'Returns its answer where it has completed.',
      inputSchema: z.object({
        task: taskName,
        timeout_s: z.number().positive().max(3600).optional().describe('Default 45.'),
      }),
      outputSchema: z.object({
        task: shownTaskSchema,
        ended: z.boolean(),
        answer: z.string().nullable(),
      }),
      annotations: reads,
    },
    answering(async ({ task: ref, timeout_s: timeoutS = 45 }, { mcpReq }) => {
      const token = mcpReq._meta?.progressToken
      const { task, isOver } = await waitForTask(daemon, refOf(ref), {
        timeoutMs: timeoutS * 1000,
        signal: mcpReq.signal,
        onProgress: (progress, message) => {
          if (token === undefined) return
          const params = { progressToken: token, progress, message }
          void mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {})
        },
      })
      const shown = shownTask(task)
      const answer = task.response_payload?.answer ?? null
      const again = isOver ? '' : ' It goes on: call wait_task again to wait for its end.'
      return {
        text: answer ?? `${taskSentence(shown)}${again}`,
        structured: { task: shown, ended: isFinal(task.status), answer },
      }
    }),
  )

  server.registerTool(
    'task_result',
    {
      title: 'Result of a task',
      description: 'Returns the answer of a task that has completed.',
      inputSchema: z.object({ task: taskName }),
      outputSchema: z.object({ number: z.number().int(), answer: z.string(), data: z.unknown() }),
      annotations: reads,
    },
    answering(async ({ task: ref }) => {
      const id = refOf(ref)
      const task = await askAgain(daemon, (client) => client.call('showTask', { id }))
      const { number, response_payload: payload } = task
      if (payload === null) {
        return refused({
          code: 'conflict',
          message: `${taskSentence(shownTask(task))} So it has no answer.`,
          hint: null,
        })
      }
      return { text: payload.answer, structured: { number, answer: payload.answer, data: payload.data } }
    }),
  )

  server.registerTool(
    'cancel_task',
    {
      title: 'Cancel a task',
      description:
        'Cancels a task; one that is running is stopped. A task that has ended cannot be cancelled.',
      inputSchema: z.object({ task: taskName }),
      outputSchema: oneTask,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    answering(async ({ task: ref }) => {
      const id = refOf(ref)
      const cancelled = await askAgain(daemon, async (client, isAgain) => {
        const task = isAgain ? await client.call('showTask', { id }) : undefined
        return task?.status === 'cancelled' ? task : client.call('cancelTask', { id })
      })
      const shown = shownTask(cancelled)
      return { text: taskSentence(shown), structured: { task: shown } }
    }),
  )
  return server
}

const oneTask = z.object({ task: shownTaskSchema })
const taskName = z.union([z.string(), z.number()]).describe('Its number, its id, or the beginning of its id.')
const reads = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }

const refOf = (ref: string | number): string => parseTaskRef(String(ref))

interface Answer {
  readonly text: string
  readonly structured: Record<string, unknown>
}

/** A failure is a result that says so, with its code and what to do: the agent that called can act on it. */
const answering =
  <Args>(work: (args: Args, context: ServerContext) => Promise<Answer | CallToolResult>) =>
  async (args: Args, context: ServerContext): Promise<CallToolResult> => {
    try {
      const answer = await work(args, context)
      if (!('text' in answer)) return answer as CallToolResult
      const { text, structured } = answer as Answer
      return { content: [{ type: 'text', text }], structuredContent: structured }
    } catch (error) {
      return refused(toFailure(error))
    }
  }

const refused = ({ code, message, hint }: ReturnType<typeof toFailure>): CallToolResult => ({
  isError: true,
  content: [{ type: 'text', text: [`${code}: ${message}`, ...(hint === null ? [] : [hint])].join('\n') }],
})

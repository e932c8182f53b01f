import type { Model } from '../../../src/daemon/models/model.ts'
import { Queue, type QueueSettings } from '../../../src/daemon/queue/queue.ts'
import type { RunningAttempt } from '../../../src/daemon/queue/running-attempt.ts'
import type { Workflow } from '../../../src/daemon/workflows/define-workflow.ts'
import { checkedWorkflow, localBody } from '../../../src/daemon/workflows/local-body.ts'
import { runWorkflow, type WorkflowParts } from '../../../src/daemon/workflows/run-workflow.ts'
import type { WorkflowProgram } from '../../../src/daemon/workflows/workflow-program.ts'
import type { StoredEvent } from '../../../src/protocol/event.ts'
import { addTaskBody, type AddTaskBody } from '../../../src/protocol/new-task.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { openAgent, type TestAgent } from '../agent/open-agent.ts'
import { scriptedModel } from '../agent/scripted-model.ts'

export interface TestWorkflow extends TestAgent {
  readonly workflowParts: WorkflowParts
  /** Adds a task that runs the workflow. */
  addRun(input?: string, body?: Partial<AddTaskBody>, payload?: { simulate?: boolean }): Promise<Task>
  /** From now on the task runs another workflow under the same name. */
  become(workflow: unknown): void
  /** Claims the task and dies before the nth batch of events is written (from 1); resolves when that moment has come. */
  runUntilDead(batch: number): Promise<'died' | 'ended'>
  /** The same of another daemon, which takes up what the dead one has left. */
  runUntilDeadAgain(batch: number): Promise<'died' | 'ended'>
  /** Another daemon takes up what the dead one has left, and runs it to its end. */
  takeUp(hardStop?: AbortSignal): Promise<Task>
  eventsOf(task: Pick<Task, 'id'>): Promise<StoredEvent[]>
}

const noModel = scriptedModel([])

/** A workflow as one of Sparky's own. */
const programOf = (workflow: unknown): WorkflowProgram => {
  const [checked, outline] = checkedWorkflow(workflow, 'test')
  const { name, description, nodes, simulates } = outline
  return {
    row: { name, description, nodes: nodes.map(({ name }) => name), source: 'built-in', file: null },
    simulates,
    open: async () => localBody(checked, outline),
  }
}

/** A workflow on a real store, with a model of the test's and small tools; waits take no time. */
export const openWorkflow = async (
  workflow: unknown,
  model: Model = noModel,
  fields: Partial<WorkflowParts> = {},
  settings: Partial<QueueSettings> = {},
): Promise<TestWorkflow> => {
  const agent = await openAgent(model, {}, settings)
  let program = programOf(workflow)
  const workflowParts: WorkflowParts = {
    ...agent.parts,
    store: agent.store,
    programOf: async () => program,
    ...fields,
  }
  let { queue } = agent
  const claim = async (): Promise<RunningAttempt> => {
    const attempt = await queue.claim()
    if (attempt === undefined) throw new Error('expected a task to claim, found none')
    return attempt
  }
  const run = async (hardStop = new AbortController().signal): Promise<Task> => {
    const attempt = await claim()
    await runWorkflow(attempt, workflowParts, hardStop)
    return agent.store.resolve(attempt.task.id)
  }
  const runUntilDead = async (batch: number): Promise<'died' | 'ended'> => {
    const attempt = await claim()
    const { mortal, died } = mortalAttempt(attempt, batch)
    const ended = runWorkflow(mortal, workflowParts, new AbortController().signal)
    return Promise.race([died.then(() => 'died' as const), ended.then(() => 'ended' as const)])
  }
  const nextDaemon = async (): Promise<void> => {
    queue = new Queue({ store: agent.store, settings: () => agent.settings })
    await queue.recover()
  }
  return {
    ...agent,
    workflowParts,
    claim,
    finish: (attempt) => runWorkflow(attempt, workflowParts, new AbortController().signal),
    run,
    become: (next) => {
      program = programOf(next)
    },
    addRun: (input = 'go', body = {}, payload = {}) =>
      agent.queue.add(addTaskBody.parse({ prompt: input, ...body }), {
        kind: 'workflow',
        payload: { workflow: 'test', input, simulate: false, ...payload },
      }),
    runUntilDead,
    runUntilDeadAgain: async (batch) => {
      await nextDaemon()
      return runUntilDead(batch)
    },
    takeUp: async (hardStop) => {
      await nextDaemon()
      return run(hardStop)
    },
  }
}

/** An attempt whose daemon is killed right before it writes the nth batch: nothing comes back from then on. */
const mortalAttempt = (
  attempt: RunningAttempt,
  batch: number,
): { mortal: RunningAttempt; died: Promise<void> } => {
  let die = (): void => {}
  const died = new Promise<void>((resolve) => {
    die = resolve
  })
  let batches = 0
  const orDie = async (write: () => Promise<void>): Promise<void> => {
    batches += 1
    if (batches < batch) return write()
    die()
    return new Promise(() => {})
  }
  const { task, signal, settled, endHeldUp } = attempt
  return {
    died,
    mortal: {
      task,
      signal,
      settled,
      endHeldUp,
      stop: (reason) => attempt.stop(reason),
      record: (drafts) => orDie(() => attempt.record(drafts)),
      settle: (outcome, drafts) => orDie(() => attempt.settle(outcome, drafts)),
    },
  }
}

/** What watchers of a workflow were told, as short lines. */
export const watched = (events: readonly StoredEvent[]): string[] =>
  events.flatMap(({ type, data }) => {
    if (type === 'node_update')
      return [`${data.node} ${data.status}${data.error === undefined ? '' : `: ${data.error}`}`]
    if (type === 'tool_update') return [`  ${data.tool} ${data.status}: ${data.message}`]
    if (type === 'workflow_status')
      return [`workflow ${data.status}${data.error === undefined ? '' : `: ${data.error}`}`]
    if (type === 'search_results') return [`found ${data.results.length} for ${data.query}`]
    if (type === 'error') return [`error ${data.code}: ${data.message}`]
    if (type === 'status') return [`task ${data.status}`]
    return []
  })

/** A workflow of one node. */
export const oneNode = (run: Workflow['nodes'][string]['run'], fields: object = {}): Workflow => ({
  description: 'A test',
  start: 'only',
  nodes: { only: { run, ...fields } },
})

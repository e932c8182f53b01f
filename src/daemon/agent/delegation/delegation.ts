import type { Agent } from '../../../protocol/agent.ts'
import { agentName } from '../../../protocol/delegated.ts'
import { SparkyError, toFailure } from '../../../protocol/failure.ts'
import { addTaskBody } from '../../../protocol/new-task.ts'
import type { TaskEnvironment } from '../../../protocol/task-environment.ts'
import { isFinal, type Json, type Task } from '../../../protocol/task.ts'
import type { Queue } from '../../queue/queue.ts'
import type { RunningAttempt } from '../../queue/running-attempt.ts'
import type { Store } from '../../store/store.ts'
import type { Delegate, DelegationWish, Spent } from '../../tools/tool.ts'
import { readHistory } from '../history.ts'
import { limitsLeft } from '../limits.ts'
import type { AgentLog } from '../log.ts'
import { Transcript } from '../transcript.ts'
import { delegatedResult } from './delegated-result.ts'
import { delegatedTaskId, delegationOf, maxDepth, type DelegationFacts } from './delegated-task.ts'
import { mayDelegate, namesOf, splitName, type DelegateChoice } from './delegates.ts'
import { runDelegated } from './run-delegated.ts'

/** The attempt that delegates. */
export interface Caller {
  /** As it was claimed. */
  readonly task: Task
  readonly agent: Agent
  /** Whom it may delegate to. */
  readonly choices: readonly DelegateChoice[]
  readonly environment: TaskEnvironment
  /** Aborts with a `StopReason`. */
  readonly signal: AbortSignal
  /** What it has used so far. */
  readonly spent: () => Spent
  /** What was said and done so far, as text. */
  readonly history: () => string
  readonly queue: Pick<Queue, 'add' | 'claimDelegated'>
  readonly store: Pick<Store, 'task' | 'events' | 'onAppend'>
  /** Runs what was delegated to its end; never rejects. */
  readonly run: (attempt: RunningAttempt) => Promise<void>
  readonly log: AgentLog
}

/**
 * What an attempt's calls of `delegate` do. What is delegated is a task of its own, a child of the caller's; it runs in
 * the caller's slot, under its locks and its limits, and its id follows from the call, so a call that a stop or a crash
 * has cut off takes the same task up again.
 */
export const delegateFor =
  (caller: Caller): Delegate =>
  async (wish, call) => {
    const { store, signal } = caller
    const id = delegatedTaskId(caller.task, call.callId)
    const child = store.task(id) ?? (await addDelegated(caller, wish, { id, callId: call.callId }))
    await call.noted(`delegated to task ${child.number} (${agentName(child)})`)
    await runDelegated(id, { ...caller, callSignal: call.signal, parentNumber: caller.task.number })
    const task = store.task(id) ?? child
    if (signal.aborted && !isFinal(task.status)) {
      return { status: 'error', text: `task ${task.number} goes on when this one does`, goesOn: true }
    }
    const { spent, message } = await lookBack(task, store)
    return delegatedResult({ task, spent, message })
  }

interface CallPlace {
  readonly id: string
  readonly callId: string
}

/** Throws where the caller may not delegate that, with what it may do instead. */
const addDelegated = async (
  caller: Caller,
  wish: DelegationWish,
  { id, callId }: CallPlace,
): Promise<Task> => {
  const { task, agent, choices, environment, queue } = caller
  const facts: DelegationFacts = {
    call_id: callId,
    depth: (delegationOf(task)?.depth ?? 0) + 1,
    with_history: wish.withHistory,
    read_only: agent.permissions === 'read-only',
  }
  if (facts.depth > maxDepth) {
    throw new SparkyError(
      'conflict',
      `this task was delegated itself, ${maxDepth} deep, and may not be delegated further: do it yourself`,
    )
  }
  const wanted = splitName(wish.agent, wish.pillar)
  const alternatives = choices.length === 0 ? 'nobody' : namesOf(choices)
  if (!mayDelegate(agent.delegates, wanted)) {
    const who = wanted.pillar === undefined ? wanted.name : `${wanted.name}/${wanted.pillar}`
    throw new SparkyError('forbidden', `agent ${agent.name} may not delegate to "${who}"`, {
      hint: `It may delegate to: ${alternatives}.`,
    })
  }
  const atMost = limitsLeft(task.limits, caller.spent())
  const choice = choices.find(({ agent: { name } }) => name === wanted.name)
  const body = addTaskBody.parse({
    id,
    prompt: wish.message,
    agent: wanted.name,
    ...(wanted.pillar === undefined ? {} : { pillar: wanted.pillar }),
    // Where its definition leaves the model open, it is that of the caller.
    ...(task.model === null || (choice !== undefined && choice.agent.model !== null)
      ? {}
      : { model: task.model }),
    cwd: task.cwd,
    group: task.group,
    priority: task.priority,
    parent_id: task.id,
    environment,
  })
  try {
    return await queue.add(body, {
      kind: 'agent',
      payload: { delegation: facts as unknown as Json },
      atMost,
      ...(wish.withHistory ? { history: caller.history() } : {}),
    })
  } catch (error) {
    const { code, message, hint } = toFailure(error)
    if (code !== 'not_found' && code !== 'usage') throw error
    throw new SparkyError(code, message, {
      hint: `${hint ?? ''} You may delegate to: ${alternatives}.`.trim(),
    })
  }
}

/** What a delegated task has used, by what it has delegated itself too, and what its last change of status said. */
const lookBack = async (
  task: Task,
  store: Pick<Store, 'events'>,
): Promise<{ readonly spent: Spent; readonly message: string }> => {
  const transcript = new Transcript()
  let message: string = task.status
  await readHistory(transcript, task, store, (event) => {
    if (event.type === 'status') ({ message } = event.data)
  })
  return { spent: transcript.spent, message }
}

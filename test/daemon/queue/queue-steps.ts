import { expect } from 'vitest'
import type { Lane } from '../../../src/daemon/queue/claims.ts'
import type { AttemptOutcome } from '../../../src/daemon/queue/running-attempt.ts'
import { addTaskBody, editTaskBody } from '../../../src/protocol/new-task.ts'
import type { TaskStatus } from '../../../src/protocol/task.ts'
import type { ModelTask, QueueModel } from './queue-model.ts'
import type { QueueUnderTest } from './queue-under-test.ts'

/** What takes more than a line to do to both the queue and its model. */
export interface AddWish {
  readonly after: readonly number[]
  readonly afterAny: readonly number[]
  readonly group: string
  readonly locks: readonly string[]
  readonly priority: number
  readonly delayMs: number | null
  readonly isAsking: boolean
}

export const add = async (model: QueueModel, real: QueueUnderTest, wish: AddWish): Promise<void> => {
  const { group, locks, priority, delayMs } = wish
  const after = numbersOf(model, wish.after)
  const afterAny = numbersOf(model, wish.afterAny).filter((number) => !after.includes(number))
  const wants = wish.isAsking ? ([...after, ...afterAny][0] ?? null) : null
  const notBefore = delayMs === null ? null : model.nowMs + delayMs
  const at = notBefore === null ? {} : { at: new Date(notBefore).toISOString() }
  const prompt = wants === null ? 'do' : `do {{task.${wants}.answer}}`
  const body = { prompt, after, after_any: afterAny, group, locks: [...locks], priority, ...at }
  const task = model.add({ ...ofLoop, after, afterAny, group, locks, priority, notBefore, wants })
  expect((await real.queue.add(addTaskBody.parse(body))).number).toBe(task.number)
}

const ofLoop = { claimant: 'loop', parent: null } as const
const plain = { after: [], afterAny: [], priority: 0, notBefore: null, wants: null } as const

/** A turn of a conversation. */
export const say = async (model: QueueModel, real: QueueUnderTest, conversation: string): Promise<void> => {
  const locks = [`conversation:${conversation}`]
  const task = model.add({ ...plain, claimant: 'chat', parent: null, group: 'default', locks })
  const body = addTaskBody.parse({ prompt: 'do', conversation_id: conversation })
  expect((await real.queue.add(body, { kind: 'chat' })).number).toBe(task.number)
}

/** What runs delegates a part of its task, and runs it or, where it is stopped right then, does not. */
export const delegate = async (
  model: QueueModel,
  real: QueueUnderTest,
  { nth, isRun }: { readonly nth: number; readonly isRun: boolean },
): Promise<void> => {
  const running = model.inStatus('in_progress')
  const whole = running[nth % Math.max(1, running.length)]
  if (whole === undefined) return
  const { number, group } = whole
  const part = model.add({ ...plain, claimant: 'parent', parent: number, group, locks: [] })
  const body = addTaskBody.parse({ prompt: 'do', group, parent_id: real.store.resolve(String(number)).id })
  const added = await real.queue.add(body, { kind: 'agent', payload: { delegation: { depth: 1 } } })
  expect(added.number).toBe(part.number)
  if (isRun) await runPart(model, real, part.number)
}

/** Takes up a part of a task that was parked, or has waited. */
export const runPart = async (model: QueueModel, real: QueueUnderTest, number: number): Promise<void> => {
  const part = model.tasks.get(number)
  if (part?.claimant !== 'parent') return
  const attempt = await real.claimDelegated(number)
  expect(attempt?.task.number).toBe(part.status === 'pending' ? number : undefined)
  if (attempt !== undefined) model.claim(part)
}

export const edit = async (
  model: QueueModel,
  real: QueueUnderTest,
  { nth: n, ...wish }: { readonly nth: number } & Partial<AddWish>,
): Promise<void> => {
  const task = model.nth(n)
  if (task === undefined) return
  const { after, afterAny, delayMs, locks, ...same } = wish
  const notBefore = delayMs === undefined || delayMs === null ? undefined : model.nowMs + delayMs
  const changes = {
    ...same,
    ...(locks && { locks: [...locks] }),
    ...(after && { after: numbersOf(model, after) }),
    ...(afterAny && { afterAny: numbersOf(model, afterAny) }),
  }
  const body = editTaskBody.parse({
    ...same,
    locks: changes.locks,
    after: changes.after,
    after_any: changes.afterAny,
    at: notBefore === undefined ? undefined : new Date(notBefore).toISOString(),
  })
  const id = String(task.number)
  const result = await codeOf(real.queue.edit(id, { ...body, id }))
  expect(result).toBe(model.edit(task, { ...changes, ...(notBefore !== undefined && { notBefore }) }))
}

const numbersOf = (model: QueueModel, positions: readonly number[]): number[] => [
  ...new Set(positions.flatMap((position) => model.nth(position)?.number ?? [])),
]

export const claim = async (
  model: QueueModel,
  real: QueueUnderTest,
  { times, lane }: { readonly times: number; readonly lane: Lane },
): Promise<void> => {
  for (let time = 0; time < times; time += 1) {
    model.wake()
    const next = model.next(lane)
    const attempt = await real.claim(lane)
    expect(attempt?.task.number).toBe(next?.number)
    if (next === undefined || attempt === undefined) return
    if (!next.started) expect(attempt.task.request_payload.prompt).toMatch(promptOf(model, next))
    model.claim(next)
  }
}

const promptOf = (model: QueueModel, { wants }: ModelTask): RegExp => {
  if (wants === null) return /^do$/
  const { status, answer } = model.tasks.get(wants) as ModelTask
  if (status === 'completed') return new RegExp(`^do ${answer}$`)
  return status === 'failed'
    ? new RegExp(`^do \\(task ${wants} failed: .*\\)$`)
    : new RegExp(`^do \\(task ${wants} was cancelled\\)$`)
}

/** Cancels a task; `ending` is what its attempt, if one runs, makes of it when it is told to stop. */
export const cancel = async (
  model: QueueModel,
  real: QueueUnderTest,
  { task, ending }: { readonly task: ModelTask; readonly ending: TaskStatus },
): Promise<void> => {
  const attempt = real.attempts.get(task.number)
  attempt?.signal.addEventListener('abort', () => void attempt.settle(outcomeOf(ending, 'raced', 0)))
  const result = await codeOf(real.queue.cancel(String(task.number), { by: 'test', reason: null }))
  real.attempts.delete(task.number)
  expect(result).toBe(model.cancel(task, ending))
}

/** Ends the nth of the running attempts. */
export const settle = async (
  model: QueueModel,
  real: QueueUnderTest,
  { n, end }: { readonly n: number; readonly end: TaskStatus },
): Promise<void> => {
  const running = model.inStatus('in_progress')
  const task = running[n % Math.max(1, running.length)]
  if (task === undefined) return
  const attempt = real.attempts.get(task.number)
  real.attempts.delete(task.number)
  const answer = `answer ${task.attempt} of ${task.number}`
  const untilMs = model.nowMs + 30_000
  await attempt?.settle(outcomeOf(end, answer, untilMs))
  model.end(task, end, answer)
  if (end === 'waiting') task.until = untilMs
}

const outcomeOf = (end: TaskStatus, answer: string, untilMs: number): AttemptOutcome => {
  const until = new Date(untilMs).toISOString()
  if (end === 'completed') return { kind: 'completed', answer, data: null }
  if (end === 'waiting') return { kind: 'waiting', for: 'rate_limit', until, message: 'later' }
  if (end === 'cancelled') return { kind: 'cancelled', reason: null }
  if (end === 'failed')
    return { kind: 'failed', error: { code: 'internal', message: 'no', retryable: false } }
  return { kind: 'parked', message: 'stopped' }
}

export const codeOf = async (result: Promise<unknown>): Promise<string> => {
  try {
    await result
    return 'done'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

import type { Claimant } from '../../../src/daemon/store/active-tasks.ts'
import { isFinal, type TaskStatus } from '../../../src/protocol/task.ts'

/** A task as the model of the queue has it. */
export interface ModelTask {
  readonly number: number
  readonly claimant: Claimant
  /** The number of the task that has delegated it. */
  readonly parent: number | null
  status: TaskStatus
  priority: number
  group: string
  locks: readonly string[]
  /** Numbers of those that must complete, and of those that need only end. */
  after: readonly number[]
  afterAny: readonly number[]
  /** The number of the task whose answer its prompt asks for. */
  wants: number | null
  notBefore: number | null
  /** While it is waiting. */
  until: number | null
  started: boolean
  attempt: number
  answer: string
}

type Outcome = 'conflict' | 'usage' | 'done'

export const slots = 2
export const groupLimits: Readonly<Record<string, number>> = { narrow: 1 }

/**
 * What the queue promises, said a second time and as plainly as possible: every look goes over all tasks, and what
 * follows from a change is worked out anew for all of them.
 */
export class QueueModel {
  readonly tasks = new Map<number, ModelTask>()
  readonly pausedGroups = new Set<string>()
  paused = false
  nowMs: number
  #lastNumber = 0

  constructor(nowMs: number) {
    this.nowMs = nowMs
  }

  get all(): ModelTask[] {
    return [...this.tasks.values()]
  }

  inStatus(...statuses: TaskStatus[]): ModelTask[] {
    return this.all.filter(({ status }) => statuses.includes(status))
  }

  /** The task that a command means by the nth; undefined where there is none. */
  nth(n: number): ModelTask | undefined {
    return this.all[n % Math.max(1, this.tasks.size)]
  }

  add(fields: Omit<ModelTask, 'number' | 'status' | 'until' | 'started' | 'attempt' | 'answer'>): ModelTask {
    const number = (this.#lastNumber += 1)
    const task: ModelTask = {
      ...fields,
      number,
      status: 'pending',
      until: null,
      started: false,
      attempt: 1,
      answer: '',
    }
    this.tasks.set(number, task)
    this.#follow()
    return task
  }

  edit(task: ModelTask, changes: Partial<ModelTask>): Outcome {
    if (isFinal(task.status) || ['in_progress', 'waiting'].includes(task.status) || task.started)
      return 'conflict'
    if (task.claimant !== 'loop') return 'conflict'
    const after = changes.after ?? task.after
    const afterAny = (changes.afterAny ?? task.afterAny).filter((number) => !after.includes(number))
    if (changes.after !== undefined || changes.afterAny !== undefined) {
      const all = [...after, ...afterAny]
      if (all.some((number) => this.#reaches(number, task.number))) return 'conflict'
      if (after.some((number) => this.#isBroken(number))) return 'conflict'
      if (task.wants !== null && !all.includes(task.wants)) return 'usage'
      if (task.wants !== null && !this.tasks.has(task.wants)) return 'usage'
    }
    Object.assign(task, changes, { after, afterAny })
    this.#follow()
    return 'done'
  }

  /** `ending` is what the attempt, if one runs, makes of it at the same moment. */
  cancel(task: ModelTask, ending: TaskStatus): Outcome {
    if (isFinal(task.status)) return 'conflict'
    if (task.status === 'in_progress' && (ending === 'completed' || ending === 'failed')) {
      this.end(task, ending, 'raced')
      return 'conflict'
    }
    this.end(task, 'cancelled', '')
    return 'done'
  }

  pause(task: ModelTask): Outcome {
    if (task.status === 'paused') return 'done'
    if (!['scheduled', 'blocked', 'pending'].includes(task.status)) return 'conflict'
    if (task.claimant !== 'loop') return 'conflict'
    task.status = 'paused'
    return 'done'
  }

  resume(task: ModelTask): Outcome {
    if (task.status !== 'paused') return 'conflict'
    task.status = (task.notBefore ?? 0) > this.nowMs ? 'scheduled' : 'pending'
    this.#follow()
    return 'done'
  }

  retry(task: ModelTask): Outcome {
    if (task.claimant !== 'loop') return 'conflict'
    if (!isFinal(task.status) || task.after.some((number) => this.#isBroken(number))) return 'conflict'
    if (task.wants !== null && !this.tasks.has(task.wants)) return 'conflict'
    Object.assign(task, { status: 'pending', started: false, notBefore: null, answer: '' })
    task.attempt += 1
    this.#follow()
    return 'done'
  }

  canRemove(task: ModelTask): boolean {
    const isNeeded = this.all.some(
      (other) => other.wants === task.number && !other.started && !isFinal(other.status),
    )
    const whole = this.tasks.get(task.parent ?? 0)
    const isPart = whole !== undefined && !isFinal(whole.status)
    return isFinal(task.status) && !isNeeded && !isPart
  }

  remove(task: ModelTask): Outcome {
    if (!this.canRemove(task)) return 'conflict'
    this.tasks.delete(task.number)
    this.#follow()
    return 'done'
  }

  /** What comes due does so at the next look. */
  wake(): void {
    for (const task of this.inStatus('scheduled', 'waiting')) {
      const due = task.status === 'scheduled' ? task.notBefore : task.until
      if (due === null || due > this.nowMs) continue
      Object.assign(task, { status: 'pending', notBefore: null, until: null })
    }
  }

  next(lane: Claimant): ModelTask | undefined {
    return this.inStatus('pending')
      .filter((task) => task.claimant === lane && this.reasons(task).length === 0)
      .sort(
        (a, b) => Number(b.started) - Number(a.started) || b.priority - a.priority || a.number - b.number,
      )[0]
  }

  claim(task: ModelTask): void {
    Object.assign(task, { status: 'in_progress', started: true, notBefore: null })
  }

  end(task: ModelTask, status: TaskStatus, answer: string): void {
    Object.assign(task, { status, answer, until: null })
    if (isFinal(status)) this.#endParts(task)
    this.#follow()
  }

  /** The codes of `tasks why`, in no order. */
  reasons(task: ModelTask): string[] {
    if (task.status === 'in_progress') return []
    if (isFinal(task.status)) return [task.status]
    const running = this.inStatus('in_progress').filter(({ claimant }) => claimant === 'loop')
    const inGroup = running.filter(({ group }) => group === task.group).length
    const holders = this.inStatus('in_progress', 'waiting').filter((other) => other !== task)
    const ofLoop = [
      ...(this.paused ? ['daemon_paused'] : []),
      ...(running.length >= slots ? ['slot'] : []),
      ...(this.pausedGroups.has(task.group) ? ['group_paused'] : []),
      ...(inGroup >= (groupLimits[task.group] ?? Infinity) ? ['group'] : []),
    ]
    const turnsBefore = this.inStatus('pending').filter(
      ({ claimant, number, locks }) =>
        claimant === 'chat' && number < task.number && locks.some((lock) => task.locks.includes(lock)),
    )
    return [
      ...(task.claimant === 'loop' ? ofLoop : []),
      ...(turnsBefore.length > 0 ? ['conversation'] : []),
      ...(task.claimant === 'parent' ? ['parent'] : []),
      ...(task.status === 'paused' ? ['paused'] : []),
      ...this.#open(task).map(() => 'dependency'),
      ...((task.notBefore ?? 0) > this.nowMs ? ['schedule'] : []),
      ...(task.status === 'waiting' ? ['rate_limit'] : []),
      ...task.locks.filter((lock) => holders.some(({ locks }) => locks.includes(lock))).map(() => 'lock'),
    ]
  }

  /** What was delegated and does not run ends with the one that has delegated it. */
  #endParts({ number }: ModelTask): void {
    for (const part of this.all) {
      if (part.parent !== number || isFinal(part.status) || part.status === 'in_progress') continue
      Object.assign(part, { status: 'cancelled', until: null })
      this.#endParts(part)
    }
  }

  /** What everything else that has not started makes of the change. */
  #follow(): void {
    const idle = this.inStatus('scheduled', 'blocked', 'paused', 'pending').filter(({ started }) => !started)
    for (let failed = true; failed;) {
      const doomed = idle.find(
        ({ status, after }) => status !== 'failed' && after.some((number) => this.#isBroken(number)),
      )
      failed = doomed !== undefined
      if (doomed !== undefined) doomed.status = 'failed'
    }
    for (const task of this.inStatus('scheduled', 'blocked', 'pending')) {
      if (this.#open(task).length > 0) task.status = 'blocked'
      else if (!task.started || task.status === 'blocked')
        task.status = (task.notBefore ?? 0) > this.nowMs ? 'scheduled' : 'pending'
    }
  }

  #open(task: ModelTask): number[] {
    if (task.started) return []
    const ended = (number: number, ...as: TaskStatus[]): boolean => {
      const other = this.tasks.get(number)
      return other === undefined || as.includes(other.status)
    }
    return [
      ...task.after.filter((number) => !ended(number, 'completed')),
      ...task.afterAny.filter((number) => !ended(number, 'completed', 'failed', 'cancelled')),
    ]
  }

  #isBroken(number: number): boolean {
    return ['failed', 'cancelled'].includes(this.tasks.get(number)?.status ?? '')
  }

  #reaches(from: number, to: number): boolean {
    const { after = [], afterAny = [] } = this.tasks.get(from) ?? {}
    return from === to || [...after, ...afterAny].some((number) => this.#reaches(number, to))
  }
}

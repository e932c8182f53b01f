import type { Why } from '../../protocol/api.ts'
import type { Task } from '../../protocol/task.ts'
import type { QueueState } from './admission.ts'
import { claimantOf } from '../store/active-tasks.ts'
import { openDependencies } from './dependencies.ts'

type Reason = Why['reasons'][number]

/** The queue as one look at it finds it. */
export interface Admission extends Omit<QueueState, 'tasks'> {
  /** Those that hold a slot. */
  readonly running: readonly Task[]
  readonly runningIn: ReadonlyMap<string, readonly Task[]>
  /** Lock -> the task that holds it. A waiting task gives its slot back but keeps its locks. */
  readonly locks: ReadonlyMap<string, Task>
  /** Conversation -> the oldest of its turns that chat is to start. */
  readonly turns: ReadonlyMap<string, Task>
}

/** One kind of thing that keeps a task from starting. */
interface Obstacle {
  /** Whether it stands in the way of all queued tasks alike, of all with the same group and locks, or of this one. */
  readonly scope: 'queue' | 'lane' | 'task'
  /** Whether it keeps only those from starting that the agent loop starts, or turns of conversations too. */
  readonly ofLoop: boolean
  /** Asked for every queued task at every look: says no more than yes or no, and costs next to nothing. */
  readonly blocks: (task: Task, admission: Admission) => boolean
  /** What it is, in words; asked only where it blocks. */
  readonly reasons: (task: Task, admission: Admission) => readonly Reason[]
}

/** Whether anything of this scope stands in the way. */
export const isBlocked = (scope: Obstacle['scope'], task: Task, admission: Admission): boolean =>
  byScope[scope].some((obstacle) => isInTheWay(obstacle, task, admission))

/** Whether this one keeps the task from starting. */
export const isInTheWay = ({ ofLoop, blocks }: Obstacle, task: Task, admission: Admission): boolean =>
  (!ofLoop || claimantOf(task) === 'loop') && blocks(task, admission)

/** Everything that can keep a task that is not final and does not run from running. */
export const obstacles: readonly Obstacle[] = [
  {
    scope: 'queue',
    ofLoop: true,
    blocks: (_task, { settings }) => !settings.loopOn,
    reasons: () => [
      { code: 'loop_off', message: 'the agent loop is off; "sparky agent start" switches it on' },
    ],
  },
  {
    scope: 'queue',
    ofLoop: true,
    blocks: (_task, { settings }) => settings.paused,
    reasons: () => [{ code: 'daemon_paused', message: 'the queue is paused; "sparky agent resume" goes on' }],
  },
  {
    scope: 'queue',
    ofLoop: true,
    blocks: (_task, { running, settings }) => running.length >= settings.concurrency,
    reasons: (_task, { running, settings }) => [
      {
        code: 'slot',
        message: `${slots(settings.concurrency)} taken, by ${named(running)}`,
      },
    ],
  },
  {
    scope: 'queue',
    ofLoop: true,
    // What waits for the budget says so itself.
    blocks: ({ status }, { settings }) => status !== 'waiting' && settings.overBudget(null) !== null,
    reasons: (_task, { settings }) => [{ code: 'budget', message: settings.overBudget(null) ?? '' }],
  },
  {
    scope: 'lane',
    ofLoop: true,
    blocks: ({ status, group }, { settings }) => status !== 'waiting' && settings.overBudget(group) !== null,
    reasons: ({ group }, { settings }) => [{ code: 'budget', message: settings.overBudget(group) ?? '' }],
  },
  {
    scope: 'lane',
    ofLoop: true,
    blocks: ({ group }, { settings }) => settings.pausedGroups.has(group),
    reasons: ({ group }) => [
      {
        code: 'group_paused',
        message: `group "${group}" is paused; "sparky agent groups resume ${shellWord(group)}" goes on`,
      },
    ],
  },
  {
    scope: 'lane',
    ofLoop: true,
    blocks: ({ group }, admission) => {
      const most = limitOf(group, admission)
      return most !== undefined && (admission.runningIn.get(group)?.length ?? 0) >= most
    },
    reasons: ({ group }, admission) => [
      {
        code: 'group',
        message: `group "${group}" runs at most ${limitOf(group, admission)} at a time, now ${named(admission.runningIn.get(group) ?? [])}`,
      },
    ],
  },
  {
    scope: 'task',
    ofLoop: false,
    blocks: (task) => claimantOf(task) === 'parent',
    reasons: ({ parent_id }, { find }) => [
      {
        code: 'parent',
        message: `it is a part of task ${find(parent_id ?? '')?.number ?? parent_id}, and runs when that does`,
      },
    ],
  },
  {
    scope: 'task',
    ofLoop: false,
    blocks: ({ status }) => status === 'paused',
    reasons: ({ number }) => [
      { code: 'paused', message: `it is paused; "sparky agent tasks resume ${number}" goes on` },
    ],
  },
  {
    scope: 'task',
    ofLoop: false,
    // What is pending waits for nobody: the status says so, without a look at tasks that may be on disk only.
    blocks: (task, { find }) => task.status !== 'pending' && openDependencies(task, find).length > 0,
    reasons: (task, { find }) =>
      openDependencies(task, find).map(({ number, status, id }) => ({
        code: 'dependency',
        message: `it waits for task ${number} to ${task.depends_on_any.includes(id) ? 'end' : 'complete'}, which is ${status}`,
      })),
  },
  {
    scope: 'task',
    ofLoop: false,
    blocks: ({ not_before }, { now }) => not_before !== null && Date.parse(not_before) > now.getTime(),
    reasons: ({ not_before }) => [{ code: 'schedule', message: `it is not to start before ${not_before}` }],
  },
  {
    scope: 'task',
    ofLoop: false,
    blocks: ({ status }) => status === 'waiting',
    reasons: (task, admission) => [
      {
        code: task.waiting_for?.kind ?? 'waiting',
        message: `it waits for: ${waitedFor(task.waiting_for)}${usedUp(task, admission)}`,
      },
    ],
  },
  {
    scope: 'task',
    ofLoop: false,
    // What comes first in a conversation is first in it, whoever starts it. Chat always does; the loop may be off.
    blocks: (task, admission) => turnBefore(task, admission) !== undefined,
    reasons: (task, admission) => [
      {
        code: 'conversation',
        message: `it goes on with a conversation in which task ${turnBefore(task, admission)?.number} comes first`,
      },
    ],
  },
  {
    scope: 'lane',
    ofLoop: false,
    blocks: ({ id, locks }, admission) => locks.some((lock) => isHeld(lock, id, admission)),
    reasons: ({ id, locks }, admission) =>
      locks
        .filter((lock) => isHeld(lock, id, admission))
        .map((lock) => ({
          code: 'lock',
          message: `lock "${lock}" is held by task ${admission.locks.get(lock)?.number}`,
        })),
  },
]

const inScope = (scope: Obstacle['scope']): readonly Obstacle[] =>
  obstacles.filter((obstacle) => obstacle.scope === scope)

const byScope = { queue: inScope('queue'), lane: inScope('lane'), task: inScope('task') }

const limitOf = (group: string, { settings }: Admission): number | undefined =>
  Object.hasOwn(settings.groupConcurrency, group) ? settings.groupConcurrency[group] : undefined

const isHeld = (lock: string, id: string, { locks }: Admission): boolean => {
  const holder = locks.get(lock)
  return holder !== undefined && holder.id !== id
}

const turnBefore = ({ conversation_id, number }: Task, admission: Admission): Task | undefined => {
  const turn = conversation_id === null ? undefined : admission.turns.get(conversation_id)
  return turn !== undefined && turn.number < number ? turn : undefined
}

const waitedFor = (what: Task['waiting_for']): string => {
  if (what === null) return 'something that it does not name'
  return `${what.kind.replace('_', ' ')}${what.until === null ? '' : `, until ${what.until}`}`
}

/** Which budget it is that a task waits for. */
const usedUp = ({ waiting_for, group }: Task, { settings }: Admission): string => {
  const over =
    waiting_for?.kind === 'budget' ? (settings.overBudget(null) ?? settings.overBudget(group)) : null
  return over === null ? '' : `; ${over}`
}

const slots = (count: number): string => (count === 1 ? 'the only slot is' : `all ${count} slots are`)

const named = (tasks: readonly Task[]): string =>
  `${tasks.length === 1 ? 'task' : 'tasks'} ${tasks.map(({ number }) => number).join(', ')}`

/** As it is typed in a shell. */
const shellWord = (text: string): string =>
  /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

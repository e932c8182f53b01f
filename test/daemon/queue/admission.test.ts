import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  nextTask,
  reasonsAgainst,
  waitingStatus,
  type QueueState,
} from '../../../src/daemon/queue/admission.ts'
import { activeTasksOf, inQueueOrder } from '../../../src/daemon/store/active-tasks.ts'
import { ActiveIndex } from '../../../src/daemon/store/embedded/active-index.ts'
import { taskStatuses, type Task } from '../../../src/protocol/task.ts'
import { aTask } from '../../support/task.ts'

const now = new Date('2026-03-01T12:00:00.000Z')

const queueOf = (tasks: readonly Task[], settings: Partial<QueueState['settings']> = {}): QueueState => ({
  tasks: activeTasksOf(tasks),
  find: (id) => tasks.find((task) => task.id === id),
  settings: {
    loopOn: true,
    paused: false,
    concurrency: 2,
    groupConcurrency: {},
    pausedGroups: new Set(),
    overBudget: () => null,
    ...settings,
  },
  now,
})

const codesAgainst = (task: Task, state: QueueState): string[] =>
  reasonsAgainst(task, state).map(({ code }) => code)

describe('nextTask', () => {
  it('takes the oldest of equal priority', () => {
    expect(
      nextTask(queueOf([aTask({ number: 2 }), aTask({ number: 1 }), aTask({ number: 3 })]))?.number,
    ).toBe(1)
  })

  it('takes a higher priority first', () => {
    expect(nextTask(queueOf([aTask({ number: 1 }), aTask({ number: 2, priority: 5 })]))?.number).toBe(2)
  })

  it('takes what was interrupted before everything else', () => {
    const interrupted = aTask({ number: 3, started_at: '2026-03-01T11:00:00.000Z' })
    expect(nextTask(queueOf([aTask({ number: 1, priority: 9 }), interrupted]))?.number).toBe(3)
  })

  it('skips what may not start for one that may', () => {
    const running = aTask({ number: 1, status: 'in_progress', locks: ['db'] })
    const locked = aTask({ number: 2, locks: ['db'] })
    expect(nextTask(queueOf([running, locked, aTask({ number: 3 })]))?.number).toBe(3)
  })

  it('takes nothing when the loop is off, the queue paused or every slot taken', () => {
    const tasks = [aTask({ number: 1, status: 'in_progress' }), aTask({ number: 2 })]
    expect(nextTask(queueOf(tasks, { loopOn: false }))).toBeUndefined()
    expect(nextTask(queueOf(tasks, { paused: true }))).toBeUndefined()
    expect(nextTask(queueOf(tasks, { concurrency: 1 }))).toBeUndefined()
    expect(nextTask(queueOf(tasks))?.number).toBe(2)
  })

  it('agrees with reasonsAgainst over every kind of obstacle', () => {
    const tasks = [
      aTask({ number: 1, status: 'in_progress', group: 'web', locks: ['db'] }),
      aTask({ number: 2, group: 'web' }),
      aTask({ number: 3, locks: ['db'] }),
      aTask({ number: 4, status: 'scheduled', not_before: '2026-03-01T13:00:00.000Z' }),
      aTask({ number: 5, status: 'paused' }),
      aTask({ number: 6, status: 'blocked', depends_on: [aTask({ number: 1 }).id] }),
      aTask({ number: 7, not_before: '2026-03-01T11:00:00.000Z' }),
    ]
    const state = queueOf(tasks, { concurrency: 3, groupConcurrency: { web: 1 } })
    const free = tasks.filter(
      (task) => task.status !== 'in_progress' && reasonsAgainst(task, state).length === 0,
    )
    expect(free.map(({ number }) => number)).toEqual([7])
    expect(nextTask(state)?.number).toBe(7)
  })
})

it('nextTask takes a task exactly where reasonsAgainst has nothing to say, and the first of those', () => {
  const moment = fc.constantFrom(null, '2026-03-01T11:00:00.000Z', '2026-03-01T13:00:00.000Z')
  const tasks = fc
    .array(
      fc.record({
        status: fc.constantFrom(...taskStatuses),
        priority: fc.integer({ min: 0, max: 2 }),
        group: fc.constantFrom('default', 'web', 'night', 'dear'),
        locks: fc.uniqueArray(fc.constantFrom('a', 'b'), { maxLength: 2 }),
        not_before: moment,
        started_at: moment,
      }),
      { maxLength: 8 },
    )
    .map((fields) => fields.map((each, at) => aTask({ ...each, number: at + 1 })))
  const settings = fc.record({
    loopOn: fc.constantFrom(true, true, true, false),
    paused: fc.constantFrom(false, false, false, true),
    concurrency: fc.integer({ min: 1, max: 4 }),
    groupConcurrency: fc.constant({ web: 1 }),
    pausedGroups: fc.constant(new Set(['night'])),
    overBudget: fc.constant((group: string | null) => (group === 'dear' ? 'used up' : null)),
  })
  fc.assert(
    fc.property(tasks, settings, (all, chosen) => {
      const index = new ActiveIndex()
      for (const task of all) index.change(undefined, task)
      const state = { ...queueOf(all, chosen), tasks: index }
      const free = all.filter((task) => task.status === 'pending' && reasonsAgainst(task, state).length === 0)
      expect(nextTask(state)).toBe(free.toSorted(inQueueOrder)[0])
    }),
    { numRuns: 2000 },
  )
})

describe('reasonsAgainst', () => {
  it('names every reason, not only the first', () => {
    const running = aTask({ number: 1, status: 'in_progress', group: 'web', locks: ['db'] })
    const task = aTask({
      number: 2,
      group: 'web',
      locks: ['db'],
      depends_on: [running.id],
      not_before: '2026-03-01T13:00:00.000Z',
      status: 'paused',
    })
    const state = queueOf([running, task], {
      loopOn: false,
      paused: true,
      concurrency: 1,
      groupConcurrency: { web: 1 },
      pausedGroups: new Set(['web']),
    })
    expect(codesAgainst(task, state)).toEqual([
      'loop_off',
      'daemon_paused',
      'slot',
      'group_paused',
      'group',
      'paused',
      'dependency',
      'schedule',
      'lock',
    ])
  })

  it('has nothing against a task that runs', () => {
    expect(reasonsAgainst(aTask({ status: 'in_progress' }), queueOf([], { paused: true }))).toEqual([])
  })

  it('says that a finished task is final', () => {
    expect(codesAgainst(aTask({ status: 'failed' }), queueOf([]))).toEqual(['failed'])
  })

  it('lets a waiting task keep its locks but not its slot', () => {
    const waiting = aTask({ number: 1, status: 'waiting', locks: ['db'] })
    const state = queueOf([waiting], { concurrency: 1 })
    expect(codesAgainst(aTask({ number: 2, locks: ['db'] }), state)).toEqual(['lock'])
    expect(codesAgainst(aTask({ number: 3 }), state)).toEqual([])
  })
})

describe('waitingStatus', () => {
  const done = aTask({ number: 1, status: 'completed' })
  const open = aTask({ number: 2 })

  it('is blocked by what is not completed, then scheduled by the clock, else pending', () => {
    const state = queueOf([done, open])
    const later = '2026-03-02T00:00:00.000Z'
    expect(
      waitingStatus(aTask({ number: 3, depends_on: [done.id, open.id], not_before: later }), state),
    ).toBe('blocked')
    expect(waitingStatus(aTask({ number: 3, depends_on: [done.id], not_before: later }), state)).toBe(
      'scheduled',
    )
    expect(waitingStatus(aTask({ number: 3, depends_on: [done.id] }), state)).toBe('pending')
  })
})

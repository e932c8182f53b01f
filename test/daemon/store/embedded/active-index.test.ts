import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { activeTasksOf, type ActiveTasks } from '../../../../src/daemon/store/active-tasks.ts'
import type { StoreView } from '../../../../src/daemon/store/store.ts'
import type { EventDraft } from '../../../../src/protocol/event.ts'
import { taskStatuses, type Task } from '../../../../src/protocol/task.ts'
import { added, openStore, removed, taskId } from '../../../support/store-fixtures.ts'

/** Few tasks and few values, so that they meet. */
const nth = fc.integer({ min: 1, max: 5 })
const moment = fc.constantFrom(null, '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z')
const prompt = fc.constantFrom('one', 'two')
const dependencies = fc.uniqueArray(nth.map(taskId), { maxLength: 2 })
const priority = fc.constantFrom(0, 0, 5)
const lane = {
  group: fc.constantFrom('default', 'a'),
  locks: fc.constantFrom<string[][]>([], ['l'], ['l', 'm'], ['m', 'l']),
}

const addition = fc
  .record({
    nth,
    prompt,
    priority,
    depends_on: dependencies,
    not_before: moment,
    kind: fc.constantFrom<Task['kind']>('agent', 'agent', 'chat'),
    parent_id: fc.option(nth.map(taskId)),
    ...lane,
  })
  .map(({ nth: number, ...fields }) => added(number, fields))
const update = fc
  .record({
    nth,
    changes: fc.record({ prompt, priority, depends_on: dependencies, ...lane }, { requiredKeys: [] }),
  })
  .map(({ nth: number, changes }): EventDraft => {
    return { type: 'task_updated', task_id: taskId(number), data: { changes } }
  })
const move = fc
  .record({
    nth,
    status: fc.constantFrom(...taskStatuses),
    not_before: moment,
    until: moment,
    started_at: moment,
  })
  .map(({ nth: number, status, until, ...changes }): EventDraft => {
    const waiting_for = { kind: 'budget' as const, until, approval_id: null }
    const data = { status, previous: 'pending' as const, message: '', changes: { ...changes, waiting_for } }
    return { type: 'status', task_id: taskId(number), data }
  })
const draft = fc.oneof(
  { weight: 3, arbitrary: addition },
  { weight: 2, arbitrary: update },
  { weight: 4, arbitrary: move },
  { weight: 1, arbitrary: nth.map(removed) },
)
/** Some decisions fail in their midst: at a task that is not there, or is already. */
const decision = fc
  .tuple(fc.array(draft, { maxLength: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([drafts, chance]) => (chance === 0 ? [...drafts, removed(9)] : drafts))
/** What is decided in one turn shares a batch. */
const turn = fc.array(decision, { minLength: 1, maxLength: 4 })

test('what is active, in every order, is what a sift of all tasks finds, also while a batch is decided', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 12 }), async (turns) => {
      const { store } = await openStore()
      await store.append(() => [added(1), added(2), added(3), added(4)])
      for (const decisions of turns) {
        const looks: (() => void)[] = []
        await Promise.allSettled(
          decisions.map((drafts) =>
            store.append((view) => {
              const [found, tasks] = [copyOf(view), [...eachOf(view)]]
              looks.push(() => agrees(found, tasks))
              return drafts
            }),
          ),
        )
        // Not in the decision: what is thrown there fails the append alone.
        for (const look of looks) look()
        agrees(copyOf(store), (await store.tasks({ limit: 100 })).tasks)
      }
      await store.close()
    }),
    { numRuns: 60 },
  )
})

const eachOf = function* (view: StoreView): Generator<Task> {
  for (let number = 1; number <= 5; number += 1) {
    const task = view.task(taskId(number))
    if (task !== undefined) yield task
  }
}

const agrees = (found: ReturnType<typeof copyOf>, tasks: readonly Task[]): void => {
  const inOrder = tasks.toSorted((one, other) => one.number - other.number)
  const active = inOrder.filter(({ status }) => !['completed', 'failed', 'cancelled'].includes(status))
  expect(found).toEqual(copyOf({ ...activeTasksOf(inOrder), active: () => active }))
}

/** What every look finds. */
const copyOf = (tasks: ActiveTasks & Pick<StoreView, 'active'>) => ({
  active: [...tasks.active()],
  queued: [...tasks.queued('loop')],
  ofChat: [...tasks.queued('chat')],
  ofOpenGroups: [...tasks.queued('loop', ({ group }) => group === 'a')],
  unlocked: [...tasks.queued('loop', ({ locks }) => locks.includes('l'))],
  running: tasks.running(),
  waiting: tasks.waiting(),
  timed: [...tasks.timed()],
  dependants: Array.from({ length: 5 }, (_, at) => tasks.dependants(taskId(at + 1))),
  children: Array.from({ length: 5 }, (_, at) => tasks.children(taskId(at + 1))),
  prompts: ['one', 'two', 'three'].map((text) => [...tasks.withPrompt(text)]),
})

import * as fc from 'fast-check'
import { expect } from 'vitest'
import { isFinal, taskStatuses, type TaskStatus } from '../../../src/protocol/task.ts'
import type { ModelTask, QueueModel } from './queue-model.ts'
import { add, cancel, claim, codeOf, delegate, edit, runPart, say, settle } from './queue-steps.ts'
import type { QueueUnderTest } from './queue-under-test.ts'

/** What a user, the agent loop or fate may do to the queue, each done to the model as well. */
export type QueueCommand = fc.AsyncCommand<QueueModel, QueueUnderTest>

/** Whose tasks are named by position, which means whatever task is there by then. */
const nth = fc.nat({ max: 12 })
const few = fc.uniqueArray(nth, { maxLength: 2 })
const group = fc.constantFrom('default', 'narrow', 'wide')
const locks = fc.uniqueArray(fc.constantFrom('a', 'b'), { maxLength: 2 })
const priority = fc.integer({ min: -1, max: 1 })
const delayMs = fc.option(fc.constantFrom(-1000, 1000, 60_000), { freq: 2 })
const ending = fc.constantFrom<TaskStatus>('cancelled', 'completed', 'failed', 'pending')

export const commandArbitraries = (): fc.Arbitrary<QueueCommand>[] => [
  // What moves a queue on comes more often than what stops it.
  ...[adding, claiming, settling].flatMap((arbitrary) => Array.from({ length: 5 }, arbitrary)),
  ...inOtherLanes(),
  editing(),
  ...changing(),
  clearing(),
  ...pausing(),
  ...passing(),
]

const adding = (): fc.Arbitrary<QueueCommand> =>
  fc
    .record({ after: few, afterAny: few, group, locks, priority, delayMs, isAsking: fc.boolean() })
    .map((wish) => command(`add ${JSON.stringify(wish)}`, (model, real) => add(model, real, wish)))

const claiming = (): fc.Arbitrary<QueueCommand> =>
  fc
    .nat({ max: 3 })
    .map((n) =>
      command(`claim ${n + 1} times`, (model, real) => claim(model, real, { times: n + 1, lane: 'loop' })),
    )

/** Turns of conversations, and what tasks delegate. */
const inOtherLanes = (): fc.Arbitrary<QueueCommand>[] => [
  fc
    .constantFrom('one', 'two')
    .map((conversation) =>
      command(`say in ${conversation}`, (model, real) => say(model, real, conversation)),
    ),
  fc.constant(command('chat', (model, real) => claim(model, real, { times: 2, lane: 'chat' }))),
  ...Array.from({ length: 2 }, () =>
    fc
      .record({ nth, isRun: fc.boolean() })
      .map((wish) =>
        command(`delegate ${JSON.stringify(wish)}`, (model, real) => delegate(model, real, wish)),
      ),
  ),
  nth.map((n) => onTask('run as a part', n, (task, model, real) => runPart(model, real, task.number))),
]

const settling = (): fc.Arbitrary<QueueCommand> =>
  fc
    .record({
      n: nth,
      end: fc.constantFrom<TaskStatus>('completed', 'completed', 'failed', 'pending', 'waiting'),
    })
    .map(({ n, end }) => command(`settle ${end}`, (model, real) => settle(model, real, { n, end })))

const editing = (): fc.Arbitrary<QueueCommand> =>
  fc
    .record(
      { nth, priority, after: few, afterAny: few, group, locks, delayMs },
      { requiredKeys: ['nth', 'priority'] },
    )
    .map((wish) => command(`edit ${JSON.stringify(wish)}`, (model, real) => edit(model, real, wish)))

const changing = (): fc.Arbitrary<QueueCommand>[] => [
  fc
    .record({ nth, ending })
    .map((wish) =>
      onTask(`cancel, attempt ${wish.ending}`, wish.nth, (task, model, real) =>
        cancel(model, real, { task, ending: wish.ending }),
      ),
    ),
  ...(['pause', 'resume', 'retry', 'remove'] as const).map((verb) =>
    nth.map((n) =>
      onTask(verb, n, async (task, model, real) => {
        expect(await codeOf(real.queue[verb](String(task.number)))).toBe(model[verb](task))
      }),
    ),
  ),
]

const clearing = (): fc.Arbitrary<QueueCommand> =>
  fc.option(fc.constantFrom(...taskStatuses.filter(isFinal)), { nil: undefined }).map((status) =>
    command(`clear ${status ?? 'all'}`, async (model, real) => {
      const ended = model.all.filter(
        (task) => task.claimant !== 'chat' && isFinal(task.status) && (status ?? task.status) === task.status,
      )
      const free = ended.filter((task) => model.canRemove(task))
      const { removed, kept = 0 } = await real.queue.clear(
        status === undefined ? {} : { statuses: new Set([status]) },
      )
      expect({ removed, kept }).toEqual({ removed: free.length, kept: ended.length - free.length })
      for (const task of free) model.remove(task)
    }),
  )

const pausing = (): fc.Arbitrary<QueueCommand>[] => [
  fc.constantFrom(true, false, false, false).map((paused) =>
    command(paused ? 'pause the queue' : 'resume the queue', async (model, real) => {
      await real.queue.setPaused(paused)
      model.paused = paused
    }),
  ),
  fc.tuple(group, fc.constantFrom(true, false, false)).map(([name, paused]) =>
    command(`${paused ? 'pause' : 'resume'} group ${name}`, async (model, real) => {
      await codeOf(real.queue.setGroupPaused(name, paused))
      if (paused) model.pausedGroups.add(name)
      else model.pausedGroups.delete(name)
    }),
  ),
]

const passing = (): fc.Arbitrary<QueueCommand>[] => [
  fc.constantFrom(1000, 59_000).map((ms) =>
    command(`${ms} ms pass`, async (model, real) => {
      model.nowMs += ms
      real.nowMs += ms
    }),
  ),
  fc.constant(
    command('kill and restart', async (model, real) => {
      for (const task of model.inStatus('in_progress')) model.end(task, 'pending', '')
      await real.restart()
    }),
  ),
]

type Run = (model: QueueModel, real: QueueUnderTest) => Promise<void>

const command = (name: string, run: Run): QueueCommand => ({
  check: () => true,
  toString: () => name,
  run: async (model, real) => {
    await run(model, real)
    await compare(model, real)
  },
})

const onTask = (
  name: string,
  n: number,
  run: (task: ModelTask, ...both: Parameters<Run>) => Promise<void>,
): QueueCommand => ({
  ...command(`${name} #${n}`, (model, real) => run(model.nth(n) as ModelTask, model, real)),
  check: (model) => model.tasks.size > 0,
})

const compare = async (model: QueueModel, real: QueueUnderTest): Promise<void> => {
  const found = await real.all()
  const { nowMs } = model
  expect(
    found.map((task) => ({
      number: task.number,
      // What is due becomes pending at the next look.
      status:
        task.status === 'scheduled' && Date.parse(task.not_before ?? '') <= nowMs ? 'pending' : task.status,
      attempt: task.attempt,
      started: task.started_at !== null,
      why: sorted(real.queue.why(task.id).reasons.map(({ code }) => code)),
    })),
  ).toEqual(
    model.all.map((task) => ({
      number: task.number,
      status: task.status === 'scheduled' && (task.notBefore ?? 0) <= nowMs ? 'pending' : task.status,
      attempt: task.attempt,
      started: task.started,
      why: sorted(model.reasons(task)),
    })),
  )
  const counts = Object.fromEntries(taskStatuses.map((status) => [status, 0]))
  for (const { status } of found) counts[status] = (counts[status] ?? 0) + 1
  expect(real.queue.counts()).toEqual(counts)
  expect(sorted(real.queue.running.map(({ task }) => String(task.number)))).toEqual(
    sorted([...real.attempts.keys()].map(String)),
  )
}

const sorted = (texts: readonly string[]): string[] => [...texts].sort()

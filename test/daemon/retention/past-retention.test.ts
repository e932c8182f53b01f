import { describe, expect, it } from 'vitest'
import { pastRetention, type RetentionState } from '../../../src/daemon/retention/past-retention.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { aTask } from '../../support/task.ts'

const dayMs = 86_400_000
const nowMs = Date.parse('2026-06-30T12:00:00.000Z')

/** Finished tasks, oldest first, each with the days since it finished. */
const decide = (days: readonly number[], state: Partial<RetentionState>, fields: Partial<Task>[] = []) => {
  const tasks = days.map((age, index) =>
    aTask({
      number: index + 1,
      status: 'completed',
      finished_at: new Date(nowMs - age * dayMs).toISOString(),
      ...fields[index],
    }),
  )
  const looked: number[] = []
  const decision = pastRetention(
    tasks.map(({ id, number, last_seq: lastSeq }) => ({ id, number, lastSeq })),
    {
      retention: { tasks: null, days: null },
      finishedCount: tasks.length,
      nowMs,
      isNeeded: () => false,
      find: (id) => {
        const task = tasks.find((candidate) => candidate.id === id)
        if (task !== undefined) looked.push(task.number)
        return task
      },
      ...state,
    },
  )
  const past = decision.past.map((id) => tasks.find((task) => task.id === id)?.number)
  return { ...decision, past, looked }
}

describe('past retention', () => {
  it('is nothing where nothing is said', () => {
    expect(decide([900, 1], {})).toMatchObject({ past: [], isEnd: true, looked: [] })
  })

  it('is what is beyond the newest so many, and no further task is looked at', () => {
    expect(decide([4, 3, 2, 1], { retention: { tasks: 2, days: null } })).toMatchObject({
      past: [1, 2],
      isEnd: true,
      looked: [1, 2],
    })
    expect(decide([4, 3], { retention: { tasks: 0, days: null } })).toMatchObject({ past: [1, 2] })
  })

  it('is what finished longer ago than so many days, to a fraction; and when the next one will be', () => {
    const decision = decide([3, 1.5, 1.4, 0.2], { retention: { tasks: null, days: 1.45 } })
    expect(decision).toMatchObject({ past: [1, 2], looked: [1, 2, 3], isEnd: true })
    expect(decision.nextDueMs).toBe(nowMs + Math.round(0.05 * dayMs))
  })

  it('is what either of the two says', () => {
    expect(decide([9, 8, 1], { retention: { tasks: 2, days: 5 } })).toMatchObject({ past: [1, 2] })
    expect(decide([3, 2, 1], { retention: { tasks: 1, days: 5 } })).toMatchObject({ past: [1, 2] })
  })

  it('leaves what somebody needs, and removes no newer one in its place', () => {
    expect(
      decide([4, 3, 2, 1], {
        retention: { tasks: 2, days: null },
        isNeeded: ({ number }) => number === 1,
      }),
    ).toMatchObject({ past: [2], needed: [1], isEnd: true })
  })

  it('leaves turns of a conversation, of whichever kind, and does not count them', () => {
    expect(
      decide([4, 3, 2, 1], { retention: { tasks: 2, days: null } }, [{}, { conversation_id: 'c' }]),
    ).toMatchObject({ past: [1], turns: [2], isEnd: true })
  })

  it('goes on after those given where all of them are past it', () => {
    expect(decide([4, 3], { retention: { tasks: 1, days: null }, finishedCount: 9 })).toMatchObject({
      past: [1, 2],
      isEnd: false,
    })
  })
})

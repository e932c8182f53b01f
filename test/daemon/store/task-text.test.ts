import { describe, expect, it } from 'vitest'
import type { StoredEvent } from '../../../src/protocol/event.ts'
import { eventText, taskText } from '../../../src/daemon/store/task-text.ts'
import { aTask } from '../../support/task.ts'

const addedWith = (prompt: string, hidden: object = {}): Extract<StoredEvent, { type: 'task_added' }> => {
  const task = aTask({ number: 7, prompt, labels: { data: 'null' } })
  const facts = { v: 1, seq: 9, ts: '2026-01-02T03:04:05.006Z', attempt: null, step: null }
  return { ...facts, task_id: task.id, type: 'task_added', data: { task }, ...hidden } as never
}

describe('the text of an event', () => {
  it.each(['plain', '"data":null', "$& $1 $' $`", 'ünï 🙂 \u2028 \ud800'])('is its JSON: %j', (prompt) => {
    const hidden = { private: { environment: { AGENT_MODEL: '"data":null' } } }
    for (const event of [addedWith(prompt), addedWith(prompt, hidden)]) {
      expect(eventText(event)).toBe(JSON.stringify(event))
    }
  })
})

describe('the text of a task', () => {
  it('is that of the event that has just added it, without what is private to the event', () => {
    const event = addedWith('one', { private: { environment: { AGENT_MODEL: 'secret' } } })
    eventText(event)
    expect(taskText(event.data.task, [event])).toBe(JSON.stringify(event.data.task))
  })

  it('is made anew where the task is another by now', () => {
    const event = addedWith('one')
    eventText(event)
    const task = { ...event.data.task, status: 'cancelled' as const }
    expect(taskText(task, [event])).toBe(JSON.stringify(task))
    expect(taskText(task, [])).toBe(JSON.stringify(task))
  })
})

import { describe, expect, it } from 'vitest'
import type { Task } from '../../../src/protocol/task.ts'
import { delegatedTask, depthOf, inTreeOrder, lastDelegated } from '../../../src/tui/state/task-tree.ts'
import { ScriptedSource } from '../../fixtures/tui/scripted-source.ts'

const part = (
  source: ScriptedSource,
  prompt: string,
  parent: Task,
  callId = 'c',
  changes: Partial<Task> = {},
): Task =>
  source.newTask(prompt, {
    parent_id: parent.id,
    request_payload: { prompt, delegation: { call_id: callId, depth: 1 } },
    ...changes,
  })

const tree = () => {
  const source = new ScriptedSource()
  const first = source.newTask('first')
  const second = source.newTask('second')
  const inFirst = part(source, 'in first', first)
  const deeper = part(source, 'deeper', inFirst)
  const again = part(source, 'again in first', first, 'd')
  const added = source.newTask('added by first', { parent_id: first.id })
  return { first, second, inFirst, deeper, again, added }
}

describe('a tree of tasks', () => {
  it('has what was delegated below the one that has, oldest first, and leaves all else where it is', () => {
    const { first, second, inFirst, deeper, again, added } = tree()
    const sorted = [again, second, deeper, added, first, inFirst]
    expect(inTreeOrder(sorted).map(({ prompt }) => prompt)).toEqual([
      'second',
      'added by first',
      'first',
      'in first',
      'deeper',
      'again in first',
    ])
  })

  it('leaves a part where it is while the one that has delegated it is not there', () => {
    const { second, inFirst, deeper } = tree()
    expect(inTreeOrder([deeper, second, inFirst]).map(({ prompt }) => prompt)).toEqual([
      'second',
      'in first',
      'deeper',
    ])
  })

  it('does not lose what says that it is a part of itself, or of its own part', () => {
    const source = new ScriptedSource()
    const one = source.newTask('one')
    const two = part(source, 'two', one)
    const circle = {
      ...one,
      parent_id: two.id,
      request_payload: { prompt: 'one', delegation: { call_id: 'x' } },
    }
    const self = { ...one, id: 'self', parent_id: 'self', request_payload: circle.request_payload }
    const tasks = new Map([circle, two, self].map((task) => [task.id, task]))
    expect(inTreeOrder([circle, two, self])).toHaveLength(3)
    expect(depthOf({ tasks }, circle)).toBeLessThan(10)
  })

  it('knows the depth of each, what a call has delegated, and what was delegated last', () => {
    const { first, second, inFirst, deeper, again, added } = tree()
    const tasks = new Map([first, second, inFirst, deeper, again, added].map((task) => [task.id, task]))
    expect([first, inFirst, deeper, added].map((task) => depthOf({ tasks }, task))).toEqual([0, 1, 2, 0])
    expect(delegatedTask({ tasks }, first.id, 'd')?.prompt).toBe('again in first')
    expect(delegatedTask({ tasks }, first.id, 'e')).toBeNull()
    expect(lastDelegated({ tasks }, first.id)?.prompt).toBe('again in first')
    expect(lastDelegated({ tasks }, second.id)).toBeNull()
  })
})

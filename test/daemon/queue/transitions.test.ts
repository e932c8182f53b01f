import { describe, expect, it } from 'vitest'
import { checkTransition, transitions } from '../../../src/daemon/queue/transitions.ts'
import { isFinal, taskStatuses } from '../../../src/protocol/task.ts'

describe('transitions', () => {
  it('lets any status that is not final become cancelled', () => {
    for (const status of taskStatuses)
      expect(transitions[status].includes('cancelled')).toBe(!isFinal(status))
  })

  it('lets only what has not started be paused', () => {
    const pausable = taskStatuses.filter((status) => transitions[status].includes('paused'))
    expect(pausable).toEqual(['scheduled', 'blocked', 'pending'])
  })

  it('leads out of a final status only to the waiting room of a retry', () => {
    for (const status of taskStatuses.filter(isFinal)) {
      expect(transitions[status].toSorted()).toEqual(['blocked', 'pending'])
    }
  })

  it('starts only what is pending or was waiting', () => {
    const startable = taskStatuses.filter((status) => transitions[status].includes('in_progress'))
    expect(startable).toEqual(['pending', 'waiting'])
  })

  it('refuses every other transition with conflict, naming both states', () => {
    for (const from of taskStatuses) {
      for (const to of taskStatuses) {
        const attempt = (): void => checkTransition({ number: 7, status: from }, to, 'change')
        if (transitions[from].includes(to)) expect(attempt).not.toThrow()
        else {
          expect(attempt).toThrow(
            expect.objectContaining({
              code: 'conflict',
              message: expect.stringMatching(new RegExp(`${from}.*${to}`)),
            }),
          )
        }
      }
    }
  })
})

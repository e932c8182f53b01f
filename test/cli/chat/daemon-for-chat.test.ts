import { describe, expect, it } from 'vitest'
import { isLoopWanted } from '../../../src/cli/chat/daemon-for-chat.ts'

describe('SPARKY_ENABLE_AGENT_LOOP', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['false', false],
    ['0', false],
    ['true', true],
    [' TRUE ', true],
    ['1', true],
  ])('%j switches the loop on for a chat: %s', (value, wanted) => {
    expect(isLoopWanted({ SPARKY_ENABLE_AGENT_LOOP: value })).toBe(wanted)
  })

  it('is refused where it means neither', () => {
    expect(() => isLoopWanted({ SPARKY_ENABLE_AGENT_LOOP: 'maybe' })).toThrow(/true or false, found "maybe"/)
  })
})

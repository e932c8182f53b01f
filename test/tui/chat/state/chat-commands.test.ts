import { describe, expect, it } from 'vitest'
import { spokenIn } from '../../../../src/tui/chat/state/chat-commands.ts'

describe('a line of input', () => {
  it.each([
    ['hello', { kind: 'message', text: 'hello' }],
    ['two\n/quit', { kind: 'message', text: 'two\n/quit' }],
    ['//etc', { kind: 'message', text: '/etc' }],
    ['/new', { kind: 'command', name: 'new', rest: '' }],
    ['/Agent  liaison/content ', { kind: 'command', name: 'agent', rest: 'liaison/content' }],
    ['/rename A title\nof two lines', { kind: 'command', name: 'rename', rest: 'A title of two lines' }],
    ['/exit', { kind: 'command', name: 'quit', rest: '' }],
    ['/mod', { kind: 'unknown', name: 'mod', nearest: 'model' }],
    ['/usr/bin is a folder', { kind: 'unknown', name: 'usr/bin', nearest: null }],
    ['/', { kind: 'unknown', name: '', nearest: null }],
  ])('%j means %j', (text, meaning) => {
    expect(spokenIn(text)).toEqual(meaning)
  })
})

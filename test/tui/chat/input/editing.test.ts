import { describe, expect, it } from 'vitest'
import { ctrl, keys, Typing } from './typing.ts'

describe('the input of the chat', () => {
  it('sends with enter what was typed, and is empty then', () => {
    const input = new Typing().type('hello', keys.enter)
    expect(input.sent).toEqual(['hello'])
    expect(input.rows()).toEqual(['▌'])
  })

  it('sends nothing where there is only white space', () => {
    expect(new Typing().type('  ', keys.enter).sent).toEqual([])
  })

  it.each([
    ['ctrl+j', '\n'],
    ['alt+enter', '\u001B\r'],
    ['shift+enter, where the terminal tells', '\u001B[13;2u'],
    ['shift+enter as xterm tells it', '\u001B[27;2;13~'],
  ])('breaks the line with %s', (_, key) => {
    const input = new Typing().type('one', key, 'two')
    expect(input.rows()).toEqual(['one', 'two▌'])
    expect(input.type(keys.enter).sent).toEqual(['one\ntwo'])
  })

  it('breaks the line with a backslash and enter', () => {
    expect(new Typing().type('one\\', keys.enter, 'two', keys.enter).sent).toEqual(['one\ntwo'])
  })

  it('moves by characters as they are drawn, and removes them whole', () => {
    const input = new Typing().type('a👩‍💻é日')
    expect(input.type(keys.left, keys.left, keys.left, keys.backspace).rows()).toEqual(['▌👩💻é日'])
    expect(input.type(keys.delete).rows()).toEqual(['▌é日'])
  })

  it('moves over the rows of a long line, in its column', () => {
    const input = new Typing({ width: 11 }).type('one two three four')
    expect(input.rows()).toEqual(['one two', 'three four▌'])
    expect(input.type(keys.up).rows()).toEqual(['one two▌', 'three four'])
    expect(input.type(keys.left, keys.left, keys.down).rows()).toEqual(['one two', 'three▌ four'])
  })

  it('goes back to the column that it came from, over a short line', () => {
    const input = new Typing().type('a long line', '\n', 'b', '\n', 'another line', keys.left, keys.left)
    expect(input.type(keys.up, keys.up).rows()).toEqual(['a long lin▌e', 'b', 'another line'])
  })

  it('goes to the ends of the line, and to those of words', () => {
    const input = new Typing().type('alpha beta.gamma', ctrl('a'))
    expect(input.type(keys.wordRight).rows()).toEqual(['alpha▌ beta.gamma'])
    expect(input.type(keys.end, keys.wordLeft).rows()).toEqual(['alpha beta.▌gamma'])
    expect(input.type('\u001B[1;5D').rows()).toEqual(['alpha ▌beta.gamma'])
  })

  it('cuts and puts back', () => {
    const input = new Typing().type('alpha beta gamma', ctrl('w'), ctrl('w'))
    expect(input.rows()).toEqual(['alpha ▌'])
    expect(input.type(ctrl('y')).rows()).toEqual(['alpha beta gamma▌'])
    expect(input.type(ctrl('a'), '\u001Bd', ctrl('k')).rows()).toEqual(['▌'])
    expect(input.type(ctrl('y')).rows()).toEqual(['alpha beta gamma▌'])
    expect(input.type(ctrl('u'), ctrl('y'), ctrl('y')).rows().join('')).toMatch(/^(alpha beta gamma){2}▌$/)
  })

  it('undoes word by word what was typed, and what was cut', () => {
    const input = new Typing().type('alpha beta', ctrl('u'))
    expect(input.type(keys.undo).rows()).toEqual(['alpha beta▌'])
    expect(input.type(keys.undo).rows()).toEqual(['alpha ▌'])
    expect(input.type(keys.undo, keys.undo, keys.undo).rows()).toEqual(['▌'])
  })

  it('leaves to the screen what is not about the message', () => {
    const input = new Typing().type(keys.escape, ctrl('c'), ctrl('d'), '\u001B[5~', keys.tab, keys.up)
    expect(input.ignored).toEqual(['escape', 'ctrl+c', 'ctrl+d', 'page_up', 'tab', 'up'])
  })

  it('shows the rows around the cursor where not all have room', () => {
    const input = new Typing().type('1', '\n', '2', '\n', '3', '\n', '4')
    expect(input.rows(2)).toEqual(['3', '4▌'])
    expect(input.type(keys.up, keys.up, keys.up).rows(2)).toEqual(['1▌', '2'])
  })
})

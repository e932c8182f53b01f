import { describe, expect, it } from 'vitest'
import { maxMessageBytes } from '../../../../src/tui/chat/input/insert.ts'
import { ctrl, keys, Typing } from './typing.ts'

const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index}`).join('\n')

describe('what is pasted into the input', () => {
  it('sends nothing by itself, however many lines it has', () => {
    const input = new Typing().paste('one\r\ntwo\rthree\n')
    expect(input.sent).toEqual([])
    expect(input.rows()).toEqual(['one', 'two', 'three', '▌'])
    expect(input.type(keys.enter).sent).toEqual(['one\ntwo\nthree'])
  })

  it('is shown as one word where it is long, and sent whole', () => {
    const input = new Typing().type('explain ').paste(lines(120)).type(' please')
    expect(input.rows()).toEqual(['explain [pasted 120 lines] please▌'])
    expect(input.type(keys.enter).sent).toEqual([`explain ${lines(120)} please`])
    expect(new Typing().paste('x'.repeat(3000)).rows()).toEqual(['[pasted 3000 characters]▌'])
  })

  it('is moved over, removed, undone, cut and put back as one word', () => {
    const input = new Typing().type('a').paste(lines(20)).paste(lines(30)).type('b')
    expect(input.rows()).toEqual(
      ['a[pasted 20 lines][pasted 30 lines]▌b'].map((row) => row.replace('▌b', 'b▌')),
    )
    expect(input.type(keys.left, keys.left).rows()).toEqual(['a[pasted 20 lines]▌[pasted 30 lines]b'])
    expect(input.type(keys.backspace).rows()).toEqual(['a▌[pasted 30 lines]b'])
    expect(input.type(keys.undo).rows()).toEqual(['a[pasted 20 lines]▌[pasted 30 lines]b'])
    expect(input.type(ctrl('k')).rows()).toEqual(['a[pasted 20 lines]▌'])
    expect(input.type(ctrl('y'), keys.enter).sent).toEqual([`a${lines(20)}${lines(30)}b`])
  })

  it('names no file where it is long: what others wrote attaches nothing', () => {
    const input = new Typing().type('see @a.md ').paste(`@/etc/passwd\n${lines(20)}`)
    input.type(keys.enter)
    expect(input.typed).toEqual(['see @a.md'])
  })

  it('is bounded, and says so until the next key', () => {
    const input = new Typing({ width: 80 }).type('x').paste('é'.repeat(200_000))
    expect(input.popup().join('')).toMatch(/^! Full at 256 KiB: 68,\d+ characters left out\./)
    expect(input.type('y').popup()).toEqual([])
    expect(input.type(keys.backspace, keys.enter).sent.map((text) => Buffer.byteLength(text))).toEqual([
      maxMessageBytes - 1,
    ])
  })

  it('takes no time to speak of, also where it is a bomb', () => {
    const input = new Typing()
    const startedMs = performance.now()
    const piece = `${'x'.repeat(4000)}\n`
    input.type('\u001B[200~', ...Array.from({ length: 2500 }, () => piece), '\u001B[201~')
    expect(input.rows()).toEqual(['[pasted 66 lines]▌'])
    expect(performance.now() - startedMs).toBeLessThan(5000)
    expect(input.popup().join('')).toMatch(/^! Full at 256 KiB: 9,740,\d+ c/)
  })

  it('brings no character that stands for another paste', () => {
    const input = new Typing().paste(lines(20)).paste('a\u{100000}b').type('\u{100000}')
    expect(input.type(keys.enter).sent).toEqual([`${lines(20)}ab`])
  })
})

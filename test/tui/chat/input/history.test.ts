import { describe, expect, it } from 'vitest'
import { ctrl, keys, Typing } from './typing.ts'

const history = ['the oldest', 'one\ntwo', 'the newest']

describe('the history of the input', () => {
  it('is behind the first row, and a draft is there again behind the newest', () => {
    const input = new Typing({ history }).type('a draft', keys.up)
    expect(input.rows()).toEqual(['the newest▌'])
    expect(input.type(keys.up).rows()).toEqual(['one', 'two▌'])
    expect(input.type(keys.up).rows()).toEqual(['one▌', 'two'])
    expect(input.type(keys.up, keys.up, keys.up).rows()).toEqual(['▌the oldest'])
    expect(input.type(keys.down, keys.down, keys.down, keys.down).rows()).toEqual(['a draft▌'])
    expect(input.sent).toEqual([])
  })

  it('may be changed and looked through further: nothing of it is lost before something is sent', () => {
    const input = new Typing({ history }).type('a draft', ctrl('p'), '!', ctrl('p'), '?', ctrl('n'))
    expect(input.rows()).toEqual(['the newest!▌'])
    expect(input.type(ctrl('n')).rows()).toEqual(['a draft▌'])
    expect(input.type(ctrl('p'), ctrl('p'), keys.enter).sent).toEqual(['one\ntwo?'])
    expect(input.type(ctrl('p')).rows()).toEqual(['the newest▌'])
  })

  it('shows a huge message as one paste, any other as it was', () => {
    expect(new Typing({ history: ['x\n'.repeat(30)] }).type(keys.up).rows()).toHaveLength(31)
    const long = `see ${'line\n'.repeat(5000)}`
    const input = new Typing({ history: [long] }).type(keys.up)
    expect(input.rows()).toEqual(['[pasted 5001 lines]▌'])
    expect(input.type(keys.enter).sent).toEqual([long.trim()])
  })

  it('opens no popup for what stood in a message', () => {
    const commands = [{ name: 'help', help: 'the keys' }]
    const input = new Typing({ history: ['/help'], commands }).type(keys.up)
    expect(input.popup()).toEqual([])
    expect(input.type(keys.backspace).popup()).toEqual(['▸ /help  the keys'])
  })

  it('is searched with ctrl+r, and what is found is taken for the input, not sent', () => {
    const input = new Typing({ history, width: 80 }).type('draft', ctrl('r'), 'THE')
    expect(input.rows()).toEqual(['the newest▌'])
    expect(input.popup()).toEqual(['history › THE▌  ⏎ takes it · ^r an older one · esc back'])
    expect(input.type(ctrl('r')).rows()).toEqual(['the oldest▌'])
    expect(input.type(ctrl('r')).popup()).toEqual(['history › THE▌  nothing found'])
    expect(input.type(keys.enter).sent).toEqual([])
    expect(input.type(keys.enter).sent).toEqual(['the oldest'])
  })

  it('gives the draft back where the search is given up, and types into what was found at any other key', () => {
    const input = new Typing({ history }).type('draft', ctrl('r'), 'two', keys.escape)
    expect(input.rows()).toEqual(['draft▌'])
    expect(input.type(ctrl('r'), 'new', keys.home, 'x').rows()).toEqual(['x▌the newest'])
  })
})

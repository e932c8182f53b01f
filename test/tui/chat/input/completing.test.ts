import { describe, expect, it } from 'vitest'
import { pathQuery } from '../../../../src/tui/chat/input/completion.ts'
import type { ChatCommand } from '../../../../src/tui/chat/input/input-state.ts'
import { keys, Typing } from './typing.ts'

const commands: readonly ChatCommand[] = [
  {
    name: 'agent',
    help: 'talk to another agent',
    takes: 'NAME',
    choices: [
      { value: 'guide', help: 'for most things' },
      { value: 'liaison/content', help: 'content' },
    ],
  },
  { name: 'new', help: 'begin another conversation' },
  { name: 'help', help: 'the commands and the keys' },
]

describe('completion of commands', () => {
  it('lists them at a slash, narrows as they are typed, and runs the marked one with enter', () => {
    const input = new Typing({ commands }).type('/')
    expect(input.popup()).toEqual([
      '▸ /agent NAME  talk to another agent',
      '  /new         begin another conversati…',
      '  /help        the commands and the keys',
    ])
    expect(input.type('n').popup()).toEqual(['▸ /new  begin another conversation'])
    expect(input.type(keys.enter).sent).toEqual(['/new'])
  })

  it('goes on to what a command takes, and sends without it where nothing is chosen', () => {
    const input = new Typing({ commands }).type('/a', keys.enter)
    expect(input.sent).toEqual([])
    expect(input.rows()).toEqual(['/agent ▌'])
    expect(input.popup()).toEqual(['  guide            for most things', '  liaison/content  content'])
    expect(input.type(keys.enter).sent).toEqual(['/agent'])
    expect(input.type('/agent liaison', keys.enter).sent).toEqual(['/agent', '/agent liaison'])
    expect(input.type('/agent l', keys.enter).sent).toEqual([
      '/agent',
      '/agent liaison',
      '/agent liaison/content',
    ])
    expect(input.type('/agent ', keys.down, keys.down, keys.tab).rows()).toEqual(['/agent liaison/content▌'])
  })

  it('moves with the arrows, round and round, and closes with esc until another word', () => {
    const input = new Typing({ commands }).type('/', keys.up)
    expect(input.popup().at(-1)).toMatch(/^▸ \/help/)
    expect(input.type(keys.down).popup()[0]).toMatch(/^▸ \/agent/)
    expect(input.type(keys.escape).popup()).toEqual([])
    expect(input.ignored).toEqual([])
    expect(input.type('n').popup()).toEqual([])
    expect(input.type(keys.backspace, keys.backspace, '/').popup()).toHaveLength(3)
  })

  it('is not in the way of a path, of a second line, or of an unknown command', () => {
    expect(new Typing({ commands }).type('/etc/hosts').popup()).toEqual([])
    expect(new Typing({ commands }).type('one', '\n', '/new').popup()).toEqual([])
    expect(new Typing({ commands }).type('/nothing', keys.enter).sent).toEqual(['/nothing'])
  })

  it('shows the marked one among as many rows as there are, and how many more there would be', () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ name: `c${index}`, help: '' }))
    const input = new Typing({ commands: many }).type('/', ...Array.from({ length: 10 }, () => keys.down))
    expect(input.popup(4)).toEqual(['  /c8', '  /c9', '▸ /c10', '  17 more'])
    expect(input.popup(1)).toEqual(['▸ /c10'])
    expect(input.popup(0)).toEqual([])
  })
})

describe('completion of paths', () => {
  it('asks for what is typed behind an @ at the start of a word', () => {
    const query = (...typed: string[]): string | null =>
      pathQuery(new Typing({ found: { query: '', paths: ['src/main.ts'] } }).type(...typed).state)
    expect(query('see @src/m')).toBe('src/m')
    expect(query('(@')).toBe('')
    expect(query('@"my fi')).toBe('my fi')
    expect(query('me@example')).toBeNull()
    expect(query('@done ')).toBeNull()
    expect(query('@src', keys.escape)).toBeNull()
  })

  it('takes the marked one with tab or enter, in quotes where it has spaces, and does not send', () => {
    const found = { query: 'm', paths: ['src/main.ts', 'my file.md', 'more/'] }
    const input = new Typing({ found }).type('see @m')
    expect(input.popup()).toEqual(['▸ src/main.ts', '  my file.md', '  more/'])
    expect(input.type(keys.tab).rows()).toEqual(['see @src/main.ts ▌'])
    expect(input.type('and @m', keys.down, keys.enter).rows()).toEqual([
      'see @src/main.ts and @"my file.md" ▌',
    ])
    expect(input.type('@m', keys.up, keys.enter).rows().join(' ')).toMatch(/@more\/▌$/)
    expect(input.sent).toEqual([])
  })

  it('sends a path that is written out', () => {
    const found = { query: 'a.md', paths: ['a.md'] }
    expect(new Typing({ found }).type('@a.md', keys.enter).sent).toEqual(['@a.md'])
  })

  it('narrows what was found before, while more is looked for', () => {
    const found = { query: 's', paths: ['src/main.ts', 'src/store.ts'] }
    expect(new Typing({ found }).type('@sst').popup()).toEqual(['▸ src/store.ts'])
    expect(new Typing({ found }).type('@x').popup()).toEqual([])
  })

  it('shows what a file name hides', () => {
    const found = { query: '', paths: ['a\u001B[2Jb\u202Ec'] }
    expect(new Typing({ found }).type('@').popup()).toEqual(['▸ a␛[2Jb\uFFFDc'])
  })
})

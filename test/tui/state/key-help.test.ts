import { describe, expect, it } from 'vitest'
import { keyHelp } from '../../../src/tui/state/key-help.ts'
import { bindings, verbOf } from '../../../src/tui/state/keymap.ts'
import { isOfTheLiveScreen, replayBindings, replayVerbOf } from '../../../src/tui/state/replay-keymap.ts'

/** The names of keys by how the help writes them. */
const written: Readonly<Record<string, string>> = {
  '↑': 'up',
  '↓': 'down',
  '←': 'left',
  '→': 'right',
  '⏎': 'return',
  esc: 'escape',
  PgUp: 'page_up',
  PgDn: 'page_down',
  Home: 'home',
  End: 'end',
  Tab: 'tab',
  '⇧Tab': 'shift+tab',
}
const nameOf = (shown: string): string => written[shown] ?? shown.replace(/^\^(.)$/, 'ctrl+$1')

describe('the help screen', () => {
  it('tells of every verb, in words of its own, by keys that do that', () => {
    const [rows = []] = keyHelp(false)
    expect(rows).toHaveLength(bindings.length)
    for (const { verb, keys, shown, help } of bindings) {
      expect(rows).toContainEqual({ keys: shown, help })
      for (const key of shown.split(' ')) {
        expect(keys).toContain(nameOf(key))
        expect(verbOf(nameOf(key))).toBe(verb)
      }
    }
    expect(new Set(bindings.map(({ help }) => help)).size).toBe(bindings.length)
  })

  it('tells in a replay what each key does there, and of no key twice', () => {
    const [own = [], others = []] = keyHelp(true)
    expect(own).toHaveLength(replayBindings.length)
    const told = [...own, ...others].flatMap(({ keys }) => keys.split(' '))
    expect(new Set(told).size).toBe(told.length)
    for (const key of own.flatMap(({ keys }) => keys.split(' ')).filter((key) => key !== '…')) {
      expect(replayVerbOf(nameOf(key))).not.toBeNull()
    }
    for (const { keys } of others) {
      for (const key of keys.split(' ')) {
        expect(replayVerbOf(nameOf(key))).toBeNull()
        expect(isOfTheLiveScreen(verbOf(nameOf(key)) ?? 'cancel')).toBe(false)
      }
    }
  })

  it('knows each digit as a tenth of a replay', () => {
    expect(['1', '5', '9'].map(replayVerbOf)).toEqual(['to_1', 'to_5', 'to_9'])
    expect(replayVerbOf('0')).toBe('to_start')
  })
})

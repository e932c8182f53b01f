import { describe, expect, it } from 'vitest'
import type { Delta } from '../../../src/protocol/event.ts'
import { afterEvent, silent, withDelta, type LiveText } from '../../../src/tui/state/live-text.ts'
import { keepTail } from '../../../src/tui/state/stream.ts'
import { ScriptedSource } from '../../fixtures/tui/scripted-source.ts'

const delta = (text: string, offset: number): Delta => ({
  v: 1,
  ts: '2026-11-20T12:00:00.000Z',
  task_id: 't',
  attempt: 1,
  step: 1,
  type: 'message_delta',
  data: { text, offset },
})
const heard = (...deltas: Delta[]): LiveText => deltas.reduce(withDelta, silent)

describe('live text', () => {
  it.each([
    ['follows on', [delta('Hello', 0), delta(' world', 5)], 'Hello world'],
    ['starts anew at offset 0', [delta('Hello', 0), delta('Bye', 0)], 'Bye'],
    ['is written over where it overlaps', [delta('Hello', 0), delta('lp', 3)], 'Hellp'],
    ['is marked where something was lost', [delta('Hello', 0), delta('you', 12)], 'Hello…you'],
    ['begins with a mark where its beginning was missed', [delta('you', 12), delta(' too', 15)], '…you too'],
  ])('%s', (_, deltas, text) => {
    expect(heard(...deltas).message.text).toBe(text)
  })

  it('ends with the fact that it was about', () => {
    const source = new ScriptedSource()
    const { id } = source.newTask('x')
    const thought = source.emit(id, 'thought', { text: 'hm' })
    const message = source.emit(id, 'message', { role: 'assistant', text: 'Hello' })
    const thinking: Delta = { ...delta('', 0), type: 'thought_delta', data: { text: 'hm', offset: 0 } }
    const speaking = heard(delta('Hello', 0), thinking)
    expect(afterEvent(speaking, thought)).toMatchObject({ thought: { text: '' }, message: { text: 'Hello' } })
    expect(afterEvent(speaking, message)).toMatchObject({ thought: { text: '' }, message: { text: '' } })
  })

  it('keeps the last output of each open call', () => {
    const output = (text: string): Delta => ({
      ...delta('', 0),
      type: 'tool_output',
      data: { call_id: 'a', text },
    })
    const live = heard(output('x'.repeat(5_000)), output('end'))
    expect(live.outputs.get('a')).toBe('x'.repeat(3_997) + 'end')
  })

  it('never cuts a character in half', () => {
    expect(keepTail('a😀b', 2)).toBe('b')
    expect(keepTail('a😀b', 3)).toBe('😀b')
  })
})

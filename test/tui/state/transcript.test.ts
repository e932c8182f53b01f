import { describe, expect, it } from 'vitest'
import type { Event } from '../../../src/protocol/event.ts'
import { itemAt } from '../../../src/tui/state/chunked.ts'
import { everything, isShown } from '../../../src/tui/state/entry-filter.ts'
import type { Entry } from '../../../src/tui/state/entry.ts'
import {
  appendPage,
  emptyTranscript,
  followEvent,
  pageRequested,
  withWholeResult,
  type Transcript,
} from '../../../src/tui/state/transcript.ts'
import { ScriptedSource } from '../../fixtures/tui/scripted-source.ts'

const story = (tell: (source: ScriptedSource, taskId: string) => void): Event[] => {
  const source = new ScriptedSource()
  const task = source.newTask('a prompt')
  tell(source, task.id)
  return source.log
}
const loaded = (events: readonly Event[]): Transcript => appendPage(emptyTranscript('t'), events, true)
const entriesOf = ({ entries }: Transcript): Entry[] => entries.blocks.flat()
const texts = (transcript: Transcript): string[] =>
  entriesOf(transcript).map((entry) =>
    entry.kind === 'text' || entry.kind === 'note' ? entry.text : entry.kind,
  )
const say = (numbers: number[]): Event[] =>
  story((source, id) => {
    for (const number of numbers) source.emit(id, 'message', { role: 'assistant', text: String(number) })
  }).slice(1)

describe('transcript', () => {
  it('joins a tool call with its result', () => {
    const transcript = loaded(
      story((source, id) => {
        source.tool(id, 'a', 'read_file', { path: 'a.md' })
        source.tool(id, 'b', 'read_file', { path: 'b.md' })
        source.result(id, 'b', 'read_file', 'text of b', 7)
      }),
    )
    expect(entriesOf(transcript).slice(1)).toEqual([
      expect.objectContaining({ kind: 'call', callId: 'a', outcome: null }),
      expect.objectContaining({
        kind: 'call',
        callId: 'b',
        outcome: { status: 'ok', durationMs: 7, text: 'text of b', truncated: false, bytes: 9, details: {} },
      }),
    ])
    expect([...transcript.openCalls.keys()]).toEqual(['a'])
  })

  it('completes a node of a workflow with its end, and leaves what an attempt left', () => {
    const node = (id: string, name: string, status: 'executing' | 'completed' | 'failed') =>
      ({ workflow_id: id, node: name, status }) as const
    const transcript = loaded(
      story((source, id) => {
        source.emit(id, 'node_update', node(id, 'a', 'executing'))
        source.emit(id, 'node_update', { ...node(id, 'a', 'completed'), output: { pages: [1, 2] } })
        source.emit(id, 'node_update', node(id, 'b', 'executing'))
        source.status_(id, 'pending', 'The daemon stops')
        source.emit(id, 'node_update', node(id, 'b', 'executing'))
        source.emit(id, 'node_update', { ...node(id, 'b', 'failed'), error: 'no' })
        source.emit(id, 'node_update', node(id, 'c', 'executing'))
      }),
    )
    expect(entriesOf(transcript).filter(({ kind }) => kind === 'node')).toEqual([
      expect.objectContaining({ node: 'a', status: 'completed', durationMs: 1000, summary: 'pages: [1, 2]' }),
      expect.objectContaining({ node: 'b', status: 'left' }),
      expect.objectContaining({ node: 'b', status: 'failed', text: 'no' }),
      expect.objectContaining({ node: 'c', status: 'executing', durationMs: null }),
    ])
    expect([...transcript.openNodes.keys()]).toEqual(['c'])
  })

  it('tells of a tool what its calls do not tell', () => {
    const transcript = loaded(
      story((source, id) => {
        const update = {
          workflow_id: id,
          tool: 'web_search',
          status: 'completed',
          message: 'Found 2',
        } as const
        source.emit(id, 'tool_update', update)
        source.tool(id, 'a', 'web_search', { query: 'x' })
        source.emit(id, 'tool_update', update)
      }),
    )
    const [, before, , after] = entriesOf(transcript) as [Entry, Entry, Entry, Entry]
    expect(before).toMatchObject({ kind: 'note', text: 'web_search: Found 2' })
    expect([before, after].map((entry) => isShown(entry, everything))).toEqual([true, false])
    const asked = { ...everything, only: new Set(['tool_update']) }
    expect([before, after].map((entry) => isShown(entry, asked))).toEqual([true, true])
  })

  it('takes each event once, however pages and live events overlap', () => {
    const events = say([1, 2, 3, 4, 5])
    const [first, second, third, fourth, fifth] = events as [Event, Event, Event, Event, Event]
    let transcript = pageRequested(emptyTranscript('t'))
    transcript = followEvent(transcript, third)
    transcript = appendPage(transcript, [first, second], false)
    transcript = pageRequested(transcript)
    transcript = followEvent(transcript, fourth)
    transcript = followEvent(transcript, fifth)
    expect(texts(transcript)).toEqual(['1', '2'])
    transcript = appendPage(transcript, [third, fourth], true)
    expect(texts(transcript)).toEqual(['1', '2', '3', '4', '5'])
    expect(texts(followEvent(transcript, fifth))).toEqual(['1', '2', '3', '4', '5'])
  })

  it('shows only what happened after the number it starts from', () => {
    const events = say([1, 2, 3])
    expect(texts(appendPage(emptyTranscript('t', events[0]?.seq), events, true))).toEqual(['2', '3'])
  })

  it('tells the error that ended a task once', () => {
    const transcript = loaded(
      story((source, id) => {
        source.emit(id, 'error', { code: 'model_rate_limited', message: 'HTTP 429', retryable: true })
        source.emit(id, 'error', { code: 'model_not_found', message: 'no such model', retryable: false })
        source.fail(id, 'model_not_found', 'no such model')
      }),
    )
    expect(entriesOf(transcript).slice(1)).toEqual([
      expect.objectContaining({ kind: 'failure', message: 'HTTP 429', retryable: true, final: false }),
      expect.objectContaining({ kind: 'failure', message: 'no such model', final: true }),
    ])
  })

  it('tells numbers in words, for those who want to see them', () => {
    const transcript = loaded(
      story((source, id) => {
        source.emit(id, 'usage', {
          model: 'm',
          input_tokens: 1,
          output_tokens: 1,
          cached_tokens: 0,
          cost_usd: null,
        })
        source.emit(id, 'progress', { step: 1, max_steps: 50, note: null })
      }),
    )
    expect(texts(transcript)).toEqual(['Queued', 'm: 1 in, 1 out', 'Step 1 of 50'])
    expect(transcript.lastSeq).toBe(3)
  })

  it('puts the whole of a result in the place of its part', () => {
    const transcript = loaded(
      story((source, id) => {
        source.tool(id, 'a', 'read_file', { path: 'a' })
        source.result(id, 'a', 'read_file', 'head … tail')
      }),
    )
    const whole = withWholeResult(transcript, 'a', 'head and tail')
    expect(itemAt(whole.entries, 1)).toMatchObject({ outcome: { text: 'head and tail', truncated: false } })
  })

  it('keeps a bounded number of entries, the newest, under the numbers that they have', () => {
    const [event] = say([1]) as [Event]
    let transcript = loaded([])
    for (let seq = 2; seq < 130_002; seq++) transcript = followEvent(transcript, { ...event, seq })
    const { start, end } = transcript.entries
    expect(end).toBe(130_000)
    expect(end - start).toBeLessThanOrEqual(120_000)
    expect(end - start).toBeGreaterThan(119_000)
    expect(itemAt(transcript.entries, start - 1)).toBeUndefined()
    expect(itemAt(transcript.entries, end - 1)).toMatchObject({ text: '1' })
  })
})

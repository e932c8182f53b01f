import { describe, expect, it } from 'vitest'
import type { Event } from '../../../../src/protocol/event.ts'
import { itemAt } from '../../../../src/tui/state/chunked.ts'
import {
  contextTokensOf,
  costOf,
  queuedCount,
  runningTurn,
} from '../../../../src/tui/chat/state/conversation-facts.ts'
import {
  draftsOf,
  followed,
  newConversation,
  overheard,
  pastConversation,
  turnOf,
  withDraft,
  withMissing,
  withRefusal,
  withSending,
  withTurn,
  type ConversationLog,
} from '../../../../src/tui/chat/state/conversation-log.ts'
import { turnPageRequested, withPage } from '../../../../src/tui/chat/state/turn.ts'
import { ScriptedSource } from '../../../fixtures/tui/scripted-source.ts'

const guide = { name: 'guide', pillar: null }
const ts = '2026-11-20T12:00:00.000Z'

/** What a source has told, folded into a conversation. */
const told = (log: ConversationLog, source: ScriptedSource, after = 0): ConversationLog =>
  source.log.filter(({ seq }) => seq > after).reduce((folded, event) => followed(folded, event), log)

const chatTask = (source: ScriptedSource, prompt: string, conversationId = 'c') =>
  source.newTask(prompt, { kind: 'chat', conversation_id: conversationId })

const entriesOf = (log: ConversationLog, id: string): string[] => {
  const entries = turnOf(log, id)?.transcript.entries
  if (entries === undefined) return []
  return Array.from({ length: entries.end }, (_, index) => {
    const entry = itemAt(entries, index)
    return entry?.kind === 'text' || entry?.kind === 'note' ? entry.text : (entry?.kind ?? '')
  })
}

describe('a conversation', () => {
  it('takes its own turns only, whoever began them, and each event once', () => {
    const source = new ScriptedSource()
    const first = chatTask(source, 'one')
    source.start(first.id)
    chatTask(source, 'of another', 'd')
    source.newTask('a task of the queue')
    const log = told(told(newConversation('c', guide, 0), source), source)
    expect(log.items).toMatchObject([{ kind: 'turn', said: 'one', status: 'in_progress' }])
    expect(entriesOf(log, first.id)).toEqual(['Queued', 'Task starting...'])
    expect(log.lastSeq).toBe(4)
  })

  it('makes a turn of the message that was sent first among equal ones', () => {
    const source = new ScriptedSource()
    let log = withDraft(withDraft(newConversation('c', guide, 0), 'a', 'again', ts), 'b', 'again', ts)
    log = withSending(withSending(log, 'reading', { state: 'waiting' }), 'waiting', { state: 'sent' })
    const task = chatTask(source, 'again')
    log = told(log, source)
    expect(log.items).toMatchObject([
      { key: 'a', taskId: task.id, sending: null },
      { key: 'b', taskId: null, sending: { state: 'sent' } },
    ])
    expect(queuedCount(log)).toBe(2)
  })

  it('refuses the oldest message of which no word has come', () => {
    let log = withDraft(withDraft(newConversation('c', guide, 0), 'a', 'x', ts), 'b', 'y', ts)
    log = withSending(withSending(log, 'reading', { state: 'waiting' }), 'waiting', { state: 'sent' })
    const failure = { code: 'conflict', message: 'no', hint: null } as const
    log = withRefusal(log, failure)
    expect(log.items).toMatchObject([
      { sending: { state: 'refused', failure } },
      { sending: { state: 'sent' } },
    ])
    expect(draftsOf(log, 'sent')).toHaveLength(1)
    // The refusal was of something else.
    const source = new ScriptedSource()
    chatTask(source, 'x')
    log = told(log, source)
    expect(log.items).toMatchObject([{ key: 'a', sending: null }, { key: 'b' }])
  })

  it('has the whole of a past turn once its pages are there, with what the feed brought meanwhile, in order', () => {
    const source = new ScriptedSource()
    const task = chatTask(source, 'one')
    source.start(task.id)
    source.emit(task.id, 'thought', { text: 'first' })
    const seq = source.seq
    let log = pastConversation(
      { id: 'c', agent: 'guide', pillar: null, title: 'T' },
      [
        {
          task_id: task.id,
          number: 1,
          status: 'in_progress',
          ts,
          message: 'one',
          answer: null,
          presented: [],
          error: null,
        },
      ],
      seq,
    )
    expect(runningTurn(log)?.taskId).toBe(task.id)
    log = withTurn(log, task.id, turnPageRequested)
    source.emit(task.id, 'thought', { text: 'second' })
    source.emit(task.id, 'usage', {
      model: 'm',
      input_tokens: 10,
      output_tokens: 5,
      cached_tokens: 0,
      cost_usd: 0.5,
    })
    log = told(log, source, seq)
    const page: readonly Event[] = source.log.slice(0, seq + 1)
    log = withTurn(log, task.id, (turn) => withPage(turn, page, true))
    source.complete(task.id)
    log = told(log, source, log.lastSeq)
    expect(entriesOf(log, task.id)).toEqual([
      'Queued',
      'Task starting...',
      'first',
      'second',
      'm: 10 in, 5 out · $0.50',
      'Task completed',
    ])
    expect(turnOf(log, task.id)).toMatchObject({ status: 'completed', task: { status: 'completed' } })
    expect(contextTokensOf(log)).toBe(15)
    expect(costOf(log)).toEqual({ usd: 0.5, isPartial: false })
  })

  it('keeps the words of an answer that was interrupted, and those of one that a restart goes on with', () => {
    const source = new ScriptedSource()
    const task = chatTask(source, 'one')
    source.start(task.id)
    let log = told(newConversation('c', guide, 0), source)
    const speak = (text: string, offset: number): void => {
      log = overheard(log, {
        v: 1,
        ts,
        task_id: task.id,
        attempt: 1,
        step: 1,
        type: 'message_delta',
        data: { text, offset },
      })
    }
    speak('So far', 0)
    source.status_(task.id, 'pending', 'The daemon ended')
    source.status_(task.id, 'in_progress', 'It goes on')
    log = told(log, source, log.lastSeq)
    expect(turnOf(log, task.id)?.live.message.text).toBe('So far')
    speak('Anew', 0)
    expect(turnOf(log, task.id)?.live.message.text).toBe('Anew')
    source.status_(task.id, 'cancelled', 'Cancelled')
    log = told(log, source, log.lastSeq)
    expect(entriesOf(log, task.id).slice(-2)).toEqual(['Anew', 'Cancelled'])
    speak('too late', 0)
    expect(turnOf(log, task.id)?.live.message.text).toBe('')
  })

  it('asks for what a turn had delegated before it was followed, and shows it once its events are there', () => {
    const source = new ScriptedSource()
    const task = chatTask(source, 'one')
    source.start(task.id)
    const child = source.newTask('part', { parent_id: task.id })
    const stranger = source.newTask('of nobody')
    const seq = source.seq
    let log = told(newConversation('c', guide, 0), source)
    log = { ...log, children: new Map(), lastSeq: seq }
    source.start(child.id)
    source.start(stranger.id)
    log = told(log, source, seq)
    expect([...log.missing]).toEqual([child.id, stranger.id])
    log = withMissing(withMissing(log, child), stranger)
    expect([...log.children.keys()]).toEqual([child.id])
    const page = source.log.filter(({ task_id }) => task_id === child.id)
    log = withTurn(log, child.id, (turn) => withPage(turnPageRequested(turn), page, true))
    expect(log.children.get(child.id)).toMatchObject({ status: 'in_progress', task: { parent_id: task.id } })
  })

  it('keeps what a turn has delegated, and what that has, apart from the turns', () => {
    const source = new ScriptedSource()
    const task = chatTask(source, 'one')
    const child = source.newTask('part', { parent_id: task.id })
    const grandchild = source.newTask('part of a part', { parent_id: child.id })
    source.start(grandchild.id)
    const log = told(newConversation('c', guide, 0), source)
    expect(log.items).toHaveLength(1)
    expect([...log.children.keys()]).toEqual([child.id, grandchild.id])
    expect(log.children.get(grandchild.id)?.status).toBe('in_progress')
  })
})

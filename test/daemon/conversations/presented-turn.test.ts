import { expect, test } from 'vitest'
import { TurnFeed } from '../../../src/daemon/conversations/turn-feed.ts'
import { turnFrames } from '../../../src/daemon/conversations/turn-frames.ts'
import type { StoredEvent } from '../../../src/protocol/event.ts'
import { chatReplySchema, type ChatFrame } from '../../../src/protocol/frames.ts'
import type { Json } from '../../../src/protocol/task.ts'
import { aTask } from '../../support/task.ts'

const about = { agent_type: 'guide', pillar: null, conversation_id: 'c', task_id: 't' }
const task = aTask({ id: 't', kind: 'chat', agent: 'guide', conversation_id: 'c', status: 'in_progress' })

const event = (type: string, data: object): StoredEvent =>
  ({ v: 1, seq: 1, ts: '', task_id: 't', attempt: 1, step: 1, type, data }) as unknown as StoredEvent

const result = (details: Json, fields: object = {}): StoredEvent =>
  event('tool_result', { call_id: 'c1', name: 'present', status: 'ok', result: 'Shown', details, ...fields })

test.each(['visualization', 'analysis', 'drill_down'])(
  'what is presented as %s is a reply of that type, before the answer; a call that failed is none',
  async (kind) => {
    const shown = { kind, title: 'Sales', chart: 'bar', data: { Jan: 3 } }
    const feed = new TurnFeed()
    feed.addEvent(result(shown))
    feed.addEvent(result(shown, { status: 'error' }))
    feed.addEvent(result(shown, { name: 'read_file' }))
    const response_payload = { answer: 'So it is.', data: shown }
    const ended = { status: 'completed', previous: 'in_progress', message: '', changes: { response_payload } }
    feed.addEvent(event('status', ended))
    const frames: ChatFrame[] = []
    // Array.fromAsync came with Node 22.
    for await (const frame of turnFrames(task, feed, '')) frames.push(frame)
    const visualization = {
      kind,
      chart: 'bar',
      title: 'Sales',
      columns: ['label', 'value'],
      rows: [['Jan', 3]],
    }
    expect(frames).toEqual([
      { type: kind, ...about, message: 'Sales', data: { Jan: 3 }, visualization },
      { type: 'message', ...about, message: 'So it is.', data: shown, visualization: null },
    ])
    for (const frame of frames) expect(chatReplySchema.safeParse(frame).success).toBe(true)
  },
)

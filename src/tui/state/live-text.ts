import type { Delta, Event } from '../../protocol/event.ts'
import { appendToStream, emptyStream, keepTail, type Stream } from './stream.ts'

/** What a running task is saying and printing right now. Facts replace it when they come. */
export interface LiveText {
  readonly thought: Stream
  readonly message: Stream
  /** The last output of each call that has no result yet. */
  readonly outputs: ReadonlyMap<string, string>
}

/** By the id of the task. Tasks that are silent have no entry. */
export type LiveTexts = ReadonlyMap<string, LiveText>

export const silent: LiveText = { thought: emptyStream, message: emptyStream, outputs: new Map() }

const maxOutputLength = 4_000

export const withDelta = (live: LiveText, delta: Delta): LiveText => {
  switch (delta.type) {
    case 'thought_delta':
      return { ...live, thought: appendToStream(live.thought, delta) }
    case 'message_delta':
      return { ...live, message: appendToStream(live.message, delta) }
    case 'tool_output': {
      const { call_id, text } = delta.data
      const output = keepTail((live.outputs.get(call_id) ?? '') + text, maxOutputLength)
      return { ...live, outputs: new Map(live.outputs).set(call_id, output) }
    }
  }
}

/** What is left of it after a fact; null where that is nothing. */
export const afterEvent = (live: LiveText, event: Event): LiveText | null => {
  switch (event.type) {
    case 'thought':
      return { ...live, thought: emptyStream }
    case 'message':
    case 'error':
    case 'tool_use':
      return { ...live, thought: emptyStream, message: emptyStream }
    case 'tool_result': {
      const outputs = new Map(live.outputs)
      outputs.delete(event.data.call_id)
      return { ...live, outputs }
    }
    case 'status':
    case 'task_removed':
      return null
    case 'task_added':
    case 'task_updated':
    case 'usage':
    case 'progress':
    case 'approval_requested':
    case 'approval_resolved':
    case 'node_update':
    case 'tool_update':
    case 'search_results':
    case 'workflow_status':
    case 'compaction':
    case 'queue_changed':
    case 'lost':
    case 'removed':
      return live
  }
}

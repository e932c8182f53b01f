import type { Delta, Event } from './event.ts'

/** Types of events, in the order of the contract. Apart from event.ts, so that they need no zod. */
export const eventTypes = [
  'task_added',
  'task_updated',
  'task_removed',
  'status',
  'thought',
  'tool_use',
  'tool_result',
  'message',
  'usage',
  'progress',
  'approval_requested',
  'approval_resolved',
  'error',
  'node_update',
  'tool_update',
  'search_results',
  'workflow_status',
  'compaction',
  'queue_changed',
  'lost',
  'removed',
] as const
export type EventType = (typeof eventTypes)[number]

export const deltaTypes = ['message_delta', 'thought_delta', 'tool_output'] as const
export type DeltaType = (typeof deltaTypes)[number]

/** Whether a line or frame is an event (numbered) rather than a delta. */
export const isEvent = (line: Event | Delta): line is Event => 'seq' in line

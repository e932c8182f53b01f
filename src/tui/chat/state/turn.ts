import type { Attached } from '../../../client/attachments.ts'
import type { ConversationTurn } from '../../../protocol/conversation.ts'
import type { Delta, Event, EventOf } from '../../../protocol/event.ts'
import type { Failure } from '../../../protocol/failure.ts'
import { applyEvent } from '../../../protocol/fold.ts'
import { isFinal, type TaskStatus } from '../../../protocol/status.ts'
import type { Task } from '../../../protocol/task.ts'
import type { Entry } from '../../state/entry.ts'
import { afterEvent, silent, withDelta, type LiveText } from '../../state/live-text.ts'
import {
  appendPage,
  emptyTranscript,
  followEvent,
  pageRequested,
  withEntry,
  type Transcript,
} from '../../state/transcript.ts'

/** One message of the user, and what became of it. */
export interface Turn {
  readonly kind: 'turn'
  /** Unique within the conversation; stays the same when the message becomes a task. */
  readonly key: string
  /** ISO 8601. */
  readonly ts: string
  /** What the user said. */
  readonly said: string
  /** The files that go with it, and those that do not; null while they are being read, and of what was not written here. */
  readonly attached: Attached | null
  /** Before it is a task: how far its message has come. */
  readonly sending: Sending | null
  readonly taskId: string | null
  /** Its number and status as they are known best. */
  readonly number: number | null
  readonly status: TaskStatus | null
  /** The task folded from its events; null until they are there. */
  readonly task: Task | null
  readonly transcript: Transcript
  /** What a history says of it until its events are there. */
  readonly brief: ConversationTurn | null
  readonly live: LiveText
  /** What the model was given and answered last, in tokens. */
  readonly contextTokens: number | null
}

/** A message on its way to the daemon. */
export type Sending =
  /** For its files. */
  | { readonly state: 'reading' }
  /** For a connection. */
  | { readonly state: 'waiting' }
  /** No word of it has come yet. */
  | { readonly state: 'sent' }
  /** The connection broke after it was sent: what has become of it is known once the new one has caught up. */
  | { readonly state: 'unsure' }
  | { readonly state: 'refused'; readonly failure: Failure }

export const draftedTurn = (key: string, said: string, ts: string): Turn => ({
  ...blank(key, said, ts),
  sending: { state: 'reading' },
})

/** Its files are read: it can be sent. */
export const withFiles = (turn: Turn, attached: Attached): Turn =>
  turn.sending?.state === 'reading' ? { ...turn, attached, sending: { state: 'waiting' } } : turn

/** A turn that was heard of as it began: all its events are in the feed. */
export const begunTurn = (key: string, { task }: EventOf<'task_added'>['data'], ts: string): Turn => ({
  ...blank(key, task.prompt, ts),
  taskId: task.id,
  number: task.number,
  status: task.status,
  transcript: { ...emptyTranscript(task.id), loading: false },
})

/** A task as the daemon has it: its events are still to be loaded. */
export const foundTurn = (task: Task): Turn => ({
  ...blank(task.id, task.prompt, task.created_at),
  taskId: task.id,
  number: task.number,
  status: task.status,
  transcript: emptyTranscript(task.id),
})

/** A turn of a history: its events are still to be loaded. */
export const pastTurn = (turn: ConversationTurn): Turn => ({
  ...blank(turn.task_id, turn.message, turn.ts),
  taskId: turn.task_id,
  number: turn.number,
  status: turn.status,
  transcript: emptyTranscript(turn.task_id),
  brief: turn,
})

const blank = (key: string, said: string, ts: string): Turn => ({
  kind: 'turn',
  key,
  ts,
  said,
  attached: null,
  sending: null,
  taskId: null,
  number: null,
  status: null,
  task: null,
  transcript: { ...emptyTranscript(''), loading: false },
  brief: null,
  live: silent,
  contextTokens: null,
})

/** The message of a draft has become this task. */
export const becameTask = (turn: Turn, event: EventOf<'task_added'>): Turn => ({
  ...begunTurn(turn.key, event.data, event.ts),
  said: turn.said,
  attached: turn.attached,
})

/** An event of its task from the live feed. */
export const withEvent = (turn: Turn, event: Event): Turn => {
  const { transcript } = turn
  if (!transcript.loading && event.seq <= transcript.lastSeq) return turn
  const status = event.type === 'status' ? event.data.status : turn.status
  const kept = event.type === 'status' && isFinal(event.data.status) ? keepingWords(turn, event) : transcript
  return {
    ...turn,
    status,
    task: transcript.loading ? turn.task : (applyEvent(turn.task ?? undefined, event) ?? null),
    transcript: followEvent(kept, event),
    live: liveAfter(turn.live, event),
    contextTokens: contextAfter(turn, event),
  }
}

/** Only what runs can speak: a delta that comes late says nothing any more. */
export const withTurnDelta = (turn: Turn, delta: Delta): Turn =>
  turn.status === 'in_progress' ? { ...turn, live: withDelta(turn.live, delta) } : turn

export const turnPageRequested = (turn: Turn): Turn => ({
  ...turn,
  transcript: pageRequested(turn.transcript),
})

/** A page of its history, from the first event on. */
export const withPage = (turn: Turn, events: readonly Event[], isLast: boolean): Turn => {
  if (!turn.transcript.loading) return turn
  const held = isLast ? turn.transcript.held.blocks.flat() : []
  let task = turn.task ?? undefined
  let { contextTokens } = turn
  for (const event of [...events, ...held]) {
    if (task === undefined || event.seq > task.last_seq) task = applyEvent(task, event)
    contextTokens = contextAfter({ contextTokens }, event)
  }
  const transcript = appendPage(turn.transcript, events, isLast)
  return { ...turn, transcript, contextTokens, task: task ?? null, status: task?.status ?? turn.status }
}

const contextAfter = ({ contextTokens }: Pick<Turn, 'contextTokens'>, event: Event): number | null =>
  event.type === 'usage' ? event.data.input_tokens + event.data.output_tokens : contextTokens

/** Whether something is still to come of it. */
export const isOpen = ({ sending, status }: Turn): boolean =>
  sending === null ? status !== null && !isFinal(status) : sending.state !== 'refused'

/** What an answer had come to when it was cut off stays: nobody will write it again. */
const keepingWords = (turn: Turn, event: Event): Transcript => {
  const { text } = turn.live.message
  if (text === '' || event.type !== 'status' || event.data.status === 'completed') return turn.transcript
  const entry: Entry = { kind: 'text', type: 'message', ts: event.ts, voice: 'assistant', text }
  return withEntry(turn.transcript, entry)
}

/** An attempt that goes on after a restart begins its words anew: until it does, the former ones stay. */
const liveAfter = (live: LiveText, event: Event): LiveText => {
  if (event.type === 'status' && (event.data.status === 'pending' || event.data.status === 'in_progress'))
    return live
  return afterEvent(live, event) ?? silent
}

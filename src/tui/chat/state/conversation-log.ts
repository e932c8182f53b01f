import type { ConversationTurn } from '../../../protocol/conversation.ts'
import type { Delta, Event, EventOf } from '../../../protocol/event.ts'
import type { Failure } from '../../../protocol/failure.ts'
import type { Task } from '../../../protocol/task.ts'
import type { Tone } from '../../layout/line.ts'
import {
  becameTask,
  begunTurn,
  draftedTurn,
  foundTurn,
  pastTurn,
  withEvent,
  withTurnDelta,
  type Sending,
  type Turn,
} from './turn.ts'

/** Whom one talks to. */
export interface TalkingAgent {
  readonly name: string
  readonly pillar: string | null
}

/** Something that the chat itself says: the answer to a command, a warning. */
export interface Remark {
  readonly kind: 'remark'
  readonly key: string
  readonly text: string
  readonly tone: Tone
}

/** Everything that was said in one conversation, as far as it is known here. */
export interface ConversationLog {
  readonly id: string
  readonly agent: TalkingAgent
  /** Of the user's choice, else made of the first message; empty before that. */
  readonly title: string
  readonly items: readonly (Turn | Remark)[]
  /** Items before this one are cleared from the screen. */
  readonly clearedTo: number
  /** Where in `items` each task's turn stands. */
  readonly places: ReadonlyMap<string, number>
  /** What turns have delegated, and to whom those have, by the id of the task. */
  readonly children: ReadonlyMap<string, Turn>
  /** The newest event that was folded, or is known to be of another conversation. */
  readonly lastSeq: number
  /** Tasks that were heard of and whose beginning was not: what a turn had delegated before it was followed. */
  readonly missing: ReadonlySet<string>
  /** Whether the daemon knows of it. */
  readonly isKnown: boolean
}

export const newConversation = (id: string, agent: TalkingAgent, lastSeq: number): ConversationLog => ({
  id,
  agent,
  title: '',
  items: [],
  clearedTo: 0,
  places: new Map(),
  children: new Map(),
  lastSeq,
  missing: new Set(),
  isKnown: false,
})

/** As the daemon tells it; everything up to `seq` is in it, or will be loaded with its turns. */
export const pastConversation = (
  { id, agent, pillar, title }: { id: string; agent: string; pillar: string | null; title: string },
  history: readonly ConversationTurn[],
  seq: number,
): ConversationLog => ({
  ...newConversation(id, { name: agent, pillar }, seq),
  title,
  items: history.map(pastTurn),
  places: new Map(history.map(({ task_id }, index) => [task_id, index])),
  isKnown: true,
})

/** Says so where a conversation works in another folder than that of the shell. */
export const withPlaceTold = (log: ConversationLog, place: string, cwd: string): ConversationLog =>
  place === cwd
    ? log
    : withItem(log, { kind: 'remark', key: 'place', text: `It works in ${place}.`, tone: 'dim' })

export const withItem = (log: ConversationLog, item: Turn | Remark): ConversationLog => ({
  ...log,
  items: [...log.items, item],
})

export const withDraft = (log: ConversationLog, key: string, said: string, ts: string): ConversationLog =>
  withItem({ ...log, title: log.title || titleOf(said) }, draftedTurn(key, said, ts))

const titleOf = (said: string): string => said.trim().split('\n', 1)[0]?.slice(0, 80) ?? ''

export const turnOf = (log: ConversationLog, taskId: string): Turn | null => {
  const place = log.places.get(taskId)
  const item = place === undefined ? undefined : log.items[place]
  return item?.kind === 'turn' ? item : null
}

export const withTurn = (
  log: ConversationLog,
  taskId: string,
  change: (turn: Turn) => Turn,
): ConversationLog => {
  if (log.children.has(taskId)) return withChild(log, taskId, change)
  const place = log.places.get(taskId)
  const item = place === undefined ? undefined : log.items[place]
  if (place === undefined || item?.kind !== 'turn') return log
  const changed = change(item)
  return changed === item ? log : { ...log, items: log.items.with(place, changed) }
}

/** An event of this conversation, or of another, which leaves it as it is. */
export const followed = (log: ConversationLog, event: Event): ConversationLog => {
  if (event.seq <= log.lastSeq) return log
  const next = { ...log, lastSeq: event.seq }
  const { task_id: taskId } = event
  if (taskId === null) return next
  const known = event.type === 'task_added' ? added(next, event) : next
  if (known.children.has(taskId)) return withChild(known, taskId, (child) => withEvent(child, event))
  if (known.places.has(taskId) || event.type !== 'status' || known.missing.has(taskId)) {
    return withTurn(known, taskId, (turn) => withEvent(turn, event))
  }
  return known.missing.size < mostMissing ? { ...known, missing: new Set(known.missing).add(taskId) } : known
}

/** Without a WebSocket events of all tasks come, and not only those of the conversation. */
const mostMissing = 1_000

/** A task that was missing, if it is one that a turn has delegated; its events are still to be loaded. */
export const withMissing = (log: ConversationLog, task: Task): ConversationLog => {
  const parent = task.parent_id
  const isOurs = parent !== null && (log.places.has(parent) || log.children.has(parent))
  return isOurs && !log.children.has(task.id)
    ? { ...log, children: new Map(log.children).set(task.id, foundTurn(task)) }
    : log
}

export const overheard = (log: ConversationLog, delta: Delta): ConversationLog =>
  log.children.has(delta.task_id)
    ? withChild(log, delta.task_id, (child) => withTurnDelta(child, delta))
    : withTurn(log, delta.task_id, (turn) => withTurnDelta(turn, delta))

const added = (log: ConversationLog, event: EventOf<'task_added'>): ConversationLog => {
  const { task } = event.data
  if (log.places.has(task.id) || log.children.has(task.id)) return log
  const parent = task.parent_id
  if (parent !== null && (log.places.has(parent) || log.children.has(parent))) {
    const children = new Map(log.children).set(task.id, begunTurn(task.id, event.data, event.ts))
    return { ...log, children }
  }
  if (task.kind !== 'chat' || task.conversation_id !== log.id) return log
  const place = draftPlaceOf(log, task.prompt)
  const draft = log.items[place]
  if (draft?.kind === 'turn') {
    const items = log.items.with(place, becameTask(draft, event))
    return { ...log, isKnown: true, items, places: new Map(log.places).set(task.id, place) }
  }
  const turn = begunTurn(task.id, event.data, event.ts)
  return {
    ...withItem(log, turn),
    isKnown: true,
    title: log.title || titleOf(task.prompt),
    places: new Map(log.places).set(task.id, log.items.length),
  }
}

/** Of messages with this text the first that was sent. One that seemed to be refused may have been taken all the same. */
const draftPlaceOf = ({ items }: ConversationLog, prompt: string): number => {
  const placeOf = (...states: readonly Sending['state'][]): number =>
    items.findIndex(
      (item) =>
        item.kind === 'turn' &&
        item.sending !== null &&
        states.includes(item.sending.state) &&
        item.said === prompt,
    )
  const sent = placeOf('sent', 'unsure')
  return sent === -1 ? placeOf('refused') : sent
}

const withChild = (log: ConversationLog, taskId: string, change: (child: Turn) => Turn): ConversationLog => {
  const child = log.children.get(taskId)
  return child === undefined ? log : { ...log, children: new Map(log.children).set(taskId, change(child)) }
}

/** Messages whose `sending` is in one state come into another. */
export const withSending = (
  log: ConversationLog,
  from: Sending['state'],
  to: Sending,
  key?: string,
): ConversationLog => {
  const isMeant = (item: Turn | Remark): item is Turn =>
    item.kind === 'turn' && item.sending?.state === from && (key === undefined || item.key === key)
  if (!log.items.some(isMeant)) return log
  return {
    ...log,
    items: log.items.map((item) => (isMeant(item) ? { ...item, sending: to } : item)),
  }
}

/** The daemon takes messages in order, and what it refuses names none: it is the oldest of which no word has come. */
export const withRefusal = (log: ConversationLog, failure: Failure): ConversationLog => {
  const oldest = draftsOf(log, 'sent')[0]
  return oldest === undefined ? log : withSending(log, 'sent', { state: 'refused', failure }, oldest.key)
}

export const draftsOf = (log: ConversationLog, state: Sending['state']): readonly Turn[] =>
  log.items.filter((item): item is Turn => item.kind === 'turn' && item.sending?.state === state)

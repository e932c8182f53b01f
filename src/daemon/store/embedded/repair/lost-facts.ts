import type { EventDraft, StoredEvent } from '../../../../protocol/event.ts'
import { applyEvent } from '../../../../protocol/fold.ts'
import { emptyUsage, type Task, type TaskChanges } from '../../../../protocol/task.ts'
import { numberTold } from '../tombstone.ts'
import { burntNumber, foldFacts, schedulesIn, type QueueFacts } from '../../queue-facts.ts'

/** An event without its place in the log. */
type Fact = EventDraft

/**
 * The log, folded by itself: what there would be without a snapshot. It also knows what the fold of a whole log never
 * meets: events of tasks that were never added, because that line is lost.
 */
export class LogFold {
  readonly tasks = new Map<string, Task>()
  /** The first event of each task whose `task_added` is lost. */
  readonly orphans = new Map<string, StoredEvent>()
  facts: QueueFacts = {}
  lastNumber = 0
  lostEvents = 0
  /** `lost` events that may have been a `task_added` whose number nothing else tells. */
  #lostSeqs: number[] = []

  apply(event: StoredEvent): void {
    if (event.type === 'lost') {
      this.lostEvents += 1
      this.#lostSeqs.push(event.seq)
    }
    if (event.task_id === null) {
      this.facts = foldFacts(this.facts, event)
      if (event.type === 'queue_changed' && 'last_number' in event.data)
        this.#sawNumber(burntNumber(this.facts))
      return
    }
    const id = event.task_id
    const before = this.tasks.get(id)
    const after = applyEvent(before, event)
    if (event.type === 'task_added') this.#sawNumber(numberTold(event))
    if (after === undefined) this.tasks.delete(id)
    else this.tasks.set(id, after)
    if (event.type === 'task_removed' || after !== undefined) this.orphans.delete(id)
    else if (!this.orphans.has(id)) this.orphans.set(id, event)
  }

  /** How many numbers may have been given to tasks that nothing after `seq` tells of. */
  unknownNumbersAfter(seq: number): number {
    return this.#lostSeqs.filter((lost) => lost > seq).length
  }

  #sawNumber(number: number): void {
    this.lastNumber = Math.max(this.lastNumber, number)
    this.#lostSeqs = []
  }
}

/** What the snapshot still knows of the state; without a snapshot the same as the log. */
export interface KnownState {
  readonly task: (id: string) => Task | undefined
  readonly tasks: Iterable<Task>
  readonly facts: QueueFacts
  readonly lastNumber: number
  /** The last event that the snapshot had seen. */
  readonly seq: number
}

export interface Mended {
  readonly facts: readonly Fact[]
  /** Tasks as the snapshot had them, where the log alone would have lost something of them. */
  readonly restored: readonly Task[]
  /** Tasks of which only later events are left. */
  readonly unknown: readonly Task[]
}

/**
 * The events that, put behind a log with lost ones, make its fold what is known to be true. None where the fold is
 * that already, so that to mend twice changes nothing.
 */
export const mendingFacts = (log: LogFold, known: KnownState, now: Date): Mended => {
  const facts: Fact[] = []
  const restored: Task[] = []
  for (const task of known.tasks) {
    const mending = taskFacts(log.tasks.get(task.id), task)
    if (mending.length > 0) restored.push(task)
    facts.push(...mending)
  }
  for (const { id } of log.tasks.values()) if (known.task(id) === undefined) facts.push(removal(id))
  facts.push(...queueFacts(log.facts, known.facts))
  const certain = Math.max(log.lastNumber, known.lastNumber)
  const lastNumber = certain + log.unknownNumbersAfter(known.seq)
  if (lastNumber > log.lastNumber) facts.push(queueFact({ last_number: lastNumber }))
  const orphans = [...log.orphans].filter(([id]) => known.task(id) === undefined)
  // What the snapshot has seen and does not know was removed.
  facts.push(...orphans.filter(([, { seq }]) => seq <= known.seq).map(([id]) => removal(id)))
  const unknown = orphans
    .filter(([, { seq }]) => seq > known.seq)
    .map(([, event], position) => unknownTask(event, lastNumber + position + 1, now))
  return { facts: [...facts, ...unknown.map(addition)], restored, unknown }
}

const addition = (task: Task): Fact => ({ type: 'task_added', task_id: task.id, data: { task } })
const removal = (id: string): Fact => ({ type: 'task_removed', task_id: id, data: {} })
const queueFact = (data: Extract<Fact, { type: 'queue_changed' }>['data'], hidden?: object): Fact => ({
  type: 'queue_changed',
  task_id: null,
  data,
  ...(hidden === undefined ? {} : { private: hidden }),
})

const taskFacts = (folded: Task | undefined, known: Task): Fact[] => {
  if (folded === undefined) return [addition(known)]
  if (folded.number !== known.number) return [removal(known.id), addition(known)]
  const changes = differences(folded, known)
  if (Object.keys(changes).length === 0 && folded.status === known.status) return []
  const { status, error } = known
  const message = 'Restored by a repair of the store'
  return [
    {
      type: 'status',
      task_id: known.id,
      attempt: known.attempt,
      data: { status, previous: folded.status, message, ...(error === null ? {} : { error }), changes },
    },
  ]
}

const notCompared = new Set(['id', 'number', 'kind', 'status', 'first_seq', 'last_seq', 'updated_at'])

const differences = (folded: Task, known: Task): TaskChanges =>
  Object.fromEntries(
    Object.entries(known).filter(
      ([name, value]) =>
        !notCompared.has(name) && JSON.stringify(value) !== JSON.stringify(folded[name as keyof Task]),
    ),
  )

/** A schedule's private members stay private: in what is published stands its name alone. */
const queueFacts = (folded: QueueFacts, known: QueueFacts): Fact[] => {
  const isChanged = ([name, value]: [string, unknown]) =>
    name !== 'schedules' && JSON.stringify(value) !== JSON.stringify(folded[name])
  const changed = Object.fromEntries(Object.entries(known).filter(isChanged)) as Record<string, string>
  const [before, after] = [schedulesIn(folded), schedulesIn(known)]
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
  const differing = Object.entries(after).filter(
    ([name, schedule]) => JSON.stringify(schedule) !== JSON.stringify(before[name]),
  )
  return [
    ...(Object.keys(changed).length === 0 ? [] : [queueFact(changed)]),
    ...gone.map((name) => queueFact({ schedule: { name, removed: true } })),
    ...differing.map(([name, schedule]) => queueFact({ schedule: { name } }, schedule)),
  ]
}

/** What is left of a task whose `task_added` is lost: it ends honestly, and its events can still be read. */
const unknownTask = (first: StoredEvent, number: number, now: Date): Task => {
  const prompt = '(lost: the line of the log that held it was damaged)'
  const message = 'The line of the log that said what this task was asked is damaged'
  return {
    id: first.task_id ?? '',
    number,
    kind: 'agent',
    status: 'failed',
    prompt,
    request_payload: { prompt },
    response_payload: null,
    error: { code: 'store_damaged', message, retryable: false },
    waiting_for: null,
    agent: 'default',
    model: null,
    cwd: '/',
    group: 'default',
    priority: 0,
    locks: [],
    depends_on: [],
    depends_on_any: [],
    parent_id: null,
    conversation_id: null,
    schedule: null,
    labels: {},
    notify: false,
    attempt: first.attempt ?? 1,
    attempts: [],
    max_attempts: 1,
    progress: { step: first.step ?? 0, max_steps: null, note: null },
    limits: { max_steps: null, max_tokens: null, max_cost_usd: null, timeout_s: null },
    usage: emptyUsage,
    created_at: first.ts,
    updated_at: now.toISOString(),
    not_before: null,
    started_at: null,
    finished_at: now.toISOString(),
    first_seq: first.seq,
    last_seq: first.seq,
  }
}

import {
  deltaTypes,
  eventTypes,
  type Delta,
  type DeltaType,
  type Event,
  type EventType,
} from '../../../protocol/event.ts'
import type { EventQuery } from '../../store/store.ts'

interface FilterOptions {
  /** Only what is about these tasks (ids); without it everything, facts about no task included. */
  readonly taskIds?: readonly string[] | undefined
  /** What is about the tasks of this conversation, too. */
  readonly conversation?: ConversationTasks | undefined
  /** Only these types. Where they name no delta, they say nothing about deltas. */
  readonly types?: readonly (EventType | DeltaType)[] | undefined
  /** Not these types; beats `types`. */
  readonly hide?: readonly (EventType | DeltaType)[] | undefined
  /** Deltas too. Naming one in `types` asks for it as well. */
  readonly deltas?: boolean | undefined
}

interface ConversationTasks {
  readonly id: string
  /** As of each look: whoever adds to it does so before the task's first event is filtered. */
  readonly taskIds: ReadonlySet<string>
}

/** What one reader wants to see; the same for replayed and for live events. */
export class EventFilter {
  readonly #taskIds: ReadonlySet<string> | undefined
  readonly #conversation: ConversationTasks | undefined
  readonly #events: ReadonlySet<EventType> | undefined
  readonly #deltas: ReadonlySet<DeltaType>
  #key: string | undefined

  constructor({ taskIds, conversation, types, hide = [], deltas = false }: FilterOptions = {}) {
    const hidden = new Set<string>(hide)
    const shown = new Set<string>(types)
    const namedDeltas = deltaTypes.filter((type) => shown.has(type))
    const wantedDeltas = namedDeltas.length > 0 ? namedDeltas : deltas ? deltaTypes : []
    const wantedEvents = types === undefined ? eventTypes : eventTypes.filter((type) => shown.has(type))
    this.#taskIds = taskIds === undefined ? undefined : new Set(taskIds)
    this.#conversation = conversation
    this.#events =
      types === undefined && hide.length === 0
        ? undefined
        : new Set(wantedEvents.filter((type) => !hidden.has(type)))
    this.#deltas = new Set(wantedDeltas.filter((type) => !hidden.has(type)))
  }

  get wantsDeltas(): boolean {
    return this.#deltas.size > 0
  }

  /** Whether no event is hidden. */
  get passesAll(): boolean {
    return this.#isAboutAll && this.#events === undefined
  }

  /** The same for filters that let the same events through. */
  get key(): string {
    return (this.#key ??= JSON.stringify([
      this.#conversation?.id,
      ...[this.#taskIds, this.#events].map((names) => names && [...names].sort()),
    ]))
  }

  /**
   * The part of this filter that spares the store reading. Types are not: who asked for few of them is to move on
   * through what is hidden, and to be heard when it leaves meanwhile.
   */
  get query(): Pick<EventQuery, 'taskIds'> {
    if (this.#isAboutAll) return {}
    // As of now: whatever is there to be read is about a task that is known.
    return { taskIds: new Set([...(this.#taskIds ?? []), ...(this.#conversation?.taskIds ?? [])]) }
  }

  passes(event: Event): boolean {
    return this.#isAboutTask(event.task_id) && (this.#events === undefined || this.#events.has(event.type))
  }

  passesDelta(delta: Delta): boolean {
    return this.#deltas.has(delta.type) && this.#isAboutTask(delta.task_id)
  }

  get #isAboutAll(): boolean {
    return this.#taskIds === undefined && this.#conversation === undefined
  }

  #isAboutTask(taskId: string | null): boolean {
    if (this.#isAboutAll) return true
    if (taskId === null) return false
    return this.#taskIds?.has(taskId) === true || this.#conversation?.taskIds.has(taskId) === true
  }
}

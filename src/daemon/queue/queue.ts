import type { ApiParams, GroupRow, Why } from '../../protocol/api.ts'
import type { StatusCounts } from '../../protocol/daemon-status.ts'
import type { EventDraft, EventPayload, StoredEvent } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { Task } from '../../protocol/task.ts'
import type { Decide, Store, StoreView } from '../store/store.ts'
import { taskText } from '../store/task-text.ts'
import { addDrafts } from './add-task.ts'
import { reasonsAgainst } from './admission.ts'
import { Claims, type Lane } from './claims.ts'
import { asTurn } from './conversation-book.ts'
import { editDrafts, prepareEdit } from './edit-task.ts'
import { emptyGroup, groupPauseDrafts, groupRows } from './groups.ts'
import { lostCallDrafts, lostPartDrafts } from './open-calls.ts'
import { isPaused, queueState, type QueueOptions, type QueueSettings } from './queue-settings.ts'
import type { RunningAttempt } from './running-attempt.ts'
import { Removals, type Cleared, type TaskFilter } from './removals.ts'
import { prepareTask, type PreparedTask, type TaskOrigin } from './prepare-task.ts'
import { cancelDrafts, pauseDrafts, resumeDrafts, retryDrafts } from './user-commands.ts'

export type { QueueSettings } from './queue-settings.ts'
export type { TaskFilter } from './removals.ts'

/**
 * Every command that changes a task, each one decision on the store. A command resolves when its events are on
 * disk. Refusals are `SparkyError`s: `not_found`, `conflict`, `usage`, `not_durable`.
 */
export class Queue {
  readonly #options: QueueOptions
  readonly #store: Store
  readonly #settings: () => QueueSettings
  readonly #now: () => Date
  readonly #claims: Claims
  readonly #removals: Removals

  constructor({
    store,
    settings,
    now = () => new Date(),
    beforeRemoval,
    conversations,
  }: Omit<QueueOptions, 'now'> & Partial<Pick<QueueOptions, 'now'>>) {
    this.#options = { store, settings, now, beforeRemoval, conversations }
    this.#store = store
    this.#settings = settings
    this.#now = now
    this.#claims = new Claims(this.#options)
    this.#removals = new Removals(this.#options)
  }

  /** The attempts that run now. */
  get running(): readonly RunningAttempt[] {
    return this.#claims.running
  }

  get paused(): boolean {
    return isPaused(this.#store)
  }

  counts(): StatusCounts {
    return this.#store.counts()
  }

  /** Adds a task; with an id that is there already, or with `dedupe`, returns the task that is there. */
  async add(params: ApiParams<'addTask'>, origin?: TaskOrigin): Promise<Task> {
    return (await this.#add(params, origin)).task
  }

  /** The same, with the task as JSON: the text of it that is on disk need not be made twice. */
  async addAsText(params: ApiParams<'addTask'>): Promise<string> {
    const { task, events } = await this.#add(params)
    return taskText(task, events)
  }

  async #add(
    params: ApiParams<'addTask'>,
    origin?: TaskOrigin,
  ): Promise<{ task: Task; events: readonly StoredEvent[] }> {
    const { conversations } = this.#options
    const { conversation_id: conversationId } = params
    if (conversationId === undefined || conversations === undefined) {
      return this.#append(await this.#prepare(params, origin))
    }
    const turn = await asTurn(params, conversationId, conversations)
    const prepared = await this.#prepare(turn, origin)
    const { name: agent, pillar } = prepared.agent
    const leave = conversations.join(turn.conversation_id, { agent, pillar })
    try {
      return await this.#append(prepared)
    } finally {
      leave()
    }
  }

  #prepare(params: ApiParams<'addTask'>, origin?: TaskOrigin): Promise<PreparedTask> {
    return prepareTask(params, this.#settings().taskDefaults, this.#now(), origin)
  }

  async #append(prepared: PreparedTask): Promise<{ task: Task; events: readonly StoredEvent[] }> {
    let id = prepared.id
    const events = await this.#store.append((view) => {
      const decision = addDrafts(view, prepared, this.#now())
      id = decision.id
      return decision.drafts
    })
    return { task: this.#store.resolve(id), events }
  }

  /** Changes what has not started yet. */
  async edit(ref: string, params: ApiParams<'editTask'>): Promise<Task> {
    const before = this.#store.resolve(ref)
    const { modelName, chooseAgent } = this.#settings().taskDefaults
    const prepared = await prepareEdit(params, { modelName, chooseAgent, before, now: this.#now() })
    return this.#change(ref, (view, task) => editDrafts(view, task, prepared, this.#now()))
  }

  /**
   * Ends a task for good. A running one is told to stop; resolves when its `cancelled` is on disk. Rejects with
   * `not_durable` where the disk refuses that: what ran is ended all the same, and says so as soon as it can.
   */
  async cancel(ref: string, { by, reason }: { by: string; reason: string | null }): Promise<Task> {
    const { id } = this.#store.resolve(ref)
    for (;;) {
      const attempt = this.#claims.runningOf(id)
      if (attempt !== undefined) {
        attempt.stop({ kind: 'cancel', by, reason })
        const heldUp = await Promise.race([attempt.settled, attempt.endHeldUp])
        if (heldUp !== undefined) throw cancelledLater(attempt.task, heldUp)
        if (this.#store.task(id)?.status === 'cancelled') return this.#store.resolve(id)
      }
      // Between this look and the decision the task may have been claimed, or have gone on in another way.
      const seen = this.#store.resolve(id)
      const lostCalls = seen.started_at === null ? [] : await lostCallDrafts(seen, this.#store)
      const lostParts = await lostPartDrafts(seen, this.#store)
      let isSame = false
      const task = await this.#change(id, (view, task) => {
        isSame = task.last_seq === seen.last_seq && this.#claims.runningOf(id) === undefined
        return isSame
          ? [...lostCalls, ...lostParts, ...cancelDrafts(view, task, { reason, now: this.#now() })]
          : []
      })
      if (isSame) return task
    }
  }

  /** Starts a finished task afresh, as its next attempt. */
  retry(ref: string): Promise<Task> {
    return this.#change(ref, (view, task) => retryDrafts(view, task, queueState(view, this.#options)))
  }

  /** Keeps a task that has not started from starting. */
  pause(ref: string): Promise<Task> {
    return this.#change(ref, (view, task) => pauseDrafts(task, queueState(view, this.#options)))
  }

  resume(ref: string): Promise<Task> {
    return this.#change(ref, (view, task) => resumeDrafts(task, queueState(view, this.#options)))
  }

  /** Removes a finished task; returns it as it was. */
  remove(ref: string): Promise<Task> {
    return this.#removals.remove(ref)
  }

  /** Removes the finished tasks that the filter fits, but for those whose answer an unfinished one needs. */
  clear(filter: TaskFilter): Promise<Cleared> {
    return this.#removals.clear(filter)
  }

  /** Removes these tasks in one batch, all or none, with this fact beside them; `conflict` where one is not finished. */
  removeTogether(ids: readonly string[], fact: EventPayload<'queue_changed'>): Promise<void> {
    return this.#removals.removeTogether(ids, fact)
  }

  /** Removes, in one batch, those of these tasks that are finished and that no other waits for; returns how many. */
  removeFinished(ids: readonly string[]): Promise<number> {
    return this.#removals.removeFinished(ids)
  }

  /** Every reason that a task is not running; the same predicates that admit it. */
  why(ref: string): Why {
    const task = this.#store.resolve(ref)
    return {
      task_id: task.id,
      running: task.status === 'in_progress',
      reasons: reasonsAgainst(task, queueState(this.#store, this.#options)),
    }
  }

  /** Stops or lets go on the starting of tasks; lasts over restarts. */
  async setPaused(paused: boolean): Promise<void> {
    await this.#store.append((view) =>
      isPaused(view) === paused ? [] : [{ task_id: null, type: 'queue_changed', data: { paused } }],
    )
  }

  /** Every group that is configured, paused or has tasks. */
  groups(): GroupRow[] {
    return groupRows(this.#store, this.#settings().groupConcurrency)
  }

  /** The same for the tasks of one group. `not_found` where one is to go on that there is not. */
  async setGroupPaused(name: string, paused: boolean): Promise<GroupRow> {
    const find = (): GroupRow | undefined => this.groups().find((group) => group.name === name)
    const noSuchGroup = new SparkyError('not_found', `no group "${name}"`, {
      hint: 'sparky agent groups lists them',
    })
    if (!paused && find() === undefined) throw noSuchGroup
    await this.#store.append((view) => groupPauseDrafts(view, name, paused))
    // What has neither tasks nor a limit is there only while it is paused.
    return find() ?? emptyGroup(name)
  }

  /** Whether a claim would find something to do. */
  mayClaim(lane: Lane = 'loop'): boolean {
    return this.#claims.mayClaim(lane)
  }

  /** Takes the next task that may start; undefined where none may. The caller must settle it. */
  claim(lane: Lane = 'loop'): Promise<RunningAttempt | undefined> {
    return this.#claims.claim(lane)
  }

  /**
   * Takes this task, which was delegated, into the slot of the one that has; undefined where it does not wait to be taken,
   * or not yet. The caller must settle it.
   */
  claimDelegated(id: string): Promise<RunningAttempt | undefined> {
    return this.#claims.claimDelegated(id)
  }

  /** When the next task comes due by the clock; null where none waits for it. */
  nextDue(): Date | null {
    return this.#claims.nextDue()
  }

  /**
   * Takes back to `pending` what a daemon that is gone left `in_progress`; returns those tasks. To be called once,
   * before the first claim.
   */
  recover(): Promise<readonly Task[]> {
    return this.#claims.recover()
  }

  async #change(ref: string, decide: (view: StoreView, task: Task) => readonly EventDraft[]): Promise<Task> {
    let id = ''
    const resolved: Decide = (view) => {
      const task = view.resolve(ref)
      id = task.id
      return decide(view, task)
    }
    await this.#store.append(resolved)
    return this.#store.resolve(id)
  }
}

const cancelledLater = ({ number }: Task, { message, hint }: SparkyError): SparkyError =>
  new SparkyError(
    'not_durable',
    `task ${number} was told to stop, and is cancelled once that can be written; ${message}`,
    {
      hint: hint ?? undefined,
      retryable: true,
    },
  )

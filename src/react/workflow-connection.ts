import type { LiveClient } from '../client/live-client.ts'
import { callOwn } from '../client/report-error.ts'
import type { Session, SessionState } from '../client/session.ts'
import type { Event, EventOf, EventPayload } from '../protocol/event.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { Task } from '../protocol/task.ts'
import { Observable } from './observable.ts'
import { toSparkyError } from './to-sparky-error.ts'
import { clientOf, type Login } from './login.ts'

const types = ['node_update', 'tool_update', 'search_results', 'workflow_status'] as const
export type WorkflowEventType = (typeof types)[number]
type WorkflowEvent = EventOf<WorkflowEventType>

/** Told of each event once and in order; `event` has its `seq` and its time. */
export type WorkflowCallback<T extends WorkflowEventType> = (
  data: EventPayload<T>,
  workflowId: string,
  event: EventOf<T>,
) => void

export interface WorkflowConnectionState {
  readonly connectionState: SessionState['connection'] | { readonly state: 'disconnected' }
  /** Whether events come now. */
  readonly isConnected: boolean
  /** Whether the daemon has accepted the token. */
  readonly isAuthenticated: boolean
  /** What went wrong last since `connect`: why there is no connection for good, or why a workflow cannot be followed. */
  readonly error: SparkyError | null
}

const disconnected: WorkflowConnectionState = {
  connectionState: { state: 'disconnected' },
  isConnected: false,
  isAuthenticated: false,
  error: null,
}

/** After an answer that was none. */
const findAgainMs = 1000

interface Workflow {
  /** As it was named by the program. */
  readonly ref: string
  /** The task's id; null until the daemon has said which one it is. */
  readonly id: string | null
  /** Everything up to this `seq` was handed over. */
  readonly seen: number
}

/**
 * One connection that follows any number of workflows, each from its first event. The daemon knows one subscription
 * for a connection; where workflows come and go it is replaced, and what was handed over already is left out.
 */
export class WorkflowConnection {
  readonly state = new Observable<WorkflowConnectionState>(disconnected)
  readonly #callbacks = new Map<WorkflowEventType, Set<(event: WorkflowEvent) => void>>()
  readonly #workflows = new Map<string, Workflow>()
  #session: Session | undefined
  #client: LiveClient | undefined
  #findAgain: ReturnType<typeof setTimeout> | undefined

  /** Nothing where there is a connection already, or one is being tried. */
  connect(login: Login): void {
    if (this.#session !== undefined) return
    const client = clientOf(login)
    const session = client.openSession({ client: 'sparky-react', userId: login.userId })
    this.#client = client
    this.#session = session
    session.on('event', (event) => this.#take(event))
    session.on('error', (error) => void this.#refused(session, error))
    session.on('state', (state) => this.#changed(session, state))
    this.state.set({ ...disconnected, connectionState: session.state.connection })
    this.#findAll(session)
    this.#subscribe()
  }

  /** Keeps which workflows are followed and how far: `connect` goes on from there. */
  disconnect(): void {
    const session = this.#session
    this.#keepCursor()
    this.#session = undefined
    clearTimeout(this.#findAgain)
    session?.close()
    this.state.set(disconnected)
  }

  follow(ref: string): void {
    if (this.#workflows.has(ref)) return
    this.#workflows.set(ref, { ref, id: null, seen: 0 })
    if (this.#session !== undefined) void this.#find(this.#session, ref)
  }

  /** Followed again later, it begins with its first event. */
  unfollow(ref: string): void {
    const workflow = this.#workflows.get(ref)
    if (workflow === undefined) return
    this.#keepCursor()
    this.#workflows.delete(ref)
    if (workflow.id !== null) this.#subscribe()
  }

  on<T extends WorkflowEventType>(type: T, callback: WorkflowCallback<T>): () => void {
    const callbacks = this.#callbacks.get(type) ?? new Set()
    this.#callbacks.set(type, callbacks)
    const call = (event: WorkflowEvent): void => {
      callback(event.data as EventPayload<T>, event.data.workflow_id, event as EventOf<T>)
    }
    callbacks.add(call)
    return () => void callbacks.delete(call)
  }

  #take(event: Event): void {
    if (!isOfWorkflow(event)) return
    const followed = [...this.#workflows.values()].filter(({ id }) => id === event.task_id)
    if (!followed.some(({ seen }) => event.seq > seen)) return
    for (const workflow of followed) this.#workflows.set(workflow.ref, { ...workflow, seen: event.seq })
    for (const call of new Set(this.#callbacks.get(event.type))) {
      callOwn(call, event)
    }
  }

  /** Which task is meant, and where its events begin. */
  async #find(session: Session, ref: string): Promise<void> {
    const before = this.#workflows.get(ref)
    if (before === undefined || before.id !== null) return
    try {
      const task = await this.#show(ref)
      // Meanwhile unfollowed, or followed anew.
      if (this.#workflows.get(ref) !== before || this.#session !== session) return
      this.#keepCursor()
      const other = [...this.#workflows.values()].find(({ id }) => id === task.id)
      this.#workflows.set(ref, { ref, id: task.id, seen: other?.seen ?? task.first_seq - 1 })
      this.#subscribe()
    } catch (thrown) {
      if (this.#session !== session || this.#workflows.get(ref) !== before) return
      const error = toSparkyError(thrown)
      if (error.code === 'not_found') {
        this.#workflows.delete(ref)
        this.state.patch({ error })
      } else if (this.state.get().isConnected) {
        // Without a connection it is looked for again when there is one.
        clearTimeout(this.#findAgain)
        this.#findAgain = setTimeout(() => this.#findAll(session), findAgainMs)
      }
    }
  }

  #findAll(session: Session): void {
    for (const ref of this.#workflows.keys()) void this.#find(session, ref)
  }

  #show(ref: string): Promise<Task> {
    if (this.#client === undefined) throw new SparkyError('daemon_unreachable', 'not connected')
    return this.#client.call('showTask', { id: ref })
  }

  #subscribe(): void {
    const found = [...this.#workflows.values()].filter(({ id }) => id !== null)
    if (found.length === 0) return this.#session?.unsubscribe()
    this.#session?.subscribe({
      tasks: [...new Set(found.map(({ id }) => id ?? ''))],
      types,
      after: Math.min(...found.map(({ seen }) => seen)),
    })
  }

  /** What a subscription has got so far holds for every workflow in it. */
  #keepCursor(): void {
    const cursor = this.#session?.state.cursor ?? 0
    for (const [ref, workflow] of this.#workflows) {
      if (workflow.id !== null) {
        this.#workflows.set(ref, { ...workflow, seen: Math.max(workflow.seen, cursor) })
      }
    }
  }

  #changed(session: Session, { connection, isAuthenticated }: SessionState): void {
    if (this.#session !== session) return
    const isConnected = connection.state === 'live' || connection.state === 'replaying'
    const hasCome = isConnected && !this.state.get().isConnected
    if (connection.state === 'closed') {
      this.#session = undefined
      clearTimeout(this.#findAgain)
    }
    const { error: before } = this.state.get()
    const error = connection.state === 'closed' ? (connection.error ?? before) : before
    this.state.set({ connectionState: connection, isConnected, isAuthenticated, error })
    if (hasCome) this.#findAll(session)
  }

  /** A subscription is refused as a whole where one of its tasks has been removed. */
  async #refused(session: Session, error: SparkyError): Promise<void> {
    this.state.patch({ error })
    if (error.code !== 'not_found') return
    for (const { ref, id } of this.#workflows.values()) {
      const isThere = id === null || (await this.#isThere(id))
      if (!isThere) this.#workflows.delete(ref)
    }
    if (this.#session === session) this.#subscribe()
  }

  async #isThere(id: string): Promise<boolean> {
    try {
      await this.#show(id)
      return true
    } catch (error) {
      return !(error instanceof SparkyError && error.code === 'not_found')
    }
  }
}

const isOfWorkflow = (event: Event): event is WorkflowEvent =>
  (types as readonly string[]).includes(event.type)

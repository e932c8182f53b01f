import { v7 as uuidv7 } from 'uuid'
import { isEvent } from '../protocol/event-names.ts'
import { SparkyError, toFailure } from '../protocol/failure.ts'
import type { ChatReply } from '../protocol/frames.ts'
import { isFinal } from '../protocol/status.ts'
import type { Task } from '../protocol/task.ts'
import { aboutTurn, turnEnd, turnError, turnRemoved } from '../protocol/turn-end.ts'
import type { ApiClient } from './api-client.ts'
import { askUntilAnswered } from './ask-again.ts'
import { followEvents } from './event-stream.ts'
import type { SessionFrame } from './session.ts'

interface FramePorts {
  readonly api: ApiClient
  readonly userId: string | undefined
  readonly onReply: (reply: ChatReply) => void
  readonly onError: (error: SparkyError) => void
}

type Message = Extract<SessionFrame, { type: 'message' }>

/**
 * What a session sends where no WebSocket can be had, as calls over HTTP, messages in their order. Of a turn only its end is told
 * to the one who asked: what it says on its way comes as events.
 */
export class FramesOverHttp {
  readonly #ports: FramePorts
  readonly #closing = new AbortController()
  /** The session's own conversation with each agent. */
  readonly #own = new Map<string, string>()
  #sending = new AbortController()
  #before: Promise<unknown> = Promise.resolve()

  constructor(ports: FramePorts) {
    this.#ports = ports
  }

  send(frame: SessionFrame): void {
    if (frame.type === 'message') this.#inTurn(frame)
    else if (frame.type !== 'ping') void this.#call(frame)
  }

  /** The way is lost: what is being sent may have arrived or not, as with any connection that breaks. */
  lost(): void {
    this.#sending.abort()
    this.#sending = new AbortController()
  }

  close(): void {
    this.#closing.abort()
    this.#sending.abort()
  }

  #inTurn(frame: Message): void {
    const { signal } = this.#sending
    const before = this.#before
    const send = async (): Promise<void> => {
      await before
      const task = await this.#say(frame, signal)
      // The next message need not wait for the answer.
      if (task !== undefined) void this.#tellEnd(task)
    }
    this.#before = send()
  }

  async #say(
    {
      agent_type,
      agent,
      pillar,
      conversation_id: wanted,
      message,
      metadata,
      cwd,
      model,
      environment,
    }: Message,
    signal: AbortSignal,
  ): Promise<Task | undefined> {
    const { api, userId, onReply } = this.#ports
    const named = agent_type ?? agent ?? undefined
    const about = { agent_type: named ?? 'guide', pillar: pillar ?? null, task_id: null }
    const conversation_id = wanted ?? this.#ownWith(`${about.agent_type}/${about.pillar ?? ''}`)
    try {
      signal.throwIfAborted()
      // With an id, so that it is said once however often it is sent.
      const id = uuidv7()
      const said = {
        id,
        message,
        metadata,
        agent_type: named,
        pillar,
        cwd,
        model,
        environment,
        user_id: userId,
      }
      return await askUntilAnswered(api, 'sendMessage', { ...said, conversation_id }, { signal })
    } catch (error) {
      if (!signal.aborted) onReply(turnError({ ...about, conversation_id }, toFailure(error)))
      return undefined
    }
  }

  async #tellEnd(task: Task): Promise<void> {
    const { api, onReply, onError } = this.#ports
    const { signal } = this.#closing
    const about = aboutTurn(task)
    try {
      const events = followEvents(api, {
        task: task.id,
        after: task.first_seq,
        types: ['status', 'task_removed'],
        signal,
        giveUpAfterMs: Number.POSITIVE_INFINITY,
      })
      for await (const line of events) {
        if (signal.aborted || !isEvent(line)) continue
        if (line.type === 'task_removed') return onReply(turnRemoved(about))
        if (line.type === 'status' && isFinal(line.data.status)) return onReply(turnEnd(about, line.data))
      }
    } catch (error) {
      if (!signal.aborted && error instanceof SparkyError) onError(error)
    }
  }

  async #call(frame: Exclude<SessionFrame, { type: 'message' | 'ping' }>): Promise<void> {
    const { api, onError } = this.#ports
    try {
      if (frame.type === 'cancel') await api.call('cancelTask', { id: frame.task_id })
      else {
        const { type: decision, approval_id, reason } = frame
        await api.call('answerApproval', { approval_id, decision, ...(reason !== undefined && { reason }) })
      }
    } catch (error) {
      if (error instanceof SparkyError) onError(error)
    }
  }

  #ownWith(agent: string): string {
    const id = this.#own.get(agent) ?? uuidv7()
    this.#own.set(agent, id)
    return id
  }
}

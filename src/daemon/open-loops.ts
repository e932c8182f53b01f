import { AgentLoop, type AgentLoopOptions } from './agent/agent-loop.ts'
import type { Budgets } from './budgets/budgets.ts'
import type { LiveSettings } from './live-settings.ts'
import type { Queue } from './queue/queue.ts'

interface Surroundings extends Pick<AgentLoopOptions, 'store' | 'run' | 'onMoment' | 'log'> {
  readonly settings: LiveSettings
  readonly budgets: Budgets
  readonly queue: Queue
}

interface Loops {
  /** Gives slots to tasks. */
  readonly loop: AgentLoop
  /** Runs turns of conversations, beside those slots. */
  readonly chat: AgentLoop
}

/** What takes tasks from the queue and runs them; begins with its `start`. */
export const openLoops = ({ settings, budgets, queue, onMoment, ...rest }: Surroundings): Loops => {
  const { store } = rest
  const claiming = {
    ...rest,
    // A key or an Ollama may have come since the last look.
    prepareClaims: async () => {
      await settings.models.refreshDefault()
      await budgets.ready()
    },
    pollIntervalMs: () => settings.current.pollIntervalS * 1000,
  }
  return {
    loop: new AgentLoop({ ...claiming, queue, onMoment }),
    chat: new AgentLoop({
      ...claiming,
      name: 'Chat',
      queue: {
        mayClaim: () => queue.mayClaim('chat'),
        claim: () => queue.claim('chat'),
        nextDue: () => queue.nextDue(),
      },
      // A daemon may add a thousand tasks for each that is a turn, or frees the lock of a conversation.
      isConcerned: (event) => {
        if (event.type === 'task_added') return event.data.task.kind === 'chat'
        if (event.type === 'status' && event.data.status === 'waiting') return true
        return store.task(event.task_id ?? '')?.conversation_id !== null
      },
      onMoment: () => {},
    }),
  }
}

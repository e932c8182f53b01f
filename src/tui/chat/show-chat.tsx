import type { ReadStream, WriteStream } from 'node:tty'
import type { TaskEnvironment } from '../../protocol/task-environment.ts'
import { collectSooner } from '../effects/collect-sooner.ts'
import { animatedMs, restingMs, runClock, runTicks } from '../effects/run-clock.ts'
import { openTerminal, type Ending } from '../open-terminal.tsx'
import { openWatch, showWatch, type Background } from '../show-watch.ts'
import type { FrameStore } from '../state/frame-store.ts'
import { ChatApp } from './chat-app.tsx'
import type { ChatSession, ChatSource, ShownConversation } from './chat-source.ts'
import { findParts } from './effects/find-parts.ts'
import { keepDaemonKnown } from './effects/keep-daemon-known.ts'
import { keepHistory } from './effects/keep-history.ts'
import { loadTurns } from './effects/load-turns.ts'
import { newId } from './effects/new-id.ts'
import { showWhatRuns } from './effects/show-what-runs.ts'
import { sizeMonitor } from './effects/size-monitor.ts'
import { talk } from './effects/talk.ts'
import { PathFinder } from './input/path-finder.ts'
import { checkAgent } from './state/chosen-agent.ts'
import { startChat } from './state/chat-state.ts'
import { ChatStore } from './state/chat-store.ts'
import { runningTurn } from './state/conversation-facts.ts'
import {
  newConversation,
  pastConversation,
  withPlaceTold,
  type ConversationLog,
  type TalkingAgent,
} from './state/conversation-log.ts'

export interface ChatOptions {
  readonly source: ChatSource
  readonly userId: string
  /** Whom a new conversation is with. */
  readonly agent: TalkingAgent
  /** The conversation that is gone on with; null begins one. */
  readonly resumed: Resumed | null
  /** The id of the one that begins; made up if left out. */
  readonly newId?: string | undefined
  /** The model of what is said; the agent's, or the daemon's, if left out. */
  readonly model?: string | undefined
  /** Where conversations that begin here work. Absolute. */
  readonly cwd: string
  readonly environment: TaskEnvironment
  /** What the user said in earlier chats, newest last, and who keeps what is said in this one. */
  readonly history?: { readonly earlier: readonly string[]; keep(message: string): void }
  readonly stdin?: ReadStream
  readonly stdout?: WriteStream
}

interface Resumed {
  readonly conversation: ShownConversation
  /** The newest event before it was asked for: what happens after that comes by subscription. */
  readonly seq: number
}

export interface ChatEnd {
  /** Of the conversation that was on the screen; null where nothing was said in it. */
  readonly conversationId: string | null
  /** Whether a turn goes on there. */
  readonly isWorking: boolean
}

/** The user whose sessions are Task Monitors. */
const monitorUser = 'agent'

/**
 * `sparky chat` on a terminal. Resolves when the user leaves; rejects with what made going on pointless, after the
 * terminal is as it was found. A signal ends the whole process, as if nobody had caught it.
 */
export const showChat = async (options: ChatOptions): Promise<ChatEnd> => {
  collectSooner()
  const { source, userId, cwd, environment } = options
  const store = await openStore(options)
  const watch = userId === monitorUser ? await openWatch({ client: source }) : null
  const session = source.openSession()
  const finder = new PathFinder(cwd, (found) => store.dispatch({ type: 'found', found }))
  const releases = [
    talk({ store, session, cwd, environment }),
    loadTurns(store, source),
    findParts(store, source),
    keepDaemonKnown(store, source),
    keepHistory(store, (message) => options.history?.keep(message)),
    ...(watch === null ? [] : [keepWatching(store, watch)]),
  ]
  try {
    for (;;) {
      const ending = await showUntilEnd(options, { store, session, finder, monitor: watch?.store ?? null })
      if (ending.kind === 'failed') throw ending.error
      if (ending.kind === 'signal') process.kill(process.pid, ending.signal)
      if (ending.kind !== 'watch') break
      await showWatch({ client: source, ...terminalOf(options) })
    }
    const { log } = store.getState()
    const wasSaid = log.items.some((item) => item.kind === 'turn' && item.taskId !== null)
    return { conversationId: wasSaid ? log.id : null, isWorking: runningTurn(log) !== null }
  } finally {
    for (const release of releases) release()
    finder.close()
    session.close()
    store.close()
  }
}

const openStore = async (options: ChatOptions): Promise<ChatStore> => {
  const { source, userId, agent, resumed, history, model = null } = options
  const [daemon, agents] = await Promise.all([source.status(), source.listAgents()])
  if (resumed === null) checkAgent(agent, agents)
  const log =
    resumed === null
      ? newConversation(options.newId ?? newId(), agent, daemon.store.seq)
      : logOf(resumed, options.cwd)
  const hasMonitor = userId === monitorUser
  const earlier = history?.earlier ?? []
  return new ChatStore(
    startChat({ nowMs: Date.now(), userId, log, daemon, agents, model, hasMonitor, earlier }),
  )
}

const logOf = ({ conversation, seq }: Resumed, cwd: string): ConversationLog =>
  withPlaceTold(pastConversation(conversation, conversation.history, seq), conversation.cwd, cwd)

/** Follows all tasks behind the Task Monitor. */
const keepWatching = (
  store: ChatStore,
  watch: { readonly store: FrameStore; readonly background: Background },
): (() => void) => {
  const releases = [sizeMonitor(store, watch.store), showWhatRuns(store, watch.store), runClock(watch.store)]
  // Where following is pointless, the chat's own session says so.
  watch.background.work().catch(() => {})
  return () => {
    for (const release of releases) release()
    watch.background.close()
    watch.store.close()
  }
}

type ChatEnding = Ending | { readonly kind: 'watch' }

interface Shown {
  readonly store: ChatStore
  readonly session: ChatSession
  readonly finder: PathFinder
  readonly monitor: FrameStore | null
}

/** The screen, until it is left or another one is asked for. */
const showUntilEnd = async (
  options: ChatOptions,
  { store, session, finder, monitor }: Shown,
): Promise<ChatEnding> => {
  const { source, cwd, environment } = options
  let closeScreen = (): void => {}
  try {
    return await new Promise<ChatEnding>((onEnd) => {
      const watch = (): void => onEnd({ kind: 'watch' })
      closeScreen = openTerminal({
        ...terminalOf(options),
        onEnd,
        use: 'screen',
        view: (verbs) => (
          <ChatApp
            store={store}
            session={session}
            finder={finder}
            source={source}
            cwd={cwd}
            environment={environment}
            monitor={monitor}
            terminal={{ ...verbs, watch }}
          />
        ),
        onSize: (size) => store.dispatch({ type: 'resized', size }),
        startClock: () =>
          runTicks(store, (state) => (runningTurn(state.log) === null ? restingMs : animatedMs)),
      })
    })
  } finally {
    closeScreen()
  }
}

const terminalOf = ({ stdin = process.stdin, stdout = process.stdout }: ChatOptions) => ({ stdin, stdout })

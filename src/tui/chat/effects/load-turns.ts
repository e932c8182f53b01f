import { toFailure } from '../../../protocol/failure.ts'
import { viewAt } from '../../layout/viewport.ts'
import type { ChatSource } from '../chat-source.ts'
import { chatPanes } from '../layout/chat-panes.ts'
import { logDocument } from '../layout/log-document.ts'
import { itemIndexOf } from '../state/chat-document.ts'
import type { ChatState } from '../state/chat-state.ts'
import type { ChatStore } from '../state/chat-store.ts'
import { isOpen, type Turn } from '../state/turn.ts'

/**
 * Loads what past turns did, one turn after the other: those that are not over, then those that are on the screen. A
 * turn whose events cannot be had stays as the history tells it.
 */
export const loadTurns = (store: ChatStore, source: Pick<ChatSource, 'taskEvents'>): (() => void) => {
  const given = new Set<string>()
  let isLoading = false
  const closing = new AbortController()
  let looked: ChatState | null = null

  const load = async (taskId: string): Promise<void> => {
    let after: number | null = 0
    while (after !== null && !closing.signal.aborted) {
      store.dispatch({ type: 'page_requested', taskId })
      const page = await source.taskEvents(taskId, after)
      store.settle()
      store.dispatch({ type: 'page', taskId, events: page.events, isLast: page.next_after === null })
      after = page.next_after
    }
  }

  const follow = (): void => {
    const state = store.getState()
    if (isLoading || closing.signal.aborted || !hasMoved(looked, state)) return
    looked = state
    const taskId = wantedIn(state, given)
    if (taskId === null) return
    isLoading = true
    load(taskId)
      .catch((error: unknown) => {
        // One that is gone is not asked for again; all others once there is a connection.
        const { code } = toFailure(error)
        given.add(code === 'not_found' ? taskId : `${taskId} ${state.connectionSinceMs}`)
      })
      .finally(() => {
        isLoading = false
        looked = null
        if (!closing.signal.aborted) follow()
      })
  }

  const unsubscribe = store.subscribe(follow)
  follow()
  return () => {
    closing.abort()
    unsubscribe()
  }
}

const hasMoved = (before: ChatState | null, state: ChatState): boolean =>
  before === null ||
  before.log.items !== state.log.items ||
  before.log.children !== state.log.children ||
  before.view !== state.view ||
  before.size !== state.size ||
  before.connection !== state.connection

const wantedIn = (state: ChatState, given: ReadonlySet<string>): string | null => {
  const { items, children } = state.log
  const isWanted = (turn: Turn): boolean =>
    turn.transcript.loading &&
    turn.taskId !== null &&
    !given.has(turn.taskId) &&
    !given.has(`${turn.taskId} ${state.connectionSinceMs}`)
  for (const child of children.values()) if (isWanted(child)) return child.taskId
  const loading = items.filter((item): item is Turn => item.kind === 'turn' && isWanted(item))
  if (loading.length === 0) return null
  const open = loading.find(isOpen)
  if (open !== undefined) return open.taskId
  const { width, logHeight } = chatPanes(state)
  const { rows } = viewAt(logDocument(state, width), state.view.anchor, logHeight)
  const visible = new Set(rows.map(({ index }) => items[itemIndexOf(index)]))
  return loading.findLast((turn) => visible.has(turn))?.taskId ?? null
}

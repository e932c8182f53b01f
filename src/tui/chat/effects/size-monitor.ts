import type { FrameStore } from '../../state/frame-store.ts'
import { chatPanes } from '../layout/chat-panes.ts'
import type { ChatStore } from '../state/chat-store.ts'

/** Keeps the Task Monitor as large as the pane that the chat leaves it. */
export const sizeMonitor = (store: ChatStore, monitor: FrameStore): (() => void) => {
  const fit = (): void => {
    const pane = chatPanes(store.getState()).monitor
    const { columns, rows } = monitor.getState().size
    if (pane === null || (pane.columns === columns && pane.rows === rows)) return
    monitor.dispatch({ type: 'resized', size: { columns: pane.columns, rows: pane.rows } })
  }
  fit()
  return store.subscribe(fit)
}

import type { ChatState } from '../state/chat-state.ts'
import { inputRows, popupRows } from './input-rows.ts'
import { pickerHeight } from './picker-lines.ts'

/** Where everything is on a screen of this size. Nothing is ever negative, however small the terminal. */
export interface ChatPanes {
  /** Columns and rows of the chat itself. */
  readonly width: number
  readonly height: number
  readonly headerHeight: number
  readonly logHeight: number
  readonly pickerHeight: number
  readonly popupHeight: number
  readonly ruleHeight: number
  readonly inputHeight: number
  readonly statusHeight: number
  /** The Task Monitor's, where it has a pane. */
  readonly monitor: {
    readonly at: 'beside' | 'below'
    readonly columns: number
    readonly rows: number
  } | null
}

const besideFrom = 110
const belowFrom = 18
const mostPopupRows = 8

export const chatPanes = (state: ChatState): ChatPanes => {
  const { columns, rows, hasMonitor } = state.size
  const monitor = hasMonitor ? monitorIn(columns, rows, state.focus === 'monitor') : null
  const width = monitor?.at === 'beside' ? columns - monitor.columns - 1 : columns
  const height = monitor?.at === 'below' ? Math.max(0, rows - monitor.rows - 1) : rows
  const statusHeight = height >= 3 ? 1 : 0
  const headerHeight = height >= 6 ? 1 : 0
  const ruleHeight = height >= 8 ? 1 : 0
  const rest = Math.max(0, height - statusHeight - headerHeight - ruleHeight)
  const input = Math.min(rest, inputRows(state, width, Math.max(1, Math.floor(rest / 2))).length)
  const popup = Math.min(
    Math.max(0, rest - input),
    popupRows(state, width, Math.min(mostPopupRows, Math.floor(rest / 2))).length,
  )
  const picker = Math.min(Math.max(0, rest - input - popup), pickerHeight(state, Math.floor(rest * 0.6)))
  return {
    width,
    height,
    headerHeight,
    ruleHeight,
    statusHeight,
    inputHeight: input,
    popupHeight: popup,
    pickerHeight: picker,
    logHeight: Math.max(0, rest - input - popup - picker),
    monitor,
  }
}

/** Beside the chat where there is room for both; below it else; where there is room for one, whichever has the keyboard. */
const monitorIn = (columns: number, rows: number, hasFocus: boolean): ChatPanes['monitor'] => {
  if (columns >= besideFrom && rows >= 8) return { at: 'beside', columns: Math.floor(columns * 0.42), rows }
  if (rows >= belowFrom) return { at: 'below', columns, rows: Math.floor(rows * 0.4) }
  return hasFocus ? { at: 'below', columns, rows: Math.max(0, rows - 1) } : null
}

import { cursorPlace, draftRows, positionAt } from './draft-rows.ts'
import { moveTo } from './draft.ts'
import type { InputState } from './input-state.ts'

/** The cursor a row up or down, in the column that it came from where that row is long enough. Null beyond the edge. */
export const verticalMove = (state: InputState, direction: -1 | 1, width: number): InputState | null => {
  const { draft } = state
  const rows = draftRows(draft, width)
  const place = cursorPlace(draft, width)
  const target = rows[place.row + direction]
  if (target === undefined) return null
  const goalColumn = state.goalColumn ?? place.column
  const next = rows[place.row + direction + 1]
  const endsLine = next === undefined || next.from > target.to
  const to = positionAt(target, goalColumn, endsLine)
  return { ...state, draft: moveTo(draft, to), last: 'moved', goalColumn }
}

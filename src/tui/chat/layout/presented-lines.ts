import { presentationOf } from '../../../protocol/presentation.ts'
import type { Json } from '../../../protocol/task.ts'
import { presentationLines } from '../../layout/chart/presentation-lines.ts'
import { span, type Line } from '../../layout/line.ts'

const maxRows = { folded: 12, unfolded: 200 }

/** A bar that is longer says no more. */
const widest = 88

interface Drawn {
  readonly width: number
  readonly unfolded: boolean
  readonly lines: readonly Line[]
}
const drawn = new WeakMap<object, Drawn>()

/** What an agent has shown instead of writing it: a table or a chart. None where it is nothing that can be drawn. */
export const presentedLines = (value: Json, width: number, unfolded: boolean): readonly Line[] => {
  if (typeof value !== 'object' || value === null) return []
  const known = drawn.get(value)
  if (known?.width === width && known.unfolded === unfolded) return known.lines
  const presentation = presentationOf(value)
  const rows =
    presentation === null
      ? []
      : presentationLines(presentation, {
          width: Math.max(1, Math.min(widest, width - 2)),
          isFolded: !unfolded,
          maxRows: unfolded ? maxRows.unfolded : maxRows.folded,
        })
  const lines = rows.map((line): Line => [span('  '), ...line])
  drawn.set(value, { width, unfolded, lines })
  return lines
}

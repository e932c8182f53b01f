import { presentationOf } from '../protocol/presentation.ts'
import type { Json } from '../protocol/task.ts'
import { presentationLines } from './layout/chart/presentation-lines.ts'
import type { Tone } from './layout/line.ts'

interface Drawing {
  readonly columns: number
  /** Nothing but ASCII. */
  readonly ascii: boolean
  readonly paint: (text: string, tone: Tone) => string
}

/**
 * What was presented as clean lines of text for whoever prints them; none where it is nothing that can be drawn. What
 * the command line loads for it, and only then: it knows no screen.
 */
export const drawPresented = (value: Json, { columns, ascii, paint }: Drawing): readonly string[] => {
  const presentation = presentationOf(value)
  if (presentation === null) return []
  return presentationLines(presentation, { width: Math.max(narrowest, columns), ascii }).map((line) =>
    line
      .map(({ text, tone }) => paint(text, tone))
      .join('')
      .trimEnd(),
  )
}

const narrowest = 20

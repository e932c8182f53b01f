import type { Json } from '../../protocol/task.ts'
import type { Style } from './style.ts'

interface Place {
  readonly columns: number
  readonly style: Style
  /** Nothing but ASCII, for a terminal that has no more. */
  readonly ascii: boolean
}

const widest = 100

/** What an agent has presented, drawn; null where there is nothing to draw. Loads what draws only then. */
export const presentedText = async (
  value: Json | undefined,
  { columns, style, ascii }: Place,
): Promise<string | null> => {
  if (typeof value !== 'object' || value === null) return null
  const { drawPresented } = await import('../../tui/draw-presented.ts')
  const lines = drawPresented(value, {
    columns: Math.min(columns, widest),
    ascii,
    paint: (text, tone) => paintOf(tone, style)(text),
  })
  return lines.length === 0 ? null : lines.join('\n')
}

const paintOf = (tone: string, style: Style): ((text: string) => string) => {
  switch (tone) {
    case 'strong':
      return style.bold
    case 'dim':
      return style.dim
    case 'drawn':
    case 'drawn_other':
      return style.cyan
    default:
      return (text) => text
  }
}

import { Box } from 'ink'
import type { ReactNode } from 'react'
import type { Line } from '../layout/line.ts'
import { LineView } from './line-view.tsx'

interface RowsProps {
  readonly lines: readonly Line[]
  readonly width: number
  /** The rows below the last line stay empty; lines beyond are not shown. */
  readonly height: number
}

/** Lines below each other in a box of exactly this size. */
export const Rows = ({ lines, width, height }: RowsProps): ReactNode =>
  height <= 0 ? null : (
    <Box flexDirection="column" flexShrink={0} width={width} height={height}>
      {lines.slice(0, height).map((line, row) => (
        <LineView key={row} line={line} />
      ))}
    </Box>
  )

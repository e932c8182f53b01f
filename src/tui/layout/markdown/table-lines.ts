import type { Tokens } from 'marked'
import { gridLines } from '../grid.ts'
import type { Line } from '../line.ts'
import { inlineLines } from './inline.ts'

/** A table of Markdown, fitted to the width. */
export const tableLines = ({ header, rows, align }: Tokens.Table, width: number): readonly Line[] =>
  gridLines(
    {
      header: header.map((cell) => inlineLines(cell.tokens, 'strong')),
      rows: rows.map((row) => row.map((cell) => inlineLines(cell.tokens))),
      align,
    },
    width,
  )

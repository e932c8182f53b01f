/** Where everything is on a screen of this size. Nothing is ever negative, however small the terminal. */
export interface Panes {
  readonly columns: number
  readonly rows: number
  /** The list beside the transcript, or above it. */
  readonly arrangement: 'beside' | 'stacked'
  readonly listWidth: number
  readonly listHeight: number
  readonly paneWidth: number
  /** Rows of the transcript itself, below the title of its task. */
  readonly transcriptHeight: number
  /** Rows above the transcript that tell about its task; the last one is a rule. */
  readonly titleHeight: number
  /** Whether rules stand below the header and above the footer. */
  readonly ruled: boolean
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

const beside = 76
const chromeRows = 4

export const panesOf = ({ columns, rows }: Size): Panes =>
  columns >= beside && rows >= 8 ? besideEachOther(columns, rows) : stacked(columns, rows)

const besideEachOther = (columns: number, rows: number): Panes => {
  const height = rows - chromeRows
  const listWidth = Math.min(64, Math.max(32, Math.round(columns * 0.44)))
  const titleHeight = height >= 8 ? 3 : 0
  return {
    columns,
    rows,
    arrangement: 'beside',
    listWidth,
    listHeight: height,
    paneWidth: columns - listWidth - 1,
    transcriptHeight: height - titleHeight,
    titleHeight,
    ruled: true,
  }
}

/** Header, list, rule, transcript, footer; what has no room goes, the list first. */
const stacked = (columns: number, rows: number): Panes => {
  const inner = Math.max(0, rows - 2)
  const listHeight = inner < 4 ? Math.min(1, inner) : Math.max(2, Math.floor((inner - 1) * 0.35))
  const ruleHeight = inner - listHeight > 1 ? 1 : 0
  return {
    columns,
    rows,
    arrangement: 'stacked',
    listWidth: columns,
    listHeight,
    paneWidth: columns,
    transcriptHeight: Math.max(0, inner - listHeight - ruleHeight),
    titleHeight: ruleHeight,
    ruled: false,
  }
}

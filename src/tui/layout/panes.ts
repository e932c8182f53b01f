/** Where everything is on a screen of this size. Nothing is ever negative, however small the terminal. */
export interface Panes {
  readonly columns: number
  readonly rows: number
  /** The list beside the transcripts, or above them; or no list. */
  readonly arrangement: 'beside' | 'stacked' | 'alone'
  readonly listWidth: number
  readonly listHeight: number
  /** How many transcripts have a place: so many beside each other, and so many of such rows. */
  readonly across: number
  readonly down: number
  /** Columns and rows of one transcript with its title; all are of the same size. */
  readonly paneWidth: number
  readonly paneHeight: number
  /** Rows of the transcript itself, below the title of its task. */
  readonly transcriptHeight: number
  /** Rows above the transcript that tell about its task: none, a rule with the facts in it, or two lines and a rule. */
  readonly titleHeight: 0 | 1 | 3
  /** Whether rules stand below the header and above the footer. */
  readonly ruled: boolean
}

/** How much room there is, and for what. */
export interface Size {
  readonly columns: number
  readonly rows: number
  /** Transcripts to show at once; one if left out. */
  readonly tiles?: number
  /** Yes if left out. */
  readonly hasList?: boolean
  /** Whether a replay's bar takes a row above the footer; no if left out. */
  readonly hasScrubber?: boolean
}

const beside = 76
const ruledFrom = 8
/** A pane that is narrower or lower than this shows nothing that is worth its place. */
const paneAtLeast = { columns: 38, rows: 6 }

export const panesOf = ({
  columns,
  rows,
  tiles: wanted = 1,
  hasList = true,
  hasScrubber = false,
}: Size): Panes => {
  const isWide = columns >= beside && rows >= ruledFrom
  const ruled = hasList ? isWide : rows >= ruledFrom
  const inner = Math.max(
    0,
    rows - 2 - (ruled ? 2 : 0) - (hasScrubber ? Math.min(1, Math.max(0, rows - 2)) : 0),
  )
  const frame = { columns, rows, ruled }
  if (!hasList) {
    const tiles = tilesIn(wanted, columns, inner, true)
    return { ...frame, arrangement: 'alone', listWidth: 0, listHeight: 0, ...tiles }
  }
  if (isWide) {
    const listWidth = Math.min(64, Math.max(32, Math.round(columns * 0.44)))
    const tiles = tilesIn(wanted, columns - listWidth - 1, inner, true)
    return { ...frame, arrangement: 'beside', listWidth, listHeight: inner, ...tiles }
  }
  // What has no room goes, the list first.
  const listHeight = inner < 4 ? Math.min(1, inner) : Math.max(2, Math.floor((inner - 1) * 0.35))
  const tiles = tilesIn(wanted, columns, inner - listHeight, false)
  return { ...frame, arrangement: 'stacked', listWidth: columns, listHeight, ...tiles }
}

/** As many transcripts as have room, beside each other first. */
const tilesIn = (
  wanted: number,
  width: number,
  height: number,
  isTitled: boolean,
): Pick<Panes, 'across' | 'down' | 'paneWidth' | 'paneHeight' | 'titleHeight' | 'transcriptHeight'> => {
  const most = Math.max(1, wanted)
  const fitAcross = Math.max(1, Math.floor((width + 1) / (paneAtLeast.columns + 1)))
  const fitDown = Math.max(1, Math.floor(height / paneAtLeast.rows))
  const rows = Math.min(fitDown, Math.ceil(most / Math.min(most, fitAcross)))
  const across = Math.min(fitAcross, Math.ceil(most / rows))
  const down = Math.min(fitDown, Math.ceil(most / across))
  const paneWidth = Math.floor((width - (across - 1)) / across)
  const paneHeight = Math.floor(height / down)
  const titleHeight = isTitled && paneHeight >= (most > 1 ? 12 : 8) ? 3 : paneHeight > 1 ? 1 : 0
  return { across, down, paneWidth, paneHeight, titleHeight, transcriptHeight: paneHeight - titleHeight }
}

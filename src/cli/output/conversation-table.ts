import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Conversation } from '../../protocol/conversation.ts'
import { formatAge } from './amounts.ts'
import type { Output } from './output.ts'
import { renderTable, type Cell } from './table.ts'

/** What takes the most room goes first where there is little. */
const widths = { withAgent: 60, withTurns: 80 } as const

/** Prints conversations as a table, in the order given. */
export const printConversationTable = async (
  conversations: readonly Conversation[],
  output: Output,
  nowMs: number,
): Promise<void> => {
  const { columns, style } = output
  const shown = columns >= widths.withTurns ? 5 : columns >= widths.withAgent ? 4 : 3
  const heads = ['ID', 'TITLE', 'USED', 'AGENT', 'TURNS'].slice(0, shown)
  const ids = shortIds(conversations.map(({ id }) => sanitizeLine(id)))
  const rows = conversations.map(({ title, agent, pillar, updated_at, turns, active }, at): Cell[] =>
    [
      { text: ids[at] ?? '' },
      { text: sanitizeLine(title) },
      active
        ? { text: 'active', paint: style.green }
        : { text: `${formatAge(nowMs - Date.parse(updated_at))} ago` },
      { text: sanitizeLine(pillar === null ? agent : `${agent}/${pillar}`) },
      { text: String(turns) },
    ].slice(0, shown),
  )
  const lines = await renderTable({ heads, rows, flexible: 1 }, columns, style.dim)
  for (const line of lines) output.line(line)
}

const shortest = 12
const longest = 36

/** As much of each id as names it here. */
const shortIds = (ids: readonly string[]): string[] =>
  ids.map((id) => {
    let length = shortest
    while (length < id.length && ids.some((other) => other !== id && other.startsWith(id.slice(0, length))))
      length += 1
    return length < longest ? id.slice(0, length) : id
  })

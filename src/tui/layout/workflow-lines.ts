import { sanitize, sanitizeLine } from '../../protocol/sanitize.ts'
import type { NodeEntry, SearchEntry, SummaryEntry } from '../state/entry.ts'
import { clock, duration, plural } from './format.ts'
import { bodyWidth, indent, timeColumn } from './hanging.ts'
import { cut, fitLine, lineWidth, span, widthOf, type Line, type Span } from './line.ts'
import { markdownLines } from './markdown/markdown-lines.ts'
import { spinner } from './signs.ts'
import { wrap } from './wrap.ts'

interface FoldLayout {
  readonly width: number
  readonly unfolded: boolean
  readonly nowMs: number
  readonly tick: number
}

const maxOutputRows = 200
const maxErrorRows = 8
const foldedResults = 3

/** A line of the checklist: the sign of its state, its name, what came out of it and how long it took. */
export const nodeLines = (entry: NodeEntry, layout: FoldLayout): readonly Line[] => {
  const { width, unfolded } = layout
  const text = sanitize(entry.text).trim()
  const isFailure = entry.status === 'failed'
  const isShown = text !== '' && (isFailure || unfolded)
  const rows = isShown ? wrap(text, bodyWidth(width) - 2, unfolded ? maxOutputRows : maxErrorRows) : []
  return [
    nodeLine(entry, layout, isShown ? '' : sanitizeLine(entry.summary).trim()),
    ...rows.map((row, index): Line => [
      ...indent(width),
      span(index === 0 ? '└ ' : '  ', 'dim'),
      span(row, isFailure ? 'failed' : 'plain'),
    ]),
  ]
}

const nodeLine = (entry: NodeEntry, { width, nowMs, tick }: FoldLayout, said: string): Line => {
  const { ts, node, status, durationMs } = entry
  const time =
    status === 'executing' ? clock(nowMs - Date.parse(ts)) : durationMs === null ? '' : duration(durationMs)
  const right: Line = [span(` ${time}`, status === 'executing' ? 'running' : 'dim')]
  const space = Math.max(1, bodyWidth(width) - lineWidth(right))
  const name = cut(sanitizeLine(node), space - 2)
  const words = status === 'left' ? 'left before its end' : said
  const room = space - widthOf(name) - 6
  const left: Line = [
    nodeSign(status, tick),
    span(name, 'strong'),
    ...(words === '' || room < 8 ? [] : [span(`  ${cut(words, room)}${words === said ? ' ▸' : ''}`, 'dim')]),
  ]
  return [...timeColumn(ts, width), ...fitLine(left, space), ...right]
}

const nodeSign = (status: NodeEntry['status'], tick: number): Span => {
  switch (status) {
    case 'executing':
      return span(`${spinner(tick)} `, 'running')
    case 'completed':
      return span('✓ ', 'done')
    case 'failed':
      return span('✗ ', 'failed')
    case 'left':
      return span('! ', 'waiting')
  }
}

/** The first results by their titles; unfolded all of them with where they are, and what was made of them. */
export const searchLines = (
  { ts, query, results, synthesis }: SearchEntry,
  { width, unfolded }: FoldLayout,
): readonly Line[] => {
  const body = bodyWidth(width)
  const extent = unfolded ? '' : ' ▸'
  const head = `${plural(results.length, 'result')} for "${sanitizeLine(query).trim()}"`
  const shown = unfolded ? results : results.slice(0, foldedResults)
  const left = results.length - shown.length
  const below = [
    ...shown.flatMap((result, index) => resultLines(result, { number: index + 1, width: body, unfolded })),
    ...(left > 0 ? [[span(cut(`   … ${left} more`, body), 'dim')]] : []),
    ...(unfolded && synthesis.trim() !== '' ? [[], ...markdownLines(synthesis, body - 1)] : []),
  ]
  return [
    [
      ...timeColumn(ts, width),
      span('≡ ', 'dim'),
      span(cut(head, body - 2 - extent.length)),
      span(extent, 'dim'),
    ],
    ...below.map((line) => [...indent(width), ...line]),
  ]
}

const resultLines = (
  { title, url, snippet }: SearchEntry['results'][number],
  { number, width, unfolded }: { number: number; width: number; unfolded: boolean },
): readonly Line[] => {
  const label = `${String(number).padStart(2)} `
  const room = width - label.length
  const address = sanitizeLine(url).trim()
  const isUntitled = title.trim() === ''
  const name = cut(isUntitled ? address : sanitizeLine(title).trim(), room)
  const site = siteOf(address)
  const beside = room - widthOf(name) - 2
  const blank = span(' '.repeat(label.length))
  if (!unfolded) {
    return [
      [span(label, 'dim'), span(name), span(beside < 6 || isUntitled ? '' : `  ${cut(site, beside)}`, 'dim')],
    ]
  }
  return [
    [span(label, 'dim'), span(name, 'strong')],
    ...(isUntitled ? [] : wrap(address, room, 3)).map((row): Line => [blank, span(row, 'link')]),
    ...wrap(sanitizeLine(snippet).trim(), room, 3)
      .filter((row) => row !== '')
      .map((row): Line => [blank, span(row, 'dim')]),
  ]
}

/** "example.com" of an address. */
const siteOf = (url: string): string => url.replace(/^[a-z]+:\/\/(?:www\.)?/i, '').replace(/[/?#].*$/, '')

/** That earlier turns were summed up; unfolded the summary. */
export const summaryLines = (
  { ts, text, summary }: SummaryEntry,
  { width, unfolded }: FoldLayout,
): readonly Line[] => {
  const body = bodyWidth(width)
  const rows = wrap(`${text}${unfolded || summary === '' ? '' : ' ▸'}`, body)
  return [
    ...rows.map((row, index): Line => [
      ...(index === 0 ? timeColumn(ts, width) : indent(width)),
      span(row, 'dim'),
    ]),
    ...(unfolded ? markdownLines(summary, body - 1) : []).map((line) => [...indent(width), ...line]),
  ]
}

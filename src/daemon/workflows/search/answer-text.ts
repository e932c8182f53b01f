import type { SearchState, SkippedPage, Source } from './search-state.ts'

/** The answer as Markdown: what was found out, then where it stands, then what could not be read. */
export const answerText = ({ synthesis, sources, skipped, failedQueries }: SearchState): string =>
  [
    synthesis,
    ...section('Sources', sources.map(sourceLine)),
    ...section('Skipped', [
      ...skipped.map(skippedLine),
      ...failedQueries.map(({ query, reason }) => `- the query "${oneLine(query)}": ${oneLine(reason)}`),
    ]),
  ].join('\n\n')

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`## ${title}`, lines.join('\n')]

const sourceLine = (source: Source, index: number): string => `${index + 1}. ${link(source)}`

const skippedLine = (page: SkippedPage): string => `- ${link(page)}: ${oneLine(page.reason)}`

const link = ({ title, url }: Pick<Source, 'title' | 'url'>): string =>
  `[${oneLine(title).replace(/[[\]\\]/g, String.raw`\$&`)}](${url
    .replace(/[\s()<>]/g, encodeURIComponent)
    .replaceAll('(', '%28')
    .replaceAll(')', '%29')})`

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 300)

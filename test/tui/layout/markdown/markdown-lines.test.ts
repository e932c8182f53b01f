import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineWidth, textOfLine } from '../../../../src/tui/layout/line.ts'
import { growingMarkdownLines, markdownLines } from '../../../../src/tui/layout/markdown/markdown-lines.ts'

const rows = (source: string, width = 40): string[] => {
  const lines = markdownLines(source, width)
  for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(width)
  return lines.map((line) => textOfLine(line).trimEnd())
}
const tonesOf = (source: string): string[] =>
  (markdownLines(source, 60)[0] ?? []).map(({ text, tone }) => `${tone}: ${text}`)

describe('markdown', () => {
  it('keeps a sign for everything, so that nothing is lost without colour', () => {
    const source = `# Title\n\nSome \`code\` and [a link](https://example.com).\n\n- one\n  - deeper\n- [x] done\n- [ ] open\n\n9. nine\n10. ten\n\n> quoted\n> > twice\n\n---\n\n~~gone~~ ![a cat](cat.png)`
    expect(rows(source, 60)).toEqual([
      '# Title',
      '',
      'Some `code` and a link (https://example.com).',
      '',
      '• one',
      '  • deeper',
      '• [x] done',
      '• [ ] open',
      '',
      ' 9. nine',
      '10. ten',
      '',
      '┃ quoted',
      '┃ ┃ twice',
      '',
      '─'.repeat(60),
      '',
      '~gone~ [image: a cat] (cat.png)',
    ])
  })

  it('gives weight to what the author did', () => {
    expect(tonesOf('a **b *c*** *d* `e` [f](https://x.y)')).toEqual([
      'plain: a ',
      'strong: b ',
      'strong: c',
      'plain:  ',
      'emphasis: d',
      'plain:  ',
      'dim: `',
      'plain: e',
      'dim: `',
      'plain:  ',
      'link: f',
      'dim:  (https://x.y)',
    ])
  })

  it('frames code with its language, keeps its spaces, and wraps what is too long', () => {
    expect(rows('```ts\nif (x) {\n  call(1)\n}\n```', 20)).toEqual([
      '┌ ts',
      '│ if (x) {',
      '│   call(1)',
      '│ }',
      '└',
    ])
    expect(rows('```\n' + 'x'.repeat(25) + '\n```', 20)).toEqual([
      '┌',
      `│ ${'x'.repeat(18)}`,
      `│ ${'x'.repeat(7)}`,
      '└',
    ])
  })

  it('fits a table to the width: the widest column gives way first', () => {
    const table = '| Name | What it does |\n|---|--:|\n| a | one two three four five |\n| 你好 | x |'
    expect(rows(table, 30)).toEqual(
      [
        'Name │            What it does',
        '─────┼────────────────────────',
        'a    │ one two three four five',
        '你好 │                       x',
      ].map((row) => row.trimEnd()),
    )
    expect(rows(table, 20)).toEqual([
      'Name │  What it does',
      '─────┼──────────────',
      'a    │ one two three',
      '     │     four five',
      '你好 │             x',
    ])
    expect(rows('|a|b|c|d|\n|-|-|-|-|\n|1|2|3|4|', 16)).toEqual(['a: 1', 'b: 2', 'c: 3', 'd: 4'])
  })

  it('keeps a table a table, and code code, also where it is too long for one piece', () => {
    const table = rows(`| Name | Count |\n|---|---|\n${'| alpha | 12 |\n'.repeat(1_500)}`, 40)
    expect(table.length).toBeGreaterThan(1_500)
    expect(table.filter((row) => row.includes('|'))).toEqual([])
    const code = rows(`\`\`\`ts\n${'- const x = **1**\n'.repeat(1_500)}\`\`\`\nafter`, 40)
    expect(code.filter((row) => row === '│ - const x = **1**')).toHaveLength(1_500)
    expect(code.at(-1)).toBe('after')
  })

  it('keeps line breaks as they were written, and shows HTML as text', () => {
    expect(rows('one\ntwo\n\n<b>x</b> &lt;y&gt; &amp;amp;')).toEqual(['one', 'two', '', '<b>x</b> <y> &amp;'])
    expect(rows('<script>\nalert(1)\n</script>')).toEqual(['<script>', 'alert(1)', '</script>'])
  })

  it.each(['so **far', 'a `b', '| a | b |\n|--', '```ts\nlet x', '- ', '[a](htt', '1.', '> '])(
    'shows %j, which is not finished, sensibly',
    (source) => {
      expect(rows(source).join(' ').replaceAll(/\W/g, '')).toBe(source.replaceAll(/\W/g, ''))
    },
  )

  it('neutralises what a terminal would obey, also inside code and addresses', () => {
    const text = rows('`a\u001B[2J`\n\n```x\u0007\n\u009B1m\n```\n[l](http://\u001B]8;;x)\u202E').join('\n')
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/)
  })

  it('neutralises what only the parser makes of clean text, wherever it stands', () => {
    const hostile = '&#27;]52;c;aGk=&#7;&#x1b;[2J&#155;31m&#8238;&#13;&#0;'
    const source = `# h ${hostile}\n\n${hostile} **b ${hostile}** \`${hostile}\` [l ${hostile}](http://x/${hostile}) ![i ${hostile}](y)\n\n- ${hostile}\n\n> ${hostile}\n\n| a ${hostile} |\n|-|\n| ${hostile} |\n\n\`\`\`x${hostile}\n${hostile}\n\`\`\`\n\n<b>${hostile}</b>`
    const text = [...markdownLines(source, 40), ...growingMarkdownLines('hostile', source, 40)]
      .map(textOfLine)
      .join('\n')
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/)
    expect(text).toContain('␛')
  })

  it.each([
    ['deep quotes', '>'.repeat(50_000)],
    ['deep lists', '- '.repeat(50_000)],
    [
      'deeper and deeper lists',
      Array.from({ length: 400 }, (_, depth) => `${' '.repeat(depth * 2)}- a`).join('\n'),
    ],
    ['emphasis that never ends', '*a **a '.repeat(15_000)],
    ['brackets', '['.repeat(100_000)],
    ['links in links', '[a]('.repeat(25_000)],
    ['backticks', '`'.repeat(100_000)],
    ['a table of a thousand columns', `${'|a'.repeat(1_000)}\n${'|-'.repeat(1_000)}\n`.repeat(20)],
    ['one line of a megabyte', 'word '.repeat(200_000)],
    ['a megabyte of paragraphs', '# a\n\nSome **bold** text\n\n'.repeat(40_000)],
  ])('takes a bounded time for %s', (_, source) => {
    const startMs = performance.now()
    expect(rows(source).length).toBeGreaterThan(0)
    expect(performance.now() - startMs).toBeLessThan(4_000)
  })

  it('never makes a row too wide, whatever it is given', () => {
    const piece = fc.constantFrom(
      '*',
      '**',
      '`',
      '[',
      '](',
      ')',
      '\n',
      '\n\n',
      '> ',
      '- ',
      '1. ',
      '|',
      '|-|',
      '你',
      '👩🏽',
      'word ',
      '    ',
      '```',
      '#',
      '<b>',
      '&lt;',
      '&#27;',
      '&#10;',
      '&#9;',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 2, max: 30 }), (pieces, width) => {
        for (const line of markdownLines(pieces.join(''), width)) {
          expect(lineWidth(line)).toBeLessThanOrEqual(width)
          // oxlint-disable-next-line no-control-regex
          expect(textOfLine(line)).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/)
        }
      }),
    )
  })
})

describe('markdown that is still being written', () => {
  it.each([
    [
      'paragraphs',
      'A **paragraph** of text.\n\n- one\n- two\n\n```ts\nlet x = 1\n\nlet y = 2\n```\n\n'.repeat(300),
    ],
    ['one long block of code', `\`\`\`ts\n${'const x = [1, 2, 3]\n'.repeat(1_500)}`],
    ['one long line', 'word '.repeat(6_000)],
  ])('ends up as what is laid out at once, however it came: %s', (name, source) => {
    let lines: string[] = []
    for (let length = 0; length < source.length + 500; length += 500) {
      lines = growingMarkdownLines(name, source.slice(0, length), 40).map(textOfLine)
    }
    expect(lines).toEqual(markdownLines(source, 40).map(textOfLine))
  })

  it('costs no more for a long text than for its last part', () => {
    const source = `\`\`\`ts\n${'const x = [1, 2, 3]\n'.repeat(3_000)}`
    const timeOf = (length: number): number => {
      growingMarkdownLines('cost', source.slice(0, length), 80)
      const startMs = performance.now()
      for (let more = 1; more <= 20; more++) growingMarkdownLines('cost', source.slice(0, length + more), 80)
      return performance.now() - startMs
    }
    timeOf(4_000)
    expect(timeOf(60_000)).toBeLessThan(10 * timeOf(4_000) + 50)
  })
})

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execaSync } from 'execa'
import { describe, expect, it, onTestFinished } from 'vitest'
import { attachmentsOf } from '../../src/client/attachments.ts'
import { mentionsIn } from '../../src/client/mentions.ts'

const folderWith = (files: Readonly<Record<string, string | Buffer>>): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-attach-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), content)
  }
  return folder
}

describe('mentions in a message', () => {
  it.each([
    ['@a.txt', ['a.txt']],
    ['see @src/a.ts, and (@b.md)', ['src/a.ts,', 'b.md)']],
    ['@"my notes.txt" and @a.txt @a.txt', ['my notes.txt', 'a.txt']],
    ['a line\n@next', ['next']],
    ['mail me@example.org or <him@example.org>', []],
    ['in `@code` and ``@more ` code`` but @this', ['this']],
    ['```ts\n@Component\n```\n@after', ['after']],
    ['~~~\n@never closed', []],
    ['@ @@ @"" alone', []],
  ])('%j', (text, paths) => {
    expect(mentionsIn(text).map((mention) => mention.path)).toEqual(paths)
  })

  it('cost no more than a moment in a huge line of quotes and backticks', () => {
    const startedMs = performance.now()
    mentionsIn('` @"x `` '.repeat(100_000))
    expect(performance.now() - startedMs).toBeLessThan(5000)
  })
})

describe('attachments of a message', () => {
  it('are the files as they are, by the names that the message has for them', async () => {
    const cwd = folderWith({ 'a.txt': 'hello\n', 'src/b.ts': 'export {}', 'odd,': 'a comma' })
    expect(await attachmentsOf('read @a.txt, @./src/b.ts and @odd, please. Also @a.txt.', cwd)).toEqual({
      attachments: [
        { path: 'a.txt', text: 'hello\n', truncated: false },
        { path: './src/b.ts', text: 'export {}', truncated: false },
        { path: 'odd,', text: 'a comma', truncated: false },
      ],
      left: [],
    })
  })

  it('may lie outside of the folder, and be folders, of which the names go', async () => {
    const cwd = folderWith({ 'work/x': '', 'other/two': '2', 'other/one/deep': '1' })
    const { attachments } = await attachmentsOf(`@../other @${cwd}/other/two`, path.join(cwd, 'work'))
    expect(attachments).toEqual([
      { path: '../other', text: 'one/\ntwo', truncated: false },
      { path: `${cwd}/other/two`, text: '2', truncated: false },
    ])
  })

  it('are left out with the reason where they are missing, binary, no files, or go round in a circle', async () => {
    const cwd = folderWith({
      image: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]),
      latin: Buffer.from([0x63, 0xe9]),
    })
    execaSync('mkfifo', [path.join(cwd, 'pipe')])
    symlinkSync('circle', path.join(cwd, 'circle'))
    const { attachments, left } = await attachmentsOf('@image @latin @pipe @circle @missing @image/x', cwd)
    expect(attachments).toEqual([])
    expect(left.map(({ path: name, reason }) => `${name}: ${reason}`)).toEqual([
      'image: not a text file',
      'latin: not a text file',
      'pipe: neither a file nor a folder',
      'circle: its links go round in a circle',
      'missing: no such file',
      'image/x: no such file',
    ])
  })

  it('are cut where one is large, between two characters, and together fit into a message', async () => {
    const large = 'é\n'.repeat(100_000)
    const cwd = folderWith(Object.fromEntries(['1', '2', '3', '4', '5', '6'].map((name) => [name, large])))
    const { attachments, left } = await attachmentsOf('@1 @2 @3 @4 @5 @6', cwd)
    expect(attachments.every(({ text, truncated }) => truncated && !text.includes('\uFFFD'))).toBe(true)
    expect(Buffer.byteLength(attachments[0]?.text ?? '')).toBeLessThanOrEqual(128 * 1024)
    expect(Buffer.byteLength(JSON.stringify(attachments))).toBeLessThan(513 * 1024)
    expect(attachments.length + left.length).toBe(6)
    expect(left.at(-1)?.reason).toMatch(/512 KiB together/)
  })

  it('leave a message its own room', async () => {
    const cwd = folderWith({ a: 'x'.repeat(100_000) })
    const message = `@a ${'"'.repeat(480_000)}`
    const { attachments } = await attachmentsOf(message, cwd)
    expect(attachments).toMatchObject([{ path: 'a', truncated: true }])
    expect(Buffer.byteLength(JSON.stringify({ message, attachments }))).toBeLessThan(1024 * 1024)
  })
})

import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectNotes } from '../../../src/daemon/projects/agents-md.ts'
import { tempHome } from '../../support/temp-home.ts'

const home = '/nowhere/.sparky'

const folderWith = (files: Readonly<Record<string, string>>): string => {
  const root = realpathSync(tempHome())
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    writeFileSync(path.join(root, name), text)
  }
  return root
}

describe('AGENTS.md', () => {
  it("is read from the project's root down to the folder, the nearest last", () => {
    const root = folderWith({
      '.mcp.json': '{}',
      'AGENTS.md': 'root\n',
      'a/b/AGENTS.md': 'b',
      'a/b/c/other.md': '',
      'a/b/c/d/AGENTS.md': 'd',
      'z/AGENTS.md': 'z',
    })
    expect(projectNotes(path.join(root, 'a/b/c'), home)).toEqual([
      { file: path.join(root, 'AGENTS.md'), text: 'root' },
      { file: path.join(root, 'a/b/AGENTS.md'), text: 'b' },
    ])
  })

  it('is read from the root of the Git repository down, also where no folder or a deeper one is a project', () => {
    const root = folderWith({
      'AGENTS.md': 'above',
      'shop/.git/HEAD': '',
      'shop/AGENTS.md': 'shop',
      'shop/a/b/x': '',
    })
    const notes = [{ file: path.join(root, 'shop/AGENTS.md'), text: 'shop' }]
    expect(projectNotes(path.join(root, 'shop/a'), home)).toEqual(notes)
    mkdirSync(path.join(root, 'shop/a/.sparky'))
    expect(projectNotes(path.join(root, 'shop/a/b'), home)).toEqual(notes)
  })

  it('is that of the folder alone where it is in no project', () => {
    const root = folderWith({ 'AGENTS.md': 'above', 'a/AGENTS.md': 'own' })
    expect(projectNotes(path.join(root, 'a'), home)).toEqual([
      { file: path.join(root, 'a/AGENTS.md'), text: 'own' },
    ])
    expect(projectNotes(path.join(root, 'missing'), home)).toEqual([])
  })

  it('is not read from outside of the project, which is said', () => {
    const secret = path.join(folderWith({ secret: 'password' }), 'secret')
    const root = folderWith({ '.sparky/x': '', 'inner/AGENTS.md': 'inner' })
    symlinkSync(secret, path.join(root, 'AGENTS.md'))
    symlinkSync(path.join(root, 'inner/AGENTS.md'), path.join(root, '.sparky/AGENTS.md'))
    expect(projectNotes(root, home)).toEqual([
      { file: path.join(root, 'AGENTS.md'), text: `[not read: a symbolic link leads out of ${root}]` },
    ])
    expect(projectNotes(path.join(root, '.sparky'), home).at(-1)?.text).toBe('inner')
  })

  it('is bounded, all of them together: the nearest has its room first, and what is cut says so', () => {
    const root = folderWith({
      '.sparky/x': '',
      'AGENTS.md': 'r'.repeat(30_000),
      'a/AGENTS.md': `${'n'.repeat(9_999)}🙂`,
    })
    const [far, near] = projectNotes(path.join(root, 'a'), home)
    expect(near?.text).toHaveLength(10_001)
    expect(far?.text).toBe(`${'r'.repeat(22_767)}\n[cut here: 7233 more characters are not shown]`)
    const emoji = folderWith({ 'AGENTS.md': `x${'🙂'.repeat(20_000)}` })
    expect(projectNotes(emoji, home)[0]?.text).toBe(
      `x${'🙂'.repeat(16_383)}\n[cut here: 7234 more characters are not shown]`,
    )
  })

  it('that holds nothing is passed over', () => {
    expect(projectNotes(folderWith({ 'AGENTS.md': ' \n' }), home)).toEqual([])
  })
})

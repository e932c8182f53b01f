import { execaSync } from 'execa'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FoundPaths } from '../../../../src/tui/chat/input/input-state.ts'
import { listFiles } from '../../../../src/tui/chat/input/list-files.ts'
import { PathFinder } from '../../../../src/tui/chat/input/path-finder.ts'
import { rankPaths } from '../../../../src/tui/chat/input/rank-paths.ts'

const folderWith = (...files: readonly string[]): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-paths-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of files) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), name.endsWith('.gitignore') ? 'ignored\n*.log\n' : '')
  }
  return folder
}

const listed = async (folder: string): Promise<string[]> =>
  [...(await listFiles(folder, new AbortController().signal))].sort()

const ranked = (paths: readonly string[], typed: string): Promise<readonly string[] | null> =>
  rankPaths(paths, typed, () => true)

describe('files below a folder', () => {
  const files = ['.gitignore', 'a b.md', 'a.log', 'ignored/x', 'src/deep/ünï.ts', 'src/main.ts']

  it('are those that git does not ignore, tracked or not, with the folders that hold them', async () => {
    const folder = folderWith(...files)
    execaSync('git', ['init', '-q'], { cwd: folder })
    expect(await listed(folder)).toEqual(
      ['.gitignore', 'a b.md', 'src/', 'src/deep/', 'src/deep/ünï.ts', 'src/main.ts'].sort(),
    )
    expect(await listed(path.join(folder, 'src'))).toEqual(['deep/', 'deep/ünï.ts', 'main.ts'])
  })

  it('start no program that the repository names', async () => {
    const folder = folderWith('a')
    execaSync('git', ['init', '-q'], { cwd: folder })
    const witness = path.join(folder, 'witness')
    execaSync('git', ['config', 'core.fsmonitor', `touch ${witness}; false`], { cwd: folder })
    expect(await listed(folder)).toEqual(['a'])
  })

  it('are walked to where there is no repository: no links, no hidden folders, no node_modules', async () => {
    const folder = folderWith('a', '.hidden/b', 'node_modules/c', 'src/d')
    symlinkSync('..', path.join(folder, 'src', 'round'))
    expect(await listed(folder)).toEqual(['a', 'src/', 'src/d'])
  })

  it('are none where the folder is gone', async () => {
    expect(await listed('/nowhere/at/all')).toEqual([])
  })
})

describe('paths for what is typed', () => {
  it('begin with those whose name does, then hold it, then its letters', async () => {
    const paths = ['docs/domain.md', 'src/main.ts', 'm/a/i/n', 'main.ts', 'src/mainly/x', 'other']
    expect(await ranked(paths, 'main')).toEqual([
      'main.ts',
      'src/main.ts',
      'docs/domain.md',
      'src/mainly/x',
      'm/a/i/n',
    ])
    expect(await ranked(paths, 'SRC/M')).toEqual(['src/main.ts', 'src/mainly/x'])
  })

  it('are those that lie nearest before anything is typed, hidden ones last', async () => {
    expect(await ranked(['a/b/c', '.env', 'z', 'a/'], '')).toEqual(['z', 'a/', 'a/b/c', '.env'])
  })

  it('let the keyboard through among 100,000 files', async () => {
    const paths = Array.from({ length: 100_000 }, (_, index) => `src/module-${index % 317}/file-${index}.ts`)
    let turns = 0
    let isOver = false
    const count = (): void => {
      turns++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    const found = await ranked(paths, 'file-99')
    isOver = true
    expect(found?.slice(0, 2)).toEqual(['src/module-99/file-99.ts', expect.stringContaining('file-99')])
    expect(found).toHaveLength(50)
    expect(turns).toBeGreaterThan(1)
    expect(await rankPaths(paths, 'x', () => false)).toBeNull()
  })
})

describe('PathFinder', () => {
  const finderIn = (folder: string) => {
    const found: FoundPaths[] = []
    let told = (): void => {}
    const finder = new PathFinder(folder, (result) => {
      found.push(result)
      told()
    })
    onTestFinished(() => finder.close())
    const next = (): Promise<void> => new Promise((resolve) => (told = resolve))
    return { finder, found, next }
  }

  it('tells what it found for the newest query', async () => {
    const { finder, found, next } = finderIn(folderWith('main.ts', 'other.ts'))
    finder.ask('m')
    finder.ask('o')
    await next()
    expect(found).toEqual([{ query: 'o', paths: ['other.ts'] }])
  })

  it('lists what is named outside of the folder, one level', async () => {
    const folder = folderWith('work/a', 'other/b', 'other/.c', 'other/deep/d')
    const { finder, found, next } = finderIn(path.join(folder, 'work'))
    finder.ask('../other/')
    await next()
    finder.ask(`${folder}/ot`)
    await next()
    finder.ask('..')
    await next()
    expect(found).toEqual([
      { query: '../other/', paths: ['../other/b', '../other/deep/'] },
      { query: `${folder}/ot`, paths: [`${folder}/other/`] },
      { query: '..', paths: ['../'] },
    ])
  })
})

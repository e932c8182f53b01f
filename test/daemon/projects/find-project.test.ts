import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { findProject } from '../../../src/daemon/projects/find-project.ts'
import { tempHome } from '../../support/temp-home.ts'

/** A folder for one test, with these below it: names that end with `/` are folders. */
const folderWith = (...names: string[]): string => {
  const root = realpathSync(tempHome())
  for (const name of names) {
    const place = path.join(root, name)
    mkdirSync(name.endsWith('/') ? place : path.dirname(place), { recursive: true })
    if (!name.endsWith('/')) writeFileSync(place, '{}')
  }
  return root
}

describe('the project of a folder', () => {
  const home = '/nowhere/.sparky'

  it('is the nearest folder at or above it that holds .sparky/ or .mcp.json', () => {
    const root = folderWith('.sparky/', 'a/b/', 'a/.mcp.json', 'c/')
    expect(findProject(root, home)).toEqual({ root })
    expect(findProject(path.join(root, 'c'), home)).toEqual({ root })
    expect(findProject(path.join(root, 'a/b'), home)).toEqual({ root: path.join(root, 'a') })
  })

  it('does not lie above the root of its Git repository', () => {
    const root = folderWith(
      '.sparky/',
      'inner/.git/',
      'inner/src/',
      'other/.git/',
      'other/.sparky/',
      'other/src/',
    )
    expect(findProject(path.join(root, 'inner/src'), home)).toBeUndefined()
    expect(findProject(path.join(root, 'other/src'), home)).toEqual({ root: path.join(root, 'other') })
  })

  it('is neither the home folder of the user, nor anything above it', () => {
    const root = folderWith('.sparky/', 'user/.sparky/', 'user/work/', 'user/own/.sparky/')
    vi.spyOn(os, 'homedir').mockReturnValue(path.join(root, 'user'))
    onTestFinished(() => {
      vi.restoreAllMocks()
    })
    expect(findProject(path.join(root, 'user'), home)).toBeUndefined()
    expect(findProject(path.join(root, 'user/work'), home)).toBeUndefined()
    expect(findProject(path.join(root, 'user/own'), home)).toEqual({ root: path.join(root, 'user/own') })
  })

  it("is not Sparky's home, nor what is inside of it, nor is a folder one because Sparky's home is in it", () => {
    const root = folderWith('.sparky/work/', '.sparky/.mcp.json')
    const own = path.join(root, '.sparky')
    expect(findProject(own, own)).toBeUndefined()
    expect(findProject(path.join(own, 'work'), own)).toBeUndefined()
    expect(findProject(root, own)).toBeUndefined()
  })

  it('is not made by the home of another Sparky', () => {
    const root = folderWith('.sparky/store/', '.sparky/agents/', 'src/')
    expect(findProject(path.join(root, 'src'), home)).toBeUndefined()
  })

  it('is named by its real path, however it is reached', () => {
    const root = folderWith('real/.sparky/', 'real/src/')
    symlinkSync(path.join(root, 'real/src'), path.join(root, 'link'))
    expect(findProject(path.join(root, 'link'), home)).toEqual({ root: path.join(root, 'real') })
  })

  it('is none of a folder that is not there, and none because of a file called .sparky', () => {
    const root = folderWith('.sparky')
    expect(findProject(root, home)).toBeUndefined()
    expect(findProject(path.join(root, 'missing'), home)).toBeUndefined()
  })

  it('is not made by what somebody else puts into a folder that everybody may write to', () => {
    const root = folderWith('.sparky/', 'work/')
    chmodSync(root, 0o1777)
    expect(findProject(path.join(root, 'work'), home)).toEqual({ root })
    vi.spyOn(process, 'getuid').mockReturnValue(4_000_000)
    onTestFinished(() => {
      vi.restoreAllMocks()
    })
    expect(findProject(path.join(root, 'work'), home)).toBeUndefined()
  })
})

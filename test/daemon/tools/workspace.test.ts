import { link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { isInside, locate, locateForWriting, workspaceOf } from '../../../src/daemon/tools/workspace.ts'
import { builtInTools } from '../../../src/daemon/tools/registry.ts'
import { call, newFolder } from './tool-context.ts'

let outside: string
let cwd: string

beforeEach(async () => {
  const folder = await newFolder()
  outside = path.join(folder, 'app-evil')
  cwd = path.join(folder, 'app')
  await Promise.all([mkdir(outside), mkdir(path.join(cwd, 'src'), { recursive: true })])
  await writeFile(path.join(outside, 'secret'), 'SPARKY_CANARY')
  await writeFile(path.join(cwd, 'src/a.txt'), 'a')
})

const find = async (given: string): Promise<string> => (await locate(await workspaceOf({ cwd }), given)).name
const tool = (name: string) => {
  const found = builtInTools.find((tool) => tool.name === name)
  if (found === undefined) throw new Error(`no tool ${name}`)
  return found
}

describe('locate', () => {
  test.each([
    ['src/a.txt', 'src/a.txt'],
    ['./src//a.txt', 'src/a.txt'],
    ['src/../src/a.txt', 'src/a.txt'],
    ['.', '.'],
    ['src/', 'src'],
    ['new/folder/file', 'new/folder/file'],
    ['~', '~'],
    ['~/x', '~/x'],
    ['%2e%2e/x', '%2e%2e/x'],
    ['..notes', '..notes'],
  ])('finds %s', async (given, name) => {
    expect(await find(given)).toBe(name)
  })

  test('finds an absolute path below the working directory, also where links lead to that', async () => {
    expect(await find(path.join(cwd, 'src/a.txt'))).toBe('src/a.txt')
    const alias = path.join(path.dirname(cwd), 'alias')
    await symlink(cwd, alias)
    expect((await locate(await workspaceOf({ cwd: alias }), path.join(alias, 'src/a.txt'))).name).toBe(
      'src/a.txt',
    )
  })

  test.each([
    '..',
    '../app-evil/secret',
    '../app-evil',
    'src/../../app-evil/secret',
    '/etc/passwd',
    '/',
    '/proc/self/root/etc/passwd',
    '/dev/zero',
  ])('refuses %s', async (given) => {
    await expect(find(given)).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('refuses its own folder by way of /proc', async () => {
    await expect(find(`/proc/self/root${cwd}/src/a.txt`)).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('refuses NUL and paths that are too long', async () => {
    await expect(find('src\0/a.txt')).rejects.toMatchObject({ code: 'usage' })
    await expect(find('x'.repeat(300))).rejects.toMatchObject({ code: 'usage' })
  })

  test('follows links that stay inside and refuses those that lead out', async () => {
    await symlink('src/a.txt', path.join(cwd, 'inside'))
    await symlink(path.join(outside, 'secret'), path.join(cwd, 'file-link'))
    await symlink(outside, path.join(cwd, 'folder-link'))
    await symlink(path.join(outside, 'not-there-yet'), path.join(cwd, 'dangling'))
    await symlink('loop', path.join(cwd, 'loop'))
    expect(await find('inside')).toBe('src/a.txt')
    for (const given of ['file-link', 'folder-link/secret', 'folder-link/new', 'loop']) {
      await expect(find(given)).rejects.toMatchObject({ code: 'forbidden' })
    }
    await expect(find('dangling')).rejects.toMatchObject({ code: 'not_found' })
  })

  test('closes a protected folder, but not the one that the task works in', async () => {
    const home = path.join(cwd, '.home')
    await mkdir(path.join(home, 'work'), { recursive: true })
    const closed = await workspaceOf({ cwd, protectedPaths: [home] })
    await expect(locate(closed, '.home/token')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(locate(closed, '.home')).rejects.toMatchObject({ code: 'forbidden' })
    const inHome = await workspaceOf({ cwd: path.join(home, 'work'), protectedPaths: [home] })
    expect((await locate(inHome, 'result.md')).name).toBe('result.md')
  })
})

test('locateForWriting refuses what would run code or widen rights later, also where it does not exist', async () => {
  const workspace = await workspaceOf({ cwd })
  for (const given of [
    '.git/hooks/pre-commit',
    '.git/config',
    '.git',
    'nested/repo/.git/config',
    '.GIT/hooks/post-checkout',
    '.sparky/config.json',
    '.mcp.json',
    'sub/.envrc',
    '.vscode/tasks.json',
    '.bashrc',
  ]) {
    await expect(locateForWriting(workspace, given)).rejects.toMatchObject({ code: 'forbidden' })
  }
  for (const given of ['.gitignore', '.github/workflows/ci.yml', 'src/git/config', 'envrc', '.env']) {
    expect((await locateForWriting(workspace, given)).name).toBe(given)
  }
  await symlink('.git', path.join(cwd, 'innocent'))
  await mkdir(path.join(cwd, '.git/hooks'), { recursive: true })
  await expect(locateForWriting(workspace, 'innocent/hooks/pre-commit')).rejects.toMatchObject({
    code: 'forbidden',
  })
  await expect(locateForWriting(workspace, 'folder/')).rejects.toMatchObject({ code: 'usage' })
})

test('isInside compares parts, not prefixes', () => {
  expect(isInside('/srv/app', '/srv/app')).toBe(true)
  expect(isInside('/srv/app', '/srv/app/x')).toBe(true)
  expect(isInside('/srv/app', '/srv/app-evil')).toBe(false)
  expect(isInside('/srv/app', '/srv')).toBe(false)
  expect(isInside('/', '/etc')).toBe(true)
})

describe('the file tools', () => {
  test('refuse named pipes, devices and sockets without hanging', async () => {
    await call(tool('run_command'), cwd, { command: 'mkfifo pipe' })
    expect(await call(tool('read_file'), cwd, { path: 'pipe' })).toMatchObject({
      status: 'error',
      text: 'pipe: expected a regular file, found a named pipe',
    })
    expect(await call(tool('write_file'), cwd, { path: 'pipe', content: 'x' })).toMatchObject({
      status: 'error',
    })
  })

  test('refuse to write a file that has another name elsewhere', async () => {
    await link(path.join(outside, 'secret'), path.join(cwd, 'hard'))
    const written = await call(tool('write_file'), cwd, { path: 'hard', content: 'x' })
    const edited = await call(tool('edit_file'), cwd, { path: 'hard', old_text: 'SPARKY', new_text: 'x' })
    expect([written.status, edited.status]).toEqual(['error', 'error'])
    expect(await readFile(path.join(outside, 'secret'), 'utf8')).toBe('SPARKY_CANARY')
  })
})

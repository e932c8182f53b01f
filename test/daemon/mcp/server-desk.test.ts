import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ServerDesk } from '../../../src/daemon/mcp/server-desk.ts'
import { Trust } from '../../../src/daemon/projects/trust.ts'
import { hostileServer } from '../../support/mcp-servers.ts'
import { tempHome } from '../../support/temp-home.ts'

const places = () => {
  const folder = tempHome()
  const [home, cwd] = [path.join(folder, 'home'), path.join(folder, 'work')]
  mkdirSync(cwd)
  const environment = { PATH: process.env['PATH'] ?? '' }
  const desk = new ServerDesk({ home, cwd, environment, serverEnvironment: environment })
  return { home, cwd, desk, own: path.join(home, 'mcp.json'), theirs: path.join(cwd, '.mcp.json') }
}

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
const server = { name: 'a', project: false, definition: { command: 'x' }, replace: false }

describe("the user's own list", () => {
  test('is private, keeps what else is in it and how it is written, and is one file also where it is a link', async () => {
    const { home, desk, own } = places()
    await desk.add(server)
    expect([statSync(own).mode & 0o777, statSync(home).mode & 0o777]).toEqual([0o600, 0o700])
    const elsewhere = path.join(home, 'elsewhere.json')
    writeFileSync(
      elsewhere,
      JSON.stringify({ inputs: [1], mcpServers: { b: { url: 'http://b' } } }, null, '\t'),
    )
    chmodSync(elsewhere, 0o640)
    await desk.remove(server)
    writeFileSync(own, '')
    const linked = places()
    mkdirSync(linked.home)
    symlinkSync(elsewhere, linked.own)
    await linked.desk.add(server)
    expect(read(elsewhere)).toEqual({
      inputs: [1],
      mcpServers: { a: { command: 'x' }, b: { url: 'http://b' } },
    })
    expect(readFileSync(linked.own, 'utf8')).toMatch(/^\{\n\t"inputs": \[\n/)
    expect(statSync(elsewhere).mode & 0o777).toBe(0o640)
  })

  test('takes nothing that is wrong, nor a name twice, and is left as it is where it is damaged', async () => {
    const { desk, own } = places()
    await desk.add(server)
    await expect(desk.add(server)).rejects.toMatchObject({ code: 'conflict' })
    await desk.add({ ...server, definition: { command: 'y' }, replace: true })
    expect(read(own)).toEqual({ mcpServers: { a: { command: 'y' } } })
    await expect(desk.add({ ...server, name: 'a b' })).rejects.toMatchObject({ code: 'usage' })
    await expect(desk.add({ ...server, name: 'c', definition: { url: 'ftp://c' } })).rejects.toThrow(
      'http://',
    )
    await expect(desk.remove({ name: 'nobody', project: false })).rejects.toMatchObject({ code: 'not_found' })
    writeFileSync(own, '{"mcpServers": {\n  "a": 1,\n}}')
    await expect(desk.add({ ...server, name: 'b' })).rejects.toThrow(/mcp\.json:3: expected JSON/)
    expect(readFileSync(own, 'utf8')).toContain('"a": 1,')
  })

  test('gains every server of programs that write at the same time', async () => {
    const { desk, own } = places()
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => desk.add({ ...server, name })))
    expect(Object.keys((read(own) as { mcpServers: object }).mcpServers).sort()).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe("a project's list", () => {
  const theirs = { ...server, project: true }

  test('is made where there is none, at the root of the repository, and what the user adds is trusted', async () => {
    const { home, cwd, theirs: file } = places()
    mkdirSync(path.join(cwd, '.git'))
    mkdirSync(path.join(cwd, 'deep'))
    const environment = {}
    const desk = new ServerDesk({ home, cwd: path.join(cwd, 'deep'), environment, serverEnvironment: {} })
    expect(await desk.add(theirs)).toMatchObject({ file, source: 'project', status: 'ready' })
    expect(statSync(file).mode & 0o777 & ~0o022).toBe(0o644)
    await desk.add({ ...theirs, name: 'b' })
    expect(desk.list().rows.map(({ name, status }) => [name, status])).toEqual([
      ['a', 'ready'],
      ['b', 'ready'],
    ])
    expect(new Trust(home).list()).toMatchObject([{ root: cwd }])
  })

  test('of a project that is not trusted stays so', async () => {
    const { cwd, desk } = places()
    mkdirSync(path.join(cwd, '.sparky'))
    expect(await desk.add(theirs)).toMatchObject({
      status: 'untrusted',
      problem: expect.stringContaining('sparky trust'),
    })
    await expect(desk.test('a', () => {})).rejects.toMatchObject({
      code: 'mcp_failed',
      hint: expect.stringContaining('sparky trust'),
    })
  })

  test('and the own one may have a server of one name: the listing says which counts, and removing says where it is', async () => {
    const { cwd, desk, theirs: file, own } = places()
    // The project ends here, whatever lies in the folder for temporary files.
    mkdirSync(path.join(cwd, '.git'))
    await desk.add(theirs)
    await desk.add(server)
    expect(desk.list().rows.map(({ file: at, status }) => [at, status])).toEqual([
      [file, 'ready'],
      [own, 'overridden'],
    ])
    await desk.remove(server)
    await expect(desk.remove(server)).rejects.toThrow(`${file} has one`)
  })
})

test('a server that does not work is tried in vain, and says why', async () => {
  const { desk } = places()
  const { command, args } = hostileServer('dies')
  await desk.add({ ...server, definition: { command, args } })
  const lines: string[] = []
  await expect(desk.test('a', (line) => lines.push(line))).rejects.toMatchObject({
    code: 'mcp_failed',
    message: expect.stringContaining('it ended with exit code 3'),
  })
  expect(lines).toEqual(['␛[31mno such database␛[0m'])
  await expect(desk.test('b', () => {})).rejects.toMatchObject({ code: 'not_found' })
  await desk.add({ ...server, name: 'off', definition: { command, disabled: true } })
  await expect(desk.test('off', () => {})).rejects.toMatchObject({ code: 'conflict' })
})

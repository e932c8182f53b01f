import { chmodSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { Trust } from '../../../src/daemon/projects/trust.ts'
import { SparkyError } from '../../../src/protocol/failure.ts'
import type { Json } from '../../../src/protocol/task.ts'
import { tempHome } from '../../support/temp-home.ts'

const project = { root: '/some/project' }
const now = new Date('2026-11-20T12:00:00Z')
const servers = (definitions: Record<string, Json>): Map<string, Json> => new Map(Object.entries(definitions))

describe('trust', () => {
  it('is given to one folder, kept in a private file, and known to whoever asks', async () => {
    const home = tempHome()
    const asking = new Trust(home)
    expect(asking.isTrusted(project)).toBe(false)
    await new Trust(home).grant(project, servers({}), now)
    expect(asking.isTrusted(project)).toBe(true)
    expect(asking.isTrusted({ root: '/some/project/inner' })).toBe(false)
    expect(asking.list()).toEqual([{ root: '/some/project', trusted_at: now.toISOString(), servers: {} }])
    expect(statSync(path.join(home, 'trust.json')).mode & 0o777).toBe(0o600)
    expect(readdirSync(home)).toEqual(['trust.json'])
  })

  it('is taken back', async () => {
    const home = tempHome()
    const trust = new Trust(home)
    await trust.grant(project, servers({}), now)
    const asking = new Trust(home)
    expect(asking.isTrusted(project)).toBe(true)
    expect(await trust.revoke(project.root)).toBe(true)
    expect(asking.isTrusted(project)).toBe(false)
    expect(await trust.revoke(project.root)).toBe(false)
  })

  it('holds for the servers as they were defined, whatever the order of their members', async () => {
    const trust = new Trust(tempHome())
    await trust.grant(
      project,
      servers({ files: { command: 'npx', args: ['a', 'b'], env: { A: '1', B: '2' } } }),
      now,
    )
    const of = (name: string, definition: Json): boolean => trust.trustedServer(project, name, definition)
    expect(of('files', { env: { B: '2', A: '1' }, args: ['a', 'b'], command: 'npx' })).toBe(true)
    expect(of('files', { command: 'npx', args: ['b', 'a'], env: { A: '1', B: '2' } })).toBe(false)
    expect(of('files', { command: 'npx', args: ['a', 'b'], env: { A: '1', B: '2' }, cwd: '/' })).toBe(false)
    expect(of('other', { command: 'npx', args: ['a', 'b'], env: { A: '1', B: '2' } })).toBe(false)
    expect(of('constructor', {})).toBe(false)
    await trust.grant(project, servers({}), now)
    expect(of('files', { command: 'npx', args: ['a', 'b'], env: { A: '1', B: '2' } })).toBe(false)
  })

  it('is never out of date, also where a file of the same size and times was put in the place of another', async () => {
    const home = tempHome()
    const file = path.join(home, 'trust.json')
    const text = (root: string): string =>
      JSON.stringify({ v: 1, projects: { [root]: { trusted_at: now.toISOString(), servers: {} } } })
    const trust = new Trust(home)
    for (const root of ['/a', '/b', '/c', '/d']) {
      writeFileSync(file, text(root))
      utimesSync(file, now, now)
      expect(trust.list().map((row) => row.root)).toEqual([root])
    }
  })

  it.each([
    ['no JSON', '{"v": 1, "projects"'],
    ['JSON of another form', '{"v": 2, "projects": {}}'],
    ['an empty file', ''],
  ])('is given to nobody where the file holds %s, which is said and not overwritten', async (_, text) => {
    const home = tempHome()
    const trust = new Trust(home)
    await trust.grant(project, servers({}), now)
    const file = path.join(home, 'trust.json')
    writeFileSync(file, text)
    expect(trust.isTrusted(project)).toBe(false)
    expect(trust.problem).toMatchObject({ file, message: expect.stringContaining('no project is trusted') })
    const failure: unknown = await trust.grant(project, servers({}), now).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SparkyError)
    expect(failure).toMatchObject({ code: 'usage', hint: expect.stringContaining('Mend the file') })
    expect(statSync(file).size).toBe(text.length)
    expect(readdirSync(home)).toEqual(['trust.json'])
  })

  it('is given to nobody where a folder has the name of its file', () => {
    const home = tempHome()
    mkdirSync(path.join(home, 'trust.json'))
    const trust = new Trust(home)
    expect(trust.isTrusted(project)).toBe(false)
    expect(trust.problem).toMatchObject({ message: 'expected a file, so no project is trusted' })
  })

  it('is lost by none of those who give it at the same moment', async () => {
    const home = tempHome()
    const roots = Array.from({ length: 12 }, (_, index) => `/project/${index}`)
    await Promise.all(roots.map((root) => new Trust(home).grant({ root }, servers({}), now)))
    expect(
      new Trust(home)
        .list()
        .map(({ root }) => root)
        .sort(),
    ).toEqual(roots.sort())
  })

  it('can be given although a program was killed while it gave some', async () => {
    const home = tempHome()
    const lock = path.join(home, 'trust.json.lock')
    writeFileSync(lock, '')
    chmodSync(lock, 0o600)
    utimesSync(lock, now.getTime() / 1000 - 1e8, now.getTime() / 1000 - 1e8)
    await new Trust(home).grant(project, servers({}), now)
    expect(new Trust(home).isTrusted(project)).toBe(true)
  })
})

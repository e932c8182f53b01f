import { once } from 'node:events'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

describe('the instance lock', () => {
  const children: ChildProcess[] = []
  let programFolder = ''
  let home = ''

  beforeAll(() => {
    programFolder = mkdtempSync(path.join(os.tmpdir(), 'sparky-lock-program-'))
    buildSync({
      entryPoints: [path.join(import.meta.dirname, '../../fixtures/lifecycle/take-lock.ts')],
      outfile: path.join(programFolder, 'take-lock.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
    })
  })
  beforeEach(() => {
    home = mkdtempSync(path.join(os.tmpdir(), 'sparky-lock-'))
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  })
  afterAll(() => rmSync(programFolder, { recursive: true, force: true }))

  const start = async (robbedAt = ''): Promise<{ child: ChildProcess; said: string }> => {
    const child = spawn(process.execPath, [path.join(programFolder, 'take-lock.mjs'), home, robbedAt], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    children.push(child)
    const died = once(child, 'exit').then(([code]) => [`died with ${code}`])
    const [said] = await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), died])
    return { child, said: String(said).trim() }
  }

  it('is taken by exactly one of many that start at the same instant', async () => {
    for (let round = 0; round < 3; round += 1) {
      const started = await Promise.all(Array.from({ length: 6 }, () => start()))
      expect(started.filter(({ said }) => said === 'held')).toHaveLength(1)
      await Promise.all(
        children.splice(0).map(async (child) => {
          if (child.exitCode !== null) return
          child.kill('SIGKILL')
          await once(child, 'exit')
        }),
      )
    }
  })

  it.each(['chmod', 'symlink'])(
    'is taken also where another one removes the socket before %s, as it does not listen yet when it is looked at',
    async (robbedAt) => {
      const first = await start(robbedAt)
      expect(first.said).toBe('held')
      expect((await start()).said).toBe('taken')
      first.child.stdin?.end()
      await once(first.child, 'exit')
      expect(readdirSync(home)).toEqual([])
    },
  )

  it('is free again at once after kill -9, and the dead holder leaves nothing behind', async () => {
    const first = await start()
    expect(first.said).toBe('held')
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    expect((await start()).said).toBe('held')
    expect(readdirSync(home).filter((name) => name.endsWith('.stale'))).toEqual([])
    expect(readdirSync(home)).toHaveLength(2)
  })

  it('has an heir where the heir of a dead holder dies, too', async () => {
    const first = await start()
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    for (let nth = 0; nth < 2; nth += 1) expect((await start('rename')).said).toBe('died with null')
    const started = await Promise.all([start(), start(), start()])
    expect(started.map(({ said }) => said).toSorted()).toEqual(['held', 'taken', 'taken'])
    expect(readdirSync(home).filter((name) => name.includes('heir'))).toEqual([])
  })

  it('stays with a holder that is stopped', async () => {
    const first = await start()
    first.child.kill('SIGSTOP')
    expect((await start()).said).toBe('taken')
    first.child.kill('SIGCONT')
    expect((await start()).said).toBe('taken')
  })

  it('is taken over where a link to nothing, or a file that is no link, stands in its place', async () => {
    symlinkSync('daemon.000000000000.lock', path.join(home, 'daemon.lock'))
    const first = await start()
    expect(first.said).toBe('held')
    first.child.stdin?.end()
    await once(first.child, 'exit')
    writeFileSync(path.join(home, 'daemon.lock'), '4242')
    expect((await start()).said).toBe('held')
  })

  it('is released by its holder without a trace', async () => {
    const first = await start()
    first.child.stdin?.end()
    await once(first.child, 'exit')
    expect(readdirSync(home)).toEqual([])
  })
})

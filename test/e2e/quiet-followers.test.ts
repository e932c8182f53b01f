import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { countingProxy } from '../support/counting-proxy.ts'
import { newSparky } from '../support/sparky.ts'

/** Within it a client that polls, however lazily, would ask. WebSockets are pinged every 20 s. */
const silenceMs = 3000
const mostCpuMs = 60

test.runIf(process.platform === 'linux')(
  'wait, run and watch send nothing and do nothing while nothing happens, and see the end at once',
  async () => {
    const sparky = newSparky()
    const prompt = 'Run the command: while [ ! -e go ]; do sleep 0.05; done'
    await sparky.add(prompt)
    const proxy = await countingProxy(sparky)
    const followers = [
      ['agent', 'tasks', 'wait', '1'],
      ['agent', 'tasks', 'events', '1', '--follow'],
      ['watch', '--json', '1'],
      ['watch', '--plain', '1'],
      ['run', '--dedupe', prompt],
    ].map((args) => sparky.spawn(args, { env: proxy.env }))
    const cpu = (): number[] => followers.map(({ pid }) => cpuMsOf(pid ?? 0))
    let last = { ...proxy, cpu: [] as number[] }
    await vi.waitFor(
      () => {
        const before = last
        last = { ...proxy, cpu: cpu() }
        expect(last).toEqual(before)
        expect(last.connections).toBeGreaterThanOrEqual(followers.length)
      },
      { timeout: 20_000, interval: 500 },
    )
    const asked = proxy.bytesFromClients
    await delay(silenceMs)
    expect(proxy.bytesFromClients - asked).toBe(0)
    for (const [index, spent] of cpu().entries()) {
      expect(spent - (last.cpu[index] ?? 0)).toBeLessThanOrEqual(mostCpuMs)
    }

    writeFileSync(path.join(sparky.work, 'go'), '')
    const ended = await Promise.all(followers)
    expect(ended.map(({ exitCode }) => exitCode)).toEqual(ended.map(() => 0))
  },
)

/** User and system time of a process; Linux counts it in hundredths of a second. */
const cpuMsOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

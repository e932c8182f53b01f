import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import type { DaemonStatus } from '../../src/protocol/daemon-status.ts'
import { startLife } from '../support/daemon-life.ts'
import { fakeClock, isFaketimeInstalled } from '../support/fake-clock.ts'
import { everyEvent, expectHonest, expectInOrder, ofType, request } from '../support/honest-log.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const hourS = 3600
const dayS = 24 * hourS
const soon = { timeout: 8000, interval: 50 }

const tallyOf = (sparky: Sparky): string => {
  const file = path.join(sparky.work, 'tally')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const expectStatus = (sparky: Sparky, task: number, status: string): Promise<void> =>
  vi.waitFor(async () => {
    const response = await request(sparky, `/api/v1/tasks/${task}`)
    expect(await response.json()).toMatchObject({ status })
  }, soon)

const echo = (word: string): string => `Run the command: echo ${word} >> tally`

test.skipIf(!isFaketimeInstalled())(
  'a clock that jumps a day on and an hour back loses, doubles and holds up nothing (where faketime is installed)',
  { timeout: 90_000 },
  async () => {
    const clock = fakeClock()
    const sparky = newSparky({ SPARKY_AGENT_POLL_INTERVAL: '0.5' })
    const life = startLife(sparky, clock.env)
    expect(await life.ready).toBe(true)
    await sparky.add('Run the command: while [ ! -e go ]; do sleep 0.02; done; echo running >> tally', [
      '--timeout',
      '600',
    ])
    await sparky.add(echo('in-20-hours'), ['--at', '20h'])
    await sparky.add(echo('in-3-days'), ['--at', '3d'])
    await expectStatus(sparky, 1, 'in_progress')

    clock.jumpTo(dayS)
    await expectStatus(sparky, 2, 'completed')
    await sparky.add(echo('soon-after-the-jump'), ['--at', '1s'])
    await expectStatus(sparky, 4, 'completed')
    await expectStatus(sparky, 1, 'in_progress')

    clock.jumpTo(-hourS)
    await sparky.add(echo('at-once-in-the-past'))
    await sparky.add(echo('soon-in-the-past'), ['--at', '1s'])
    await expectStatus(sparky, 5, 'completed')
    await expectStatus(sparky, 6, 'completed')
    await expectStatus(sparky, 1, 'in_progress')
    expect((await sparky.json<DaemonStatus>(['agent', 'status'])).uptime_s).toBeGreaterThanOrEqual(0)

    clock.jumpTo(-400 * dayS)
    await life.kill()
    const next = startLife(sparky, clock.env)
    expect(await next.ready).toBe(true)
    writeFileSync(path.join(sparky.work, 'go'), '')
    await expectStatus(sparky, 1, 'completed')
    await expectStatus(sparky, 3, 'scheduled')
    await sparky.add(echo('long-ago'))
    await expectStatus(sparky, 7, 'completed')

    clock.jumpTo(4 * dayS)
    await expectStatus(sparky, 3, 'completed')
    expect(tallyOf(sparky).trim().split('\n')).toEqual([
      'in-20-hours',
      'soon-after-the-jump',
      'at-once-in-the-past',
      'soon-in-the-past',
      'long-ago',
      'in-3-days',
    ])
    const events = await everyEvent(sparky)
    expectInOrder(events)
    for (const { data } of ofType(events, 'task_added')) {
      expectHonest(events.filter(({ task_id }) => task_id === data.task.id))
    }
  },
)

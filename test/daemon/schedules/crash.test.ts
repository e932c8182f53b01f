import { readFileSync, writeFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { Scheduler } from '../../../src/daemon/schedules/scheduler.ts'
import { Schedules } from '../../../src/daemon/schedules/schedules.ts'
import type { Store } from '../../../src/daemon/store/store.ts'
import { SparkyError } from '../../../src/protocol/failure.ts'
import { addScheduleBody } from '../../../src/protocol/schedule.ts'
import { openStore, segmentFiles, temporaryFolder } from '../../support/store-fixtures.ts'
import { slotOf } from '../../support/slot-of.ts'

const noon = '2026-11-21T12:00:00.000Z'
const one = '2026-11-21T13:00:00.000Z'
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

const open = (store: Store, now: () => Date) => {
  const taskDefaults = () => ({
    cwd: '/',
    limits: { max_steps: 50, max_tokens: null, max_cost_usd: null, timeout_s: null },
    groupLimits: {},
    maxAttempts: 1,
    modelName: (name: string) => name,
    chooseAgent: () => ({ name: 'default', pillar: null, model: null, limits: {} }),
  })
  const options = { store, taskDefaults, now }
  const scheduler = new Scheduler({ ...options, log: silent })
  onTestFinished(() => scheduler.stop())
  return { scheduler, schedules: new Schedules(options) }
}

const hourly = addScheduleBody.parse({ name: 'report', cron: '0 * * * *', prompt: 'Do it', timezone: 'UTC' })

test.each([1, 2])(
  'a write that lost its last %d lines with the power neither doubles nor loses the task of its time',
  async (lost) => {
    const { store, directory } = await openStore({ snapshotIdleMs: 1e9 })
    let now = new Date(noon)
    const { scheduler, schedules } = open(store, () => now)
    scheduler.start()
    await schedules.add(hourly)
    now = new Date(one)
    await scheduler.nudge()
    await scheduler.stop()
    await store.close()
    const [file = ''] = segmentFiles(directory)
    const lines = readFileSync(file, 'utf8').split('\n')
    expect(lines.slice(-3).join()).toMatch(/task_added.*queue_changed/)
    writeFileSync(file, `${lines.slice(0, -1 - lost).join('\n')}\n`)

    const { store: reopened } = await openStore({ directory })
    expect(reopened.active()).toHaveLength(2 - lost)
    const again = open(reopened, () => now)
    again.scheduler.start()
    await again.scheduler.nudge()
    expect(reopened.active().map(slotOf)).toEqual([one])
    // A number that was given once is never given again.
    const last_run = { at: one, number: lost, status: 'pending' }
    expect(again.schedules.show('report')).toMatchObject({ last_run })
  },
)

test('a time that cannot be written is tried again, and then dealt with once', async () => {
  const { store } = await openStore({ directory: `${temporaryFolder()}/store` })
  let now = new Date(noon)
  let isFull = false
  let refused = 0
  const fillable = new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      if (name === 'append' && isFull) {
        return async () => {
          refused += 1
          throw new SparkyError('not_durable', 'the disk is full')
        }
      }
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  const { scheduler, schedules } = open(fillable, () => now)
  scheduler.start()
  await schedules.add(hourly)
  await scheduler.nudge()
  now = new Date(one)
  isFull = true
  await scheduler.nudge()
  await scheduler.nudge()
  expect([store.active().length, refused]).toEqual([0, 2])
  isFull = false
  now = new Date('2026-11-21T13:10:00.000Z')
  await scheduler.nudge()
  await scheduler.nudge()
  expect(store.active().map(slotOf)).toEqual([one])
})

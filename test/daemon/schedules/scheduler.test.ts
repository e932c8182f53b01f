import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { addScheduleBody, editScheduleBody } from '../../../src/protocol/schedule.ts'
import { temporaryFolder, allEvents } from '../../support/store-fixtures.ts'
import { openSchedules } from './open-schedules.ts'

const day = (time: string): string => `2026-11-21T${time}.000Z`
const noon = day('12:00:00')
const hourly = { cron: '0 * * * *' }

describe('when its time has come', () => {
  test('a schedule adds its task, once, with everything that it says about it', async () => {
    const { schedule, at, added, slots } = await openSchedules(noon)
    await schedule('report', { ...hourly, priority: 3, group: 'docs', labels: { a: 'b' }, max_steps: 4 })
    await at(day('12:59:59'))
    expect(await added()).toEqual([])
    await at(day('13:00:00'))
    await at(day('13:00:00'))
    await at(day('13:59:59'))
    expect(await slots()).toEqual([day('13:00:00')])
    expect(await added()).toMatchObject([
      {
        schedule: 'report',
        prompt: 'Do it',
        priority: 3,
        group: 'docs',
        labels: { a: 'b' },
        status: 'pending',
      },
    ])
    expect((await added())[0]?.limits.max_steps).toBe(4)
  })

  test('its task and that the time is dealt with are one append, the task first', async () => {
    const { schedule, at, store } = await openSchedules(noon)
    await schedule('report', hourly)
    const appends: string[][] = []
    store.onAppend((events) => appends.push(events.map(({ type }) => type)))
    await at(day('13:00:00'))
    expect(appends).toEqual([['task_added', 'queue_changed']])
  })

  test('times go on by the minute that a schedule was added, also after restarts', async () => {
    const { schedule, at, restart, slots, finish } = await openSchedules(day('12:00:30'))
    await schedule('often', { every: '10m' })
    await at(day('12:10:31'))
    await finish('completed')
    await restart(day('12:19:00'))
    await at(day('12:20:30'))
    expect(await slots()).toEqual([day('12:10:30'), day('12:20:30')])
  })

  test('several schedules fire beside each other, and one that cannot keeps no other from it', async () => {
    const { schedule, schedules, at, added, logged } = await openSchedules(noon)
    const cwd = temporaryFolder()
    await schedule('broken', { ...hourly, cwd })
    await schedule('sound', hourly)
    rmSync(cwd, { recursive: true })
    await at(day('13:00:00'))
    expect((await added()).map(({ schedule }) => schedule)).toEqual(['sound'])
    expect(schedules.show('broken')).toMatchObject({
      failures_in_row: 1,
      last_run: { at: day('13:00:00'), task_id: null, error: { code: 'usage' } },
    })
    expect(logged).toMatchObject([
      { message: 'Schedule could not add its task', fields: { schedule: 'broken' } },
    ])
  })
})

describe('times that were missed', () => {
  const missThree = async (body: object, restartAt = day('15:30:00')) => {
    const opened = await openSchedules(noon)
    await opened.schedule('report', { ...hourly, ...body })
    await opened.restart(restartAt)
    return opened
  }

  test('have one task, for the latest, where nothing else was said', async () => {
    const { slots, restart, finish, logged, schedules } = await missThree({})
    expect(await slots()).toEqual([day('15:00:00')])
    expect(logged).toMatchObject([{ message: 'Times of the schedule were missed', fields: { missed: 3 } }])
    await finish('completed')
    await restart(day('15:31:00'))
    expect(await slots()).toHaveLength(1)
    expect(schedules.show('report')).toMatchObject({ catch_up: 'once', overlap: 'skip' })
  })

  test('have none with skip, but one that is hardly late is not missed', async () => {
    const { slots, schedules, at } = await missThree({ catch_up: 'skip' })
    expect(await slots()).toEqual([])
    expect(schedules.show('report').last_skipped).toMatchObject({ at: day('15:00:00') })
    await at(day('16:00:00'))
    expect(await slots()).toEqual([day('16:00:00')])
    const late = await missThree({ catch_up: 'skip' }, day('15:01:00'))
    expect(await late.slots()).toEqual([day('15:00:00')])
  })

  test('have one each with all, oldest first, and then may overlap', async () => {
    const { slots, added, schedules } = await missThree({ catch_up: 'all' })
    expect(await slots()).toEqual([day('13:00:00'), day('14:00:00'), day('15:00:00')])
    expect((await added()).map(({ number }) => number)).toEqual([1, 2, 3])
    expect(schedules.show('report').overlap).toBe('all')
  })

  test('are at most a hundred, the latest, and it is said', async () => {
    const { schedule, restart, slots, logged } = await openSchedules(noon)
    await schedule('often', { every: '1s', catch_up: 'all' })
    await restart('2027-11-21T12:00:00.000Z')
    const found = await slots()
    expect([found.length, found.at(0), found.at(-1)]).toEqual([
      100,
      '2027-11-21T11:58:21.000Z',
      '2027-11-21T12:00:00.000Z',
    ])
    expect(logged).toMatchObject([{ fields: { missed: '100 or more' } }])
  })

  test('while it was disabled are gone for good', async () => {
    const { schedule, schedules, at, slots } = await openSchedules(noon)
    await schedule('report', { ...hourly, catch_up: 'all' })
    expect(await schedules.disable('report')).toMatchObject({ enabled: false, next_runs: [] })
    await at(day('14:30:00'))
    await schedules.enable('report')
    await at(day('14:31:00'))
    expect(await slots()).toEqual([])
    await at(day('15:00:00'))
    expect(await slots()).toEqual([day('15:00:00')])
  })
})

describe('a clock that is set', () => {
  test.each([
    ['an hour', day('12:30:00')],
    ['a day', '2026-11-20T13:30:00.000Z'],
    ['a year', '2025-11-21T13:30:00.000Z'],
  ])('back by %s makes nothing happen twice, not even where the task was removed', async (_, earlier) => {
    const { schedule, at, restart, slots, queue, finish, schedules } = await openSchedules(noon)
    await schedule('report', { ...hourly, catch_up: 'all', overlap: 'all' })
    await at(day('13:00:00'))
    await at(day('14:00:00'))
    await finish('completed')
    await queue.clear({})
    await at(earlier)
    await restart(earlier)
    await at(day('13:00:01'))
    await at(day('14:00:01'))
    await restart(day('14:00:02'))
    expect(await slots()).toEqual([day('14:00:00')])
    await at(day('15:00:00'))
    expect(await slots()).toEqual([day('14:00:00'), day('15:00:00')])
    expect(schedules.show('report').next_runs[0]).toBe(day('16:00:00'))
  })

  test('back by a day lets times go on from there, and finds the tasks of those that have been', async () => {
    const { schedule, at, restart, slots, queue, finish } = await openSchedules(noon)
    await schedule('report', { ...hourly, overlap: 'all' })
    const first = [day('13:00:00'), '2026-11-22T13:00:00.000Z']
    for (const time of first) await at(time)
    await at(day('13:00:30'))
    await restart(day('13:00:40'))
    expect(await slots()).toEqual(first)
    await at(day('14:00:10'))
    await restart(day('14:00:20'))
    expect(await slots()).toEqual([...first, day('14:00:00')])
    for (let task = 0; task < 3; task += 1) await finish('completed')
    await queue.clear({})
    await at('2026-11-22T13:00:30.000Z')
    expect(await slots()).toEqual([])
  })

  test('forward by a year and back again does not keep a schedule silent for a year', async () => {
    const { schedule, at, slots, finish } = await openSchedules(noon)
    await schedule('report', hourly)
    await at('2027-11-21T12:30:00.000Z')
    await finish('completed')
    await at(day('12:31:00'))
    await at(day('13:00:00'))
    await finish('completed')
    await at(day('13:00:01'))
    await at(day('14:00:00'))
    expect(await slots()).toEqual(['2027-11-21T12:00:00.000Z', day('13:00:00'), day('14:00:00')])
  })
})

describe('while its last task has not ended', () => {
  const everyMinute = { cron: '* * * * *' }

  test('skip leaves the time out, for good, and says so', async () => {
    const { schedule, schedules, at, slots, finish } = await openSchedules(noon)
    await schedule('report', everyMinute)
    await at(day('12:01:00'))
    await at(day('12:02:00'))
    expect(schedules.show('report').last_skipped).toEqual({
      at: day('12:02:00'),
      reason: 'task 1 had not ended',
    })
    await finish('completed')
    await at(day('12:02:30'))
    expect(await slots()).toEqual([day('12:01:00')])
    await at(day('12:03:00'))
    expect(await slots()).toEqual([day('12:01:00'), day('12:03:00')])
  })

  test('queue_one lets one wait, which does not start beside it', async () => {
    const { schedule, at, slots, queue } = await openSchedules(noon)
    await schedule('report', { ...everyMinute, overlap: 'queue_one' })
    await at(day('12:01:00'))
    const running = await queue.claim()
    for (const minute of ['02', '03', '04']) await at(day(`12:${minute}:00`))
    expect(await slots()).toEqual([day('12:01:00'), day('12:02:00')])
    expect(await queue.claim()).toBeUndefined()
    expect(queue.why('2').reasons).toMatchObject([{ code: 'lock' }])
    await running?.settle({ kind: 'completed', answer: 'Done.', data: null })
    const next = await queue.claim()
    expect(next?.task.number).toBe(2)
    await at(day('12:05:00'))
    expect(await slots()).toEqual([day('12:01:00'), day('12:02:00'), day('12:05:00')])
    await next?.settle({ kind: 'completed', answer: 'Done.', data: null })
  })

  test('all adds one all the same, also while the queue is paused, but not without end', async () => {
    const { schedule, schedules, at, restart, added, queue } = await openSchedules(noon)
    await queue.setPaused(true)
    await schedule('often', { every: '1s', overlap: 'all', catch_up: 'all' })
    for (let minute = 1; minute <= 17; minute += 1) await at(day(`12:${String(minute).padStart(2, '0')}:00`))
    expect((await added()).length).toBe(1000)
    await restart(day('12:18:00'))
    expect((await added()).length).toBe(1000)
    expect(schedules.show('often').last_skipped).toMatchObject({ reason: '1000 of its tasks had not ended' })
  })

  const completed = { kind: 'completed', answer: 'Done.', data: null } as const
  const second = (nth: number): string => new Date(Date.parse(noon) + nth * 1000).toISOString()

  test('leaving times out writes nothing until the task ends, and then once', async () => {
    const { schedule, schedules, at, store, slots, queue } = await openSchedules(noon)
    await schedule('often', { every: '1s' })
    await at(second(1))
    const attempt = await queue.claim()
    const written: string[] = []
    store.onAppend((events) => written.push(...events.map(({ type }) => type)))
    for (let nth = 2; nth <= 60; nth += 1) await at(second(nth))
    expect(written).toEqual([])
    const last_skipped = { at: second(60), reason: 'task 1 had not ended' }
    expect(schedules.show('often').last_skipped).toEqual(last_skipped)
    await attempt?.settle(completed)
    await at(second(60.5))
    expect(written.filter((type) => type === 'queue_changed')).toHaveLength(1)
    expect(schedules.show('often').last_skipped).toEqual(last_skipped)
    await at(second(61))
    expect(await slots()).toEqual([second(1), second(61)])
  })

  test.each(['skip', 'queue_one'] as const)(
    'a time that %s left out does not come back where the daemon was gone when that ended',
    async (overlap) => {
      const { schedule, at, stop, restart, slots, queue } = await openSchedules(noon)
      await schedule('often', { every: '1s', overlap, catch_up: 'all' })
      await at(second(1))
      const first = await queue.claim()
      for (let nth = 2; nth <= 20; nth += 1) await at(second(nth))
      const before = overlap === 'skip' ? [second(1)] : [second(1), second(2)]
      expect(await slots()).toEqual(before)
      await stop()
      await first?.settle(completed)
      const next = await queue.claim()
      await restart(second(20))
      expect(await slots()).toEqual(before)
      await restart(second(21))
      expect(await slots()).toEqual([...before, second(21)])
      await next?.settle(completed)
    },
  )

  test('a time that came while one was waiting does not come back when that one begins', async () => {
    const { schedule, at, slots, queue } = await openSchedules(noon)
    await schedule('often', { every: '1s', overlap: 'queue_one', catch_up: 'all' })
    await at(second(1))
    const first = await queue.claim()
    await at(second(2))
    await first?.settle(completed)
    for (let nth = 3; nth <= 20; nth += 1) await at(second(nth))
    const next = await queue.claim()
    await at(second(20.5))
    expect(await slots()).toEqual([second(1), second(2)])
    await at(second(21))
    expect(await slots()).toEqual([second(1), second(2), second(21)])
    await next?.settle(completed)
  })

  test.each([
    ['other terms', { overlap: 'all' }],
    ['a new prompt, and its end', { prompt: 'Something else' }],
  ])('a time that was left out stays so after %s', async (_, change) => {
    const { schedule, schedules, at, slots, queue } = await openSchedules(noon)
    await schedule('often', { every: '1s', overlap: 'skip', catch_up: 'all' })
    await at(second(1))
    const attempt = await queue.claim()
    await at(second(20))
    const edited = await schedules.edit(editScheduleBody.parse({ name: 'often', ...change }))
    expect(edited.last_skipped).toMatchObject({ at: second(20) })
    await at(second(20.5))
    await attempt?.settle(completed)
    await at(second(20.6))
    expect(await slots()).toEqual([second(1)])
    await at(second(21))
    expect(await slots()).toEqual([second(1), second(21)])
  })

  test('a time left out for a task that ran again stays so, also where that task is then removed', async () => {
    const { schedule, at, restart, slots, queue, finish } = await openSchedules(noon)
    await schedule('often', { every: '1s', overlap: 'skip', catch_up: 'all' })
    await at(second(1))
    const { id } = await finish('failed')
    await queue.retry(id)
    for (let nth = 2; nth <= 20; nth += 1) await at(second(nth))
    await finish('completed')
    await queue.clear({})
    await restart(second(20.5))
    expect(await slots()).toEqual([])
    await at(second(21))
    expect(await slots()).toEqual([second(21)])
  })

  test('nor does it come back where that task ended, and was removed, around a restart', async () => {
    const { schedule, at, stop, restart, slots, queue, finish, setNow } = await openSchedules(noon)
    await schedule('often', { every: '1s', overlap: 'skip', catch_up: 'all' })
    await at(second(1))
    const { id } = await finish('failed')
    await queue.retry(id)
    await at(second(1.5))
    await stop()
    setNow(new Date(second(2.5)))
    const attempt = await queue.claim()
    await attempt?.settle({ kind: 'completed', answer: 'Done.', data: null })
    await restart(second(2.6))
    await queue.clear({})
    await at(second(2.7))
    expect(await slots()).toEqual([])
  })

  test('it counts also where a person has let it run again, or has asked for it', async () => {
    const { schedule, schedules, at, slots, finish, queue } = await openSchedules(noon)
    await schedule('report', everyMinute)
    await at(day('12:01:00'))
    const { id } = await finish('failed')
    await queue.retry(id)
    await at(day('12:02:00'))
    expect(await slots()).toHaveLength(1)
    await finish('completed')
    await schedules.run('report')
    await at(day('12:03:00'))
    expect(await slots()).toHaveLength(2)
  })
})

describe('after failures in a row', () => {
  test('it is disabled, and an enabled one begins to count anew', async () => {
    const { schedule, schedules, at, slots, finish, logged } = await openSchedules(noon)
    await schedule('report', { ...hourly, max_failures: 2 })
    const run = async (hour: number, end: 'completed' | 'failed') => {
      await at(day(`${hour}:00:00`))
      await finish(end)
      return schedules.show('report')
    }
    expect(await run(13, 'failed')).toMatchObject({ failures_in_row: 1, enabled: true })
    expect(await run(14, 'completed')).toMatchObject({ failures_in_row: 0 })
    expect(await run(15, 'failed')).toMatchObject({ failures_in_row: 1, last_run: { status: 'failed' } })
    expect(await run(16, 'failed')).toMatchObject({
      failures_in_row: 2,
      enabled: false,
      disabled_reason: 'paused after 2 failures in a row',
      next_runs: [],
    })
    expect(logged).toMatchObject([{ message: 'Schedule disabled', fields: { schedule: 'report' } }])
    await at(day('17:00:00'))
    expect(await slots()).toHaveLength(4)
    await schedules.enable('report')
    expect(await run(18, 'failed')).toMatchObject({
      failures_in_row: 1,
      enabled: true,
      disabled_reason: null,
    })
  })

  test('an end counts also where the daemon was gone before it was counted, and no end counts twice', async () => {
    const { schedule, schedules, at, stop, restart, queue } = await openSchedules(noon)
    await schedule('report', { ...hourly, max_failures: 2 })
    for (const hour of [13, 14]) {
      await at(day(`${hour}:00:00`))
      const attempt = await queue.claim()
      await stop()
      await attempt?.settle({
        kind: 'failed',
        error: { code: 'tool_failed', message: 'no', retryable: false },
      })
      expect(schedules.show('report')).toMatchObject({ failures_in_row: hour - 13, enabled: true })
      await restart(day(`${hour}:00:01`))
      await restart(day(`${hour}:00:02`))
      expect(schedules.show('report')).toMatchObject({ failures_in_row: hour - 12, enabled: hour === 13 })
    }
  })

  test('it is disabled by times that could not have their task, and leaves alone those that come after', async () => {
    const { schedule, schedules, restart, logged } = await openSchedules(noon)
    const cwd = temporaryFolder()
    await schedule('report', { ...hourly, cwd, max_failures: 2, catch_up: 'all' })
    rmSync(cwd, { recursive: true })
    await restart(day('17:00:00'))
    expect(schedules.show('report')).toMatchObject({
      enabled: false,
      failures_in_row: 2,
      last_run: { at: day('14:00:00') },
    })
    expect(logged.filter(({ message }) => message === 'Schedule could not add its task')).toHaveLength(2)
  })

  test('what a user cancelled is neither a failure nor a success', async () => {
    const { schedule, schedules, at, finish, queue } = await openSchedules(noon)
    await schedule('report', { ...hourly, max_failures: 2 })
    await at(day('13:00:00'))
    await finish('failed')
    await at(day('14:00:00'))
    await queue.cancel('2', { by: 'user', reason: null })
    await at(day('14:00:01'))
    expect(schedules.show('report')).toMatchObject({ failures_in_row: 1, last_run: { status: 'cancelled' } })
  })
})

describe('a schedule', () => {
  test('takes no name twice, unless it takes the place of the other', async () => {
    const { schedule, at, slots } = await openSchedules(noon)
    await schedule('report', hourly)
    await expect(schedule('report', hourly)).rejects.toMatchObject({ code: 'conflict' })
    await at(day('12:30:00'))
    const replaced = await schedule('report', { every: '10m', replace: true, prompt: 'Something else' })
    expect(replaced).toMatchObject({ cron: null, every: '10m', prompt: 'Something else' })
    await at(day('12:40:00'))
    expect(await slots()).toEqual([day('12:40:00')])
  })

  test('that is edited goes by the new times from now on, and keeps what was not named', async () => {
    const { schedule, schedules, at, added, slots } = await openSchedules(noon)
    await schedule('report', { ...hourly, labels: { a: 'b' }, max_steps: 3 })
    await schedules.edit(
      editScheduleBody.parse({ name: 'report', cron: '*/30 * * * *', timeout: 5, priority: 2 }),
    )
    await at(day('12:30:00'))
    expect(await slots()).toEqual([day('12:30:00')])
    expect(await added()).toMatchObject([
      { priority: 2, labels: { a: 'b' }, limits: { max_steps: 3, timeout_s: 5 } },
    ])
    await expect(
      schedules.edit(editScheduleBody.parse({ name: 'report', cron: '61 * * * *' })),
    ).rejects.toThrow('minute')
    const zone = await schedules.edit(editScheduleBody.parse({ name: 'report', timezone: 'Asia/Kathmandu' }))
    expect(zone).toMatchObject({
      cron: '*/30 * * * *',
      timezone: 'Asia/Kathmandu',
      next_runs: { 0: day('12:45:00') },
    })
  })

  test('that is edited to what it is keeps its times, one that is due among them', async () => {
    const { schedule, schedules, at, slots } = await openSchedules(noon)
    const edit = (body: object) => schedules.edit(editScheduleBody.parse(body))
    await schedule('report', hourly)
    await schedule('often', { every: '1h' })
    await at(day('12:30:00'))
    await edit({ name: 'report', cron: '0 * * * *', timezone: 'UTC', prompt: 'Do it well' })
    await edit({ name: 'often', every: '60m', timezone: 'Asia/Kathmandu', catch_up: 'all' })
    await at(day('13:00:00'))
    expect(await slots()).toEqual([day('13:00:00'), day('13:00:00')])
    await edit({ name: 'often', every: '50m' })
    expect(schedules.show('often').next_runs[0]).toBe(day('13:50:00'))
  })

  test('is edited whole or not at all, and says what is wrong', async () => {
    const { schedule, schedules, at, added } = await openSchedules(noon)
    const cwd = temporaryFolder()
    const before = await schedule('report', { ...hourly, cwd, max_failures: 3, labels: { a: 'b' } })
    const edit = (body: object) => schedules.edit(editScheduleBody.parse({ name: 'report', ...body }))
    await at(day('12:10:00'))
    for (const [body, complaint] of [
      [{ cron: '* * * * *', cwd: '/nowhere/at/all' }, 'cwd to be a directory that exists'],
      [{ prompt: 'x', timezone: 'Mars/Phobos' }, 'timezone to be a name'],
      [{ prompt: 'Say {{task.9.answer}}', priority: 4 }, '9'],
      [{ cron: '* * * * *', every: '5m' }, 'one of cron and every, found both'],
      [{}, 'something to change, found nothing'],
    ] as const) {
      await expect(edit(body)).rejects.toThrow(complaint)
    }
    expect(schedules.show('report')).toEqual(before)
    rmSync(cwd, { recursive: true })
    expect(await edit({ enabled: false, max_failures: null })).toMatchObject({
      enabled: false,
      max_failures: null,
      disabled_reason: 'disabled by the user',
    })
    await at(day('13:00:00'))
    expect(await edit({ enabled: true, cwd: '/', overlap: 'all', labels: {} })).toMatchObject({
      enabled: true,
      overlap: 'all',
      labels: {},
    })
    expect(await added()).toEqual([])
    await at(day('14:00:00'))
    expect(await added()).toMatchObject([{ cwd: '/', labels: {} }])
  })

  test('that was removed is gone, and its tasks stay', async () => {
    const { schedule, schedules, at, added } = await openSchedules(noon)
    await schedule('report', hourly)
    await at(day('13:00:00'))
    expect(await schedules.remove('report')).toMatchObject({ name: 'report', last_run: { number: 1 } })
    await at(day('14:00:00'))
    expect(await added()).toMatchObject([{ number: 1 }])
    expect(await schedules.list()).toEqual([])
    for (const command of ['remove', 'enable', 'disable', 'run'] as const) {
      await expect(schedules[command]('report')).rejects.toMatchObject({ code: 'not_found' })
    }
    expect(() => schedules.show('toString')).toThrow('no schedule "toString"')
  })

  test('runs when a person asks for it, disabled or not, and its times stay as they are', async () => {
    const { schedule, schedules, at, added } = await openSchedules(noon)
    await schedule('report', { ...hourly, overlap: 'all', enabled: false })
    expect(await schedules.run('report')).toMatchObject({ number: 1, schedule: 'report', status: 'pending' })
    expect(schedules.show('report').last_run).toMatchObject({
      at: noon,
      manual: true,
      number: 1,
      status: 'pending',
    })
    await schedules.enable('report')
    await at(day('13:00:00'))
    expect(await added()).toHaveLength(2)
  })

  test('is refused where its task would be', async () => {
    const { schedule, schedules } = await openSchedules(noon)
    for (const body of [
      { cwd: '/nowhere/at/all' },
      { prompt: 'Say {{task.9.answer}}' },
      { agent: 'nobody' },
    ]) {
      await expect(schedule('report', { ...hourly, ...body })).rejects.toMatchObject({
        code: expect.stringMatching(/usage|not_found/),
      })
    }
    expect(await schedules.list()).toEqual([])
    for (const name of ['__proto__', '', '.x', 'a b', 'a/b', 'x'.repeat(101)]) {
      expect(addScheduleBody.safeParse({ name, prompt: 'x', cron: '* * * * *' }).success).toBe(false)
    }
  })

  test('keeps the environment of its shell for its tasks, and for nobody else', async () => {
    const { schedule, at, store, schedules } = await openSchedules(noon)
    await schedule('report', { ...hourly, environment: { PATH: '/secret/bin' } })
    await at(day('13:00:00'))
    const events = await allEvents(store)
    const added = events.find(({ type }) => type === 'task_added')
    expect(added?.private).toEqual({ environment: { PATH: '/secret/bin' } })
    expect(JSON.stringify(events.map(({ data }) => data))).not.toContain('/secret')
    expect(JSON.stringify(await schedules.list())).not.toContain('/secret')
  })
})

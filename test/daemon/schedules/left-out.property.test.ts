import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Task } from '../../../src/protocol/task.ts'
import { editScheduleBody } from '../../../src/protocol/schedule.ts'
import { slotOf } from '../../support/slot-of.ts'
import { openSchedules } from './open-schedules.ts'

const startMs = Date.parse('2026-11-21T12:00:00.000Z')
const iso = (ms: number): string => new Date(ms).toISOString()

const someSteps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 100, max: 4000 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('finish' as const, 'clear' as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('retry' as const, 'off' as const, 'edit' as const, 'run' as const),
      }),
    },
  ),
  // Long enough that each way for a time to come back is found before long.
  { minLength: 40, maxLength: 80 },
)

test('whatever happens, no time has a task that came while another task of the schedule had not ended', async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, async (steps) => {
      const { schedule, schedules, at, restart, stop, queue, setNow, store, added } = await openSchedules(
        iso(startMs),
      )
      await schedule('often', { every: '1s', overlap: 'skip', catch_up: 'all' })
      let nowMs = startMs
      let isOff = false
      let manual = 0
      const known = new Set<string>()
      const busy: { readonly id: string; readonly fromMs: number; toMs: number }[] = []
      const begin = ({ id }: Task): void => {
        known.add(id)
        busy.push({ id, fromMs: nowMs, toMs: Infinity })
      }
      const look = async (): Promise<void> => {
        if (isOff) await restart(iso(nowMs))
        else await at(iso(nowMs))
        isOff = false
        for (const task of await added()) {
          if (known.has(task.id)) continue
          const slotMs = Date.parse(slotOf(task))
          const inTheWay = busy.filter(({ fromMs, toMs }) => fromMs <= slotMs && slotMs < toMs)
          expect(inTheWay).toEqual([])
          begin(task)
        }
        expect(busy.filter(({ toMs }) => toMs === Infinity).length).toBeLessThanOrEqual(manual + 1)
      }
      const finish = async (): Promise<boolean> => {
        const attempt = await queue.claim()
        await attempt?.settle({ kind: 'completed', answer: 'Done.', data: null })
        for (const span of busy) {
          if (span.id === attempt?.task.id && span.toMs === Infinity) span.toMs = nowMs
        }
        return attempt !== undefined
      }
      for (const step of steps) {
        switch (step.kind) {
          case 'pass':
            nowMs += step.ms
            setNow(new Date(nowMs))
            if (!isOff) await look()
            break
          case 'finish':
            await finish()
            break
          case 'retry': {
            const last = schedules.show('often').last_run?.task_id
            const task = last == null ? undefined : store.task(last)
            if (task?.status !== 'completed') break
            begin(await queue.retry(task.id))
            manual += 1
            break
          }
          case 'clear':
            // A daemon that is gone clears nothing; only an end may have come right before it went.
            if (isOff) break
            await look()
            await queue.clear({})
            break
          case 'off':
            if (isOff) await look()
            else {
              await stop()
              isOff = true
            }
            break
          case 'edit':
            if (!isOff) await schedules.edit(editScheduleBody.parse({ name: 'often', prompt: 'Do it' }))
            break
          case 'run':
            if (isOff) break
            begin(await schedules.run('often'))
            manual += 1
            break
          default:
            step satisfies never
        }
      }
      await look()
      while (await finish());
      nowMs = startMs + Math.ceil((nowMs + 1 - startMs) / 1000) * 1000
      await look()
      // It goes on.
      expect((await added()).map(slotOf)).toContain(iso(nowMs))
    }),
    { numRuns: 30 },
  )
})

import { describe, expect, test } from 'vitest'
import { foldFacts, schedulesIn, type QueueFacts } from '../../../src/daemon/store/queue-facts.ts'
import type { Json } from '../../../src/protocol/task.ts'
import { openStore } from '../../support/store-fixtures.ts'

const changed = (data: Record<string, Json>, secret?: object) => ({
  type: 'queue_changed' as const,
  data,
  ...(secret === undefined ? {} : { private: secret }),
})

const fold = (...events: ReturnType<typeof changed>[]): QueueFacts =>
  events.reduce(foldFacts, {} as QueueFacts)

describe('facts about no task', () => {
  test('are folded: later members win', () => {
    expect(fold(changed({ paused: true, by: 'one' }), changed({ paused: false }))).toEqual({
      paused: false,
      by: 'one',
    })
  })

  test('of a schedule are folded into the one of its name, and leave the others alone', () => {
    const facts = fold(
      changed({ schedule: { name: 'a', enabled: true, every_s: 5 } }),
      changed({ schedule: { name: 'b', enabled: true } }),
      changed({ schedule: { name: 'a', enabled: false } }),
    )
    expect(schedulesIn(facts)).toEqual({
      a: { name: 'a', enabled: false, every_s: 5 },
      b: { name: 'b', enabled: true },
    })
    expect(facts).not.toHaveProperty('schedule')
  })

  test('of conversations are none: any number of them may be renamed and removed', () => {
    const facts = fold(
      changed({ paused: true, conversation: { id: 'a', title: 'One' } }),
      changed({ conversation: { id: 'b', removed: true } }),
    )
    expect(facts).toEqual({ paused: true })
  })

  test('of a removed schedule are gone, and one of the same name begins anew', () => {
    const removed = fold(
      changed({ schedule: { name: 'a', old: 1 } }),
      changed({ schedule: { name: 'a', removed: true } }),
    )
    expect(schedulesIn(removed)).toEqual({})
    expect(schedulesIn(foldFacts(removed, changed({ schedule: { name: 'a' } })))).toEqual({
      a: { name: 'a' },
    })
  })

  test('take in what is private to the daemon, also after a restart from the snapshot', async () => {
    const { store, directory } = await openStore()
    const draft = {
      ...changed({ schedule: { name: 'a' } }, { environment: { PATH: '/bin' } }),
      task_id: null,
    }
    await store.append(() => [draft])
    await store.close()
    const { store: reopened } = await openStore({ directory })
    expect(schedulesIn(reopened.queueFacts())).toEqual({ a: { name: 'a', environment: { PATH: '/bin' } } })
  })

  test('take any name, and change nothing outside themselves', () => {
    const facts = fold(
      changed(JSON.parse('{"schedule": {"name": "__proto__", "enabled": true}}') as Record<string, Json>),
    )
    expect(Object.keys(schedulesIn(facts))).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['enabled']).toBeUndefined()
  })
})

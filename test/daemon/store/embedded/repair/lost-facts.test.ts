import { expect, test } from 'vitest'
import { foldFacts, type QueueFacts } from '../../../../../src/daemon/store/queue-facts.ts'
import { LogFold, mendingFacts } from '../../../../../src/daemon/store/embedded/repair/lost-facts.ts'

const now = new Date('2026-02-03T04:05:06.789Z')

const schedule = (name: string, cron: string) => ({
  name,
  cron,
  environment: { HTTPS_PROXY: 'http://user:secret@proxy' },
})

/** What brings back facts that the log has lost. */
const mended = (folded: QueueFacts, known: QueueFacts) => {
  const log = new LogFold()
  log.facts = folded
  return mendingFacts(log, { task: () => undefined, tasks: [], facts: known, lastNumber: 0, seq: 9 }, now)
    .facts
}

test.each(['nightly', 'constructor'])(
  'a schedule "%s" comes back as it was, or goes, and its environment is never published',
  (name) => {
    const [old, present] = [schedule(name, '0 3 * * *'), schedule(name, '0 4 * * *')]
    for (const [folded, known] of [
      [{}, { schedules: { [name]: present } }],
      [{ schedules: { [name]: old } }, { schedules: { [name]: present } }],
      [{ schedules: { [name]: old } }, { schedules: {} }],
    ] as const) {
      const facts = mended(folded, known)
      const after = facts.reduce<QueueFacts>((before, fact) => foldFacts(before, fact), folded)
      expect(after).toEqual(known)
      expect(JSON.stringify(facts.map(({ data }) => data))).not.toContain('secret')
      expect(mended(after, known)).toEqual([])
    }
  },
)

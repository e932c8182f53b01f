import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { EventOf } from '../../protocol/event.ts'
import { safeJson } from './json.ts'

/** A fact about no task, on one line. */
export const queueText = (data: EventOf<'queue_changed'>['data']): string => {
  const { schedule } = data
  return schedule === undefined
    ? safeJson(data)
    : sanitizeLine(scheduleText(schedule as unknown as ScheduleFact))
}

/** What of a schedule an event may change, as far as it is shown. */
interface ScheduleFact {
  readonly name: string
  readonly id?: string
  readonly removed?: boolean
  readonly enabled?: boolean
  readonly disabled_reason?: string | null
  readonly last_slot?: string
  readonly last_run?: {
    readonly at: string
    readonly manual: boolean
    readonly status: string | null
    readonly error: { readonly message: string } | null
  }
  readonly last_skipped?: { readonly at: string; readonly reason: string } | null
}

const scheduleText = (fact: ScheduleFact): string => {
  const { name, id, removed, enabled, disabled_reason, last_slot, last_run, last_skipped } = fact
  const of = (text: string): string => `schedule ${name} ${text}`
  if (removed === true) return of('removed')
  if (id !== undefined) return of('added')
  if (enabled !== undefined) return of(enabled ? 'enabled' : `disabled: ${disabled_reason ?? ''}`)
  if (last_slot !== undefined && last_skipped?.at === last_slot) {
    return of(`left out ${last_slot}: ${last_skipped.reason}`)
  }
  if (last_run === undefined) return of('changed')
  if (last_run.status !== null) return of(`saw its task ${last_run.status}`)
  if (last_run.error !== null) return of(`could not add its task: ${last_run.error.message}`)
  return of(last_run.manual ? 'added its task, as asked' : `added its task of ${last_run.at}`)
}

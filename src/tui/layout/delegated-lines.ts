import { sanitizeLine } from '../../protocol/sanitize.ts'
import { isFinal } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import { clock } from './format.ts'
import { cutLine, span, type Line, type Span } from './line.ts'
import { statusTone, statusWords, taskSign } from './signs.ts'

/** What is known of the task that a call has delegated. */
export interface DelegatedCall {
  /** Null where the screen has it not. */
  readonly task: Task | null
  /** What the caller says of what it does now. */
  readonly note: string | null
}

interface Now {
  readonly nowMs: number
  readonly tick: number
}

/** Below a call of `delegate` that runs: which task it has become, and how that does. */
export const delegatedLines = (
  { task, note }: DelegatedCall,
  { nowMs, tick }: Now,
  width: number,
): readonly Line[] => {
  if (task === null) {
    return note === null ? [] : [cutLine([span('└ ', 'dim'), span(sanitizeLine(note), 'dim')], width)]
  }
  const { status, progress, started_at: startedAt, finished_at: finishedAt } = task
  const { step, max_steps: maxSteps, note: doing } = progress
  const untilMs = finishedAt === null ? nowMs : Date.parse(finishedAt)
  const facts = [
    statusWords(task, () => null),
    ...(step === 0 ? [] : [`step ${step}${maxSteps === null ? '' : `/${maxSteps}`}`]),
    ...(startedAt === null ? [] : [clock(untilMs - Date.parse(startedAt))]),
    ...(doing === null || isFinal(status) ? [] : [sanitizeLine(doing)]),
  ]
  return [
    cutLine(
      [
        span('└ ', 'dim'),
        span(`${task.number} `, 'strong'),
        span(`${taskSign(task, tick)} `, statusTone(status)),
        span(facts.join(' · '), 'dim'),
      ],
      width,
    ),
  ]
}

/** Before the result of a call of `delegate`: the number of the task that gave it. */
export const delegatedNumber = (details: Readonly<Record<string, unknown>>): readonly Span[] => {
  const { number } = details
  return typeof number === 'number' ? [span(`${number} · `, 'strong')] : []
}

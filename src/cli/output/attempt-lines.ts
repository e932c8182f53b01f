import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { AttemptRecord, Task } from '../../protocol/task.ts'
import { formatDateTime, formatDuration } from './amounts.ts'
import { paintStatus, statusLabel } from './status-label.ts'
import type { Style } from './style.ts'

/** The attempts at a task side by side, one a line; none where there is only one. */
export const attemptLines = ({ attempts, max_attempts, progress }: Task, style: Style): string[] => {
  if (attempts.length < 2) return []
  const width = String(attempts.at(-1)?.number ?? 0).length
  const lines = attempts.map((attempt) => {
    const label = paintStatus(attempt.status, style)(statusLabel(attempt.status).padEnd(labelWidth))
    const error =
      attempt.error === null ? '' : `  ${attempt.error.code}: ${sanitizeLine(attempt.error.message)}`
    return `  ${String(attempt.number).padStart(width)}  ${label}  ${timesOf(attempt)}, step ${attempt.step ?? progress.step}${error}`
  })
  const last = attempts.at(-1)?.number ?? 0
  return [`${style.bold('Attempts')}${max_attempts > last ? ` (at most ${max_attempts})` : ''}`, '', ...lines]
}

const labelWidth = '✓ completed'.length

const timesOf = ({ started_at, finished_at }: AttemptRecord): string => {
  const took =
    finished_at === null ? '' : `, ${formatDuration(Date.parse(finished_at) - Date.parse(started_at))}`
  return `${formatDateTime(started_at)}${took}`
}

import { exitCodes, failureCodes, type FailureCode } from '../protocol/failure.ts'
import type { Task } from '../protocol/task.ts'

/** How a command ends that followed a task to its end, or to an approval that nobody here can give. */
export const exitCodeOfTask = ({ status, error }: Task): number => {
  switch (status) {
    case 'completed':
      return exitCodes.ok
    case 'cancelled':
      return exitCodes.cancelled
    case 'waiting':
      return exitCodes.needsApproval
    case 'failed':
      return error === null ? exitCodes.failed : exitCodeOfFailure(error.code)
    case 'scheduled':
    case 'blocked':
    case 'paused':
    case 'pending':
    case 'in_progress':
      return exitCodes.failed
    default:
      return status satisfies never
  }
}

/** A code that is not known here comes from a newer daemon. */
export const exitCodeOfFailure = (code: FailureCode): number => failureCodes[code]?.exit ?? exitCodes.failed

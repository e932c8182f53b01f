import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'

/** The id of the task for one time of one schedule: the same whenever it is asked for, so that none is added twice. */
export const slotTaskId = (scheduleId: string, slotMs: number): string =>
  uuidv7({
    msecs: slotMs,
    random: createHash('sha256').update(`${scheduleId} ${slotMs}`).digest().subarray(0, 16),
  })

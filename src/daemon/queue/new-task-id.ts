import { randomFillSync } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'

/** A UUID of version 7. To ask the system for random bytes costs more than all the rest, so it is asked for many. */
export const newTaskId = (): string => {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.subarray(used, used + bytesPerId)
  used += bytesPerId
  return uuidv7({ random })
}

const bytesPerId = 16
const pool = new Uint8Array(256 * bytesPerId)
let used = pool.length

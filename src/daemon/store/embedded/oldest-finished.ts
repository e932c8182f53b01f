import { isFinal } from '../../../protocol/task.ts'
import type { FinishedTask } from '../store.ts'
import type { Page } from './page.ts'

/** Of the finished tasks the `limit` that ended first, oldest first. Looks at rows only: nothing is read from disk. */
export const oldestFinished = (
  pages: readonly Page[],
  limit: number,
  isSkipped: (number: number) => boolean,
): FinishedTask[] => {
  const oldest: FinishedTask[] = []
  for (const { rows } of pages) {
    for (const { number, id, status, lastSeq } of rows) {
      if (!isFinal(status)) continue
      if (oldest.length === limit && lastSeq > (oldest.at(-1)?.lastSeq ?? Infinity)) continue
      if (isSkipped(number)) continue
      insert(oldest, { number, id, lastSeq })
      if (oldest.length > limit) oldest.pop()
    }
  }
  return oldest
}

/** Tasks end about in the order of their numbers, so the place is mostly the last. */
const insert = (sorted: FinishedTask[], task: FinishedTask): void => {
  let at = sorted.length
  while (at > 0 && (sorted[at - 1]?.lastSeq ?? 0) > task.lastSeq) at -= 1
  sorted.splice(at, 0, task)
}

import { open, stat, unlink } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { SparkyError } from '../../protocol/failure.ts'

const betweenMs = 20
const patienceMs = 5000
/** No change takes so long: who left this behind was killed. */
const abandonedMs = 3000

/** Does `change` while no other program that asks the same way does: a file beside this one says that it is taken. */
export const oneAtATime = async <T>(file: string, change: () => Promise<T>): Promise<T> => {
  const lock = `${file}.lock`
  await take(lock, Date.now() + patienceMs)
  try {
    return await change()
  } finally {
    await unlink(lock).catch(() => {})
  }
}

const take = async (lock: string, until: number): Promise<void> => {
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close()
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const taken = await stat(lock).catch(() => undefined)
    if (taken !== undefined && Date.now() - taken.mtimeMs > abandonedMs) await unlink(lock).catch(() => {})
    else if (Date.now() > until) throw new SparkyError('conflict', `${lock} is held by another program`)
    else await wait(betweenMs)
  }
}

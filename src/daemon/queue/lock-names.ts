import { realpath } from 'node:fs/promises'
import path from 'node:path'

/** The one lock with a meaning: it stands for the task's own directory. */
const cwdLock = 'cwd'
const cwdPrefix = 'cwd:'

export const asksForCwdLock = (locks: readonly string[] | undefined): boolean =>
  locks?.includes(cwdLock) === true

/** Where a directory really is, so that two ways to it are one lock. */
export const realDirectory = (directory: string): Promise<string> =>
  realpath(directory).catch(() => path.resolve(directory))

/** What is held, from what was asked for; `realCwd` need be right only where the lock on it is among them. */
export const lockNames = (locks: readonly string[], realCwd: string): string[] => [
  ...new Set(locks.map((lock) => (lock === cwdLock ? cwdPrefix + realCwd : lock))),
]

/** The same locks for a task that has moved to another directory. */
export const movedLocks = (locks: readonly string[], realCwd: string): string[] =>
  locks.map((lock) => (lock.startsWith(cwdPrefix) ? cwdPrefix + realCwd : lock))

import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { temporaryFolder } from './store-fixtures.ts'

/** A clock that is ahead of the machine's by as much as a test says, for the processes that get its `env`. */
export interface MovableClock {
  readonly env: Readonly<Record<string, string>>
  /** From now on it is ahead by so much; timers that run are not touched. */
  setAheadMs(ms: number): void
}

/** Undefined where libfaketime is not installed. */
export const fakeTimeLibrary: string | undefined = ['/usr/lib', '/usr/local/lib', '/usr/lib64']
  .flatMap((folder) => [folder, ...subfolders(folder)])
  .flatMap((folder) => [path.join(folder, 'faketime')])
  .flatMap((folder) => namesIn(folder).map((name) => path.join(folder, name)))
  .find((file) => path.basename(file).startsWith('libfaketimeMT.so'))

export const movableClock = (aheadMs = 0): MovableClock => {
  const file = path.join(temporaryFolder(), 'ahead')
  const setAheadMs = (ms: number): void => writeFileSync(file, `${ms < 0 ? '' : '+'}${ms / 1000}s\n`)
  setAheadMs(aheadMs)
  return {
    env: {
      LD_PRELOAD: fakeTimeLibrary ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    setAheadMs,
  }
}

function subfolders(folder: string): string[] {
  return namesIn(folder).map((name) => path.join(folder, name))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

import { execaSync } from 'execa'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** A clock for the processes that get `env`, which goes as far from the true one as it was last told to. */
export interface FakeClock {
  readonly env: Readonly<Record<string, string>>
  /** In seconds; below zero for the past. Counts at once, also for processes that run. */
  jumpTo(offsetS: number): void
}

/** What is to be loaded before a program so that its clock can be set; undefined where `faketime` is not installed. */
const faketimeLibrary = (): string | undefined => {
  if (process.platform !== 'linux') return undefined
  const { failed, stdout } = execaSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { reject: false })
  return failed ? undefined : stdout.trim()
}

export const isFaketimeInstalled = (): boolean => faketimeLibrary() !== undefined

export const fakeClock = (): FakeClock => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-clock-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'offset')
  const jumpTo = (offsetS: number): void => writeFileSync(file, `${offsetS < 0 ? '' : '+'}${offsetS}\n`)
  jumpTo(0)
  return {
    env: {
      LD_PRELOAD: faketimeLibrary() ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      // As it is when a clock is set: what only counts on goes on.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    jumpTo,
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { FakeDaemon, type FakeDaemonOptions } from './fake-daemon.ts'

/** A folder for one test, which goes with it. */
export const tempHome = (): string => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'sparky-home-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return home
}

/** A fake daemon in a home of its own, which ends with the test. */
export const startFakeDaemon = async (options: Partial<FakeDaemonOptions> = {}): Promise<FakeDaemon> => {
  const daemon = await new FakeDaemon({ home: tempHome(), ...options }).start()
  onTestFinished(() => daemon.stop())
  return daemon
}

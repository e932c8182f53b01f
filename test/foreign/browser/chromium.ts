import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export interface Chromium {
  /** Settles when it has ended, whoever ended it; with the last that it said on stderr. */
  readonly ended: Promise<string>
  /** Ends it with every process that it started, and removes its profile. */
  close(): Promise<void>
}

/** Throws a sentence that says what to install, where there is none. */
export const findChromium = (): string => {
  const program = places.find((place) => existsSync(place))
  if (program === undefined) {
    throw new Error(
      'expected Chromium at /usr/bin/chromium, found none: "apt-get install chromium" installs it',
    )
  }
  return program
}

/** This Chromium without a window, with a profile of its own, at this address. */
export const startChromium = (program: string, url: string, flags: readonly string[] = []): Chromium => {
  const profile = mkdtempSync(path.join(os.tmpdir(), 'sparky-chromium-'))
  const child = spawn(
    program,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-breakpad',
      '--disable-sync',
      '--no-first-run',
      '--no-proxy-server',
      // It ends when this pipe does: also where the test is killed.
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      ...flags,
      url,
    ],
    // A group of its own: a browser is a dozen processes.
    {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, HOME: profile },
    },
  )
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)))
  const ended = Promise.race([
    once(child, 'exit').then(() => said),
    once(child, 'error').then(([error]) => String(error)),
  ])
  return {
    ended,
    close: async () => {
      endGroup(child.pid)
      await ended
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    },
  }
}

const endGroup = (pid: number | undefined): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // Gone already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

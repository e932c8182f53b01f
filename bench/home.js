import { execa } from 'execa'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { bin, environment } from './measure.js'

/** A SPARKY_HOME of its own, and the command line for it. */
export const openHome = (folder, name, extra = {}) => {
  const home = path.join(folder, name)
  mkdirSync(home)
  const env = environment({ SPARKY_HOME: home, SPARKY_PORT: '0', NO_COLOR: '1', ...extra })
  const options = { cwd: folder, env }
  const address = () => JSON.parse(readFileSync(path.join(home, 'daemon.json'), 'utf8'))
  return {
    home,
    options,
    sparky: (...args) => execa(process.execPath, [bin, ...args], { extendEnv: false, ...options }),
    /** Of its running daemon. */
    pid: () => address().pid,
    api: (rest) => `${address().url}/api/v1/${rest}`,
    headers: () => ({ authorization: `Bearer ${readFileSync(path.join(home, 'token'), 'utf8').trim()}` }),
  }
}

/** The home's daemon as a child that says how long its event loop paused. */
export const watchedDaemon = async ({ home, options }) => {
  const args = ['agent', 'start', '--foreground']
  const watch = ['--import', path.join(import.meta.dirname, 'pauses.js')]
  const child = fork(bin, args, {
    ...options,
    execArgv: watch,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  while (!existsSync(path.join(home, 'daemon.json'))) await seconds(0.02)
  return {
    /** Since the last call. */
    longestPauseMs: async () => {
      child.send('longest')
      const [{ longestMs }] = await once(child, 'message')
      return longestMs
    },
  }
}

export const seconds = (count) =>
  new Promise((resolve) => {
    setTimeout(resolve, count * 1000)
  })

/** Processor time of a process so far. */
export const cpuMs = (pid) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  // The kernel counts in ticks of 10 ms.
  return (utime + stime) * 10
}

/** Resident memory of a process: now, and at most so far. */
export const memoryMib = (pid) => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mib = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024
  return { now: mib('VmRSS'), peak: mib('VmHWM') }
}

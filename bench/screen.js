/**
 * What the screen of `sparky watch` costs while 5,000 events a second come, all of them in the transcript that it shows.
 * By itself, `node bench/screen.js 60`, it does so for a minute and says how its memory went.
 */
import { execa } from 'execa'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildDaemon } from './build-daemon.js'
import { cpuMs, memoryMib, openHome, seconds } from './home.js'
import { bin } from './measure.js'
import { report } from './report.js'

const perSecond = 5000
/** As many as fill what the screen can scroll back to. */
const stepsBefore = 30_000

export const screenUnderLoad = async (folder, { forSeconds = 10, onSecond = () => {} } = {}) => {
  const terminal = tmux(`sparky-bench-${process.pid}`)
  if (!(await terminal.isInstalled())) {
    process.stdout.write('The screen of `sparky watch` is not measured: there is no tmux\n')
    return
  }
  const { options } = openHome(folder, 'screen')
  const daemon = fork(await buildDaemon('daemon-with-story'), [String(stepsBefore)], { env: options.env })
  await once(daemon, 'message')
  try {
    const pid = await terminal.open([process.execPath, bin, 'watch', '1'], options)
    await terminal.until(new RegExp(`Part ${stepsBefore} is read`))
    await seconds(1)
    const measured = await measure({ daemon, pid, forSeconds, onSecond })
    const shownMs = await msUntil(terminal, new RegExp(`Part ${measured.step} is read`))
    const halfway = measured.mib[Math.floor(measured.mib.length / 2)]
    const end = measured.mib.at(-1)
    const rate = Math.round(measured.events / forSeconds).toLocaleString('en-US')
    report({
      what: `\`sparky watch\` of a task with ${rate} events/s for ${forSeconds} s, behind 180,000 of its events: processor time`,
      figure: `${measured.cores.toFixed(2)} of a core; the last event is on the screen ${shownMs.toFixed(0)} ms after its append`,
      target: '< 1 core',
    })
    report({
      what: 'the same, resident at the end',
      figure: `${end.toFixed(0)} MiB`,
      floor: `halfway ${halfway.toFixed(0)} MiB`,
      ratio: end / halfway,
      target: 'does not grow: ≤ 1.1x',
    })
  } finally {
    await terminal.close()
    daemon.disconnect()
  }
}

const measure = async ({ daemon, pid, forSeconds, onSecond }) => {
  const cpuBefore = cpuMs(pid)
  const mib = []
  daemon.send({ perSecond, ms: forSeconds * 1000 })
  const looking = setInterval(() => {
    mib.push(memoryMib(pid).now)
    onSecond({ second: mib.length, mib: mib.at(-1), cores: (cpuMs(pid) - cpuBefore) / mib.length / 1000 })
  }, 1000)
  const [{ events, step }] = await once(daemon, 'message')
  clearInterval(looking)
  return { events, step, mib, cores: (cpuMs(pid) - cpuBefore) / 1000 / forSeconds }
}

const msUntil = async (terminal, wanted) => {
  const start = performance.now()
  await terminal.until(wanted)
  return performance.now() - start
}

/** A terminal of its own. */
const tmux = (socket) => {
  const run = async (...args) =>
    (await execa('tmux', ['-L', socket, ...args], { env: { TERM: 'xterm-256color' } })).stdout
  return {
    isInstalled: () =>
      run('-V').then(
        () => true,
        () => false,
      ),
    /** Returns the process that runs in it. */
    open: async (command, { env, cwd }) => {
      const size = ['-x', '120', '-y', '40']
      const program = command.map((word) => `'${word}'`).join(' ')
      await execa(
        'tmux',
        ['-L', socket, '-f', '/dev/null', 'new-session', '-d', ...size, `exec ${program}`],
        {
          env: { ...env, TERM: 'xterm-256color', COLORTERM: '' },
          extendEnv: false,
          cwd,
        },
      )
      return Number(await run('display-message', '-p', '#{pane_pid}'))
    },
    until: async (wanted) => {
      for (let look = 0; look < 600; look += 1) {
        const screen = await run('capture-pane', '-p')
        if (wanted.test(screen)) return screen
        await seconds(0.05)
      }
      throw new Error(`expected the screen to show ${wanted}, found\n${await run('capture-pane', '-p')}`)
    },
    close: () => run('kill-server').catch(() => {}),
  }
}

if (import.meta.filename === process.argv[1]) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-bench-'))
  try {
    await screenUnderLoad(folder, {
      forSeconds: Number(process.argv[2] ?? 60),
      onSecond: ({ second, mib, cores }) =>
        process.stdout.write(`${second} s: ${mib.toFixed(0)} MiB, ${cores.toFixed(2)} cores so far\n`),
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

import { statSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { addsWithManyTasks } from './adds.js'
import { fillStore } from './big-store.js'
import { memoryMib, openHome, watchedDaemon } from './home.js'
import { bin, inTurn, median, postsPerSecond } from './measure.js'
import { ms, report } from './report.js'

const manyTasks = 100_000
const fewTasks = 100

/** What 100,000 finished tasks with 1,000,000 events cost, against 100 of them. */
export const atScale = async (folder) => {
  const [few, many] = [openHome(folder, 'few'), openHome(folder, 'many')]
  await fillStore({ ...few, folder, tasks: fewTasks, eventsPerTask: 10 })
  await fillStore({ ...many, folder, tasks: manyTasks, eventsPerTask: 10 })
  try {
    await starts({ few, many })
    await lists({ few, many })
    await addsWithManyTasks({ few, many })
  } finally {
    for (const home of [few, many]) await home.sparky('agent', 'stop', '--now').catch(() => {})
  }
  await pauses(many)
}

/** Leaves both daemons running. */
const starts = async ({ few, many }) => {
  const times = { few: [], many: [] }
  for (let round = 0; round < 5; round += 1) {
    for (const [name, home] of Object.entries({ few, many })) {
      await home.sparky('agent', 'stop', '--now').catch(() => {})
      const start = performance.now()
      await home.sparky('agent', 'start')
      times[name].push(performance.now() - start)
    }
  }
  const [fewMs, manyMs] = [times.few, times.many].map((list) => ({
    median: median(list),
    min: Math.min(...list),
    max: Math.max(...list),
  }))
  report({
    what: 'start to ready, 100,000 finished tasks, 1,000,000 events',
    figure: ms(manyMs),
    floor: `100 tasks ${ms(fewMs)}`,
    ratio: manyMs.median / fewMs.median,
    target: '≤ 1,500 ms',
  })
  const [fewMib, manyMib] = [memoryMib(few.pid()), memoryMib(many.pid())]
  report({
    what: 'memory after that start, resident (at most so far)',
    figure: `${manyMib.now.toFixed(0)} MiB (${manyMib.peak.toFixed(0)})`,
    floor: `100 tasks ${fewMib.now.toFixed(0)} MiB`,
    ratio: manyMib.now / fewMib.now,
    target: '< 400 MiB',
  })
}

const lists = async ({ few, many }) => {
  const command = [bin, 'agent', 'tasks', 'list', '--limit', '50']
  const [fewMs, manyMs] = await inTurn(
    [
      { args: command, options: few.options },
      { args: command, options: many.options },
    ],
    { runs: 15 },
  )
  report({
    what: '`tasks list` of the newest 50 out of 100,000',
    figure: ms(manyMs),
    floor: `out of 100 ${ms(fewMs)}`,
    ratio: manyMs.median / fewMs.median,
    target: 'at most 10 ms more',
  })
  const times = { few: [], many: [] }
  for (let round = 0; round < 200; round += 1) {
    for (const [name, home] of Object.entries({ few, many })) times[name].push(await getMs(home))
  }
  const [fewGet, manyGet] = [median(times.few), median(times.many)]
  report({
    what: 'the same over HTTP',
    figure: `${manyGet.toFixed(1)} ms`,
    floor: `out of 100 ${fewGet.toFixed(1)} ms`,
    ratio: manyGet / fewGet,
    target: 'at most 10 ms more',
  })
}

const getMs = async (home) => {
  const start = performance.now()
  await new Promise((resolve, reject) => {
    http
      .get(home.api('tasks?limit=50'), { headers: home.headers() }, (response) => {
        response.resume().on('end', resolve)
      })
      .on('error', reject)
  })
  return performance.now() - start
}

/** Every other task changes, so that the snapshot must write every page anew. */
const pauses = async (home) => {
  const daemon = await watchedDaemon(home)
  const headers = home.headers()
  const retry = (index) => home.api(`tasks/${index * 2 + 1}/retry`)
  await postsPerSecond({ url: retry, headers, body: () => '{}', count: 49_000, clients: 50 })
  await daemon.longestPauseMs()
  const manifest = path.join(home.home, 'store/snapshot/manifest.json')
  const before = statSync(manifest).mtimeMs
  const add = (index) => JSON.stringify({ prompt: `${index} ${'x'.repeat(500)}` })
  const adds = () => postsPerSecond({ url: home.api('tasks'), headers, body: add, count: 900, clients: 50 })
  await adds()
  const without = await daemon.longestPauseMs()
  while (statSync(manifest).mtimeMs === before) await adds()
  const during = await daemon.longestPauseMs()
  report({
    what: 'longest pause of the event loop while it snapshots 100,000 tasks and 50 clients add',
    figure: `${during.toFixed(0)} ms`,
    floor: `50 clients alone ${without.toFixed(0)} ms`,
    target: '≤ 50 ms',
  })
  await home.sparky('agent', 'stop', '--now')
}

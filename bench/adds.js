import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { bestRates, postsPerSecond, startServer } from './measure.js'
import { report } from './report.js'

const body = (index) => JSON.stringify({ prompt: `${index} ${'x'.repeat(500)}` })

/** Adds over HTTP, each on disk before it is answered, against a server that does only that. */
export const durableAdds = async (folder, home) => {
  await home.sparky('agent', 'pause')
  const url = home.api('tasks')
  const headers = home.headers()
  await postsPerSecond({ url, headers, body, count: 1, clients: 1 })
  const bytes = lastEventBytes(home)
  const floor = await startServer('floor-adds.js', [path.join(folder, 'floor.log'), String(bytes)])
  for (const clients of [1, 50]) {
    const count = clients === 1 ? 1000 : 5000
    const [rate, floorRate] = await bestRates(
      [
        () => postsPerSecond({ url, headers, body, count, clients }),
        () => postsPerSecond({ url: floor.url, headers, body, count, clients }),
      ],
      { rounds: 7 },
    )
    report({
      what: `durable adds, ${clients} client${clients === 1 ? '' : 's'}`,
      figure: `${rate.toFixed(0)}/s`,
      floor: `bare node:http with group commit of ${bytes} bytes each ${floorRate.toFixed(0)}/s`,
      ratio: rate / floorRate,
      target: '≥ 0.8x',
    })
  }
  floor.stop()
}

/** The same with many tasks in the store as with few. */
export const addsWithManyTasks = async ({ few, many }) => {
  for (const home of [few, many]) await home.sparky('agent', 'pause')
  const adds = (home, count) => () =>
    postsPerSecond({ url: home.api('tasks'), headers: home.headers(), body, count, clients: 50 })
  await adds(few, 900)()
  const [fewRate, manyRate] = await bestRates([adds(few, 2000), adds(many, 2000)], { rounds: 5 })
  report({
    what: 'durable adds, 50 clients, 100,000 tasks in the store',
    figure: `${manyRate.toFixed(0)}/s`,
    floor: `the same with 1,000 tasks ${fewRate.toFixed(0)}/s`,
    ratio: fewRate / manyRate,
    target: '≤ 1.2x',
  })
}

/** How many bytes the newest event takes in the log. */
const lastEventBytes = ({ home }) => {
  const store = path.join(home, 'store')
  const newest = readdirSync(store)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .at(-1)
  const log = readFileSync(path.join(store, newest))
  return log.length - log.lastIndexOf('\n', log.length - 2) - 1
}

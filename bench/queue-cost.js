import { cpuMs, openHome, seconds } from './home.js'
import { postsPerSecond } from './measure.js'
import { report } from './report.js'

const tasks = 1000

/** What a task costs from its claim to its end where the model answers at once: nearly all of that is the queue. */
export const queueCost = async (folder) => {
  const home = openHome(folder, 'queue', { AGENT_MODEL: 'offline/demo', SPARKY_AGENT_CONCURRENCY: '1' })
  await home.sparky('agent', 'start')
  try {
    await home.sparky('agent', 'pause')
    const body = () => JSON.stringify({ prompt: 'What time is it?' })
    await postsPerSecond({ url: home.api('tasks'), headers: home.headers(), body, count: tasks, clients: 50 })
    const cpuBefore = cpuMs(home.pid())
    await home.sparky('agent', 'resume')
    while ((await completed(home)) < tasks) await seconds(0.2)
    const cpu = cpuMs(home.pid()) - cpuBefore
    const { stdout } = await home.sparky('agent', 'tasks', 'list', '--all', '--json')
    const done = JSON.parse(stdout)
    const begin = Math.min(...done.map(({ started_at }) => Date.parse(started_at)))
    const end = Math.max(...done.map(({ finished_at }) => Date.parse(finished_at)))
    report({
      what: '1,000 tasks on the offline model, one tool call each, one at a time: from claim to claim, all included',
      figure: `${((end - begin) / tasks).toFixed(2)} ms a task`,
      target: '< 3 ms',
    })
    report({
      what: 'processor time of the daemon for each of them',
      figure: `${(cpu / tasks).toFixed(2)} ms a task`,
      target: 'reported',
    })
  } finally {
    await home.sparky('agent', 'stop', '--now').catch(() => {})
  }
}

const completed = async (home) => {
  const answer = await fetch(home.api('status'), { headers: home.headers() })
  return (await answer.json()).tasks.completed
}

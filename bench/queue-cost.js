import { execa } from 'execa'
import path from 'node:path'
import { cpuMs, openHome, seconds } from './home.js'
import { postsPerSecond } from './measure.js'
import { report } from './report.js'

const tasks = 1000
/** Of a task with one tool call: claim; step begun; call made; call answered, next step begun; answer and end. */
const commitsPerTask = 5
/** Of events each, about. */
const commitBytes = 600

/**
 * What a task costs from its claim to the claim of the next, one at a time, where model and tool answer at once: nearly
 * all of that is the queue. No less than its commits can be.
 */
export const queueCost = async (folder) => {
  const home = openHome(folder, 'queue', { AGENT_MODEL: 'offline/demo', SPARKY_AGENT_CONCURRENCY: '1' })
  await home.sparky('agent', 'start')
  try {
    const rounds = []
    for (let round = 0; round < 3; round += 1) {
      rounds.push({ ...(await thousandTasks(home)), floorMs: await commitsMs(folder) })
    }
    const best = (name) => Math.min(...rounds.map((round) => round[name]))
    report({
      what: '1,000 tasks of one tool call, offline model, one at a time: each from its claim to the next, all included',
      figure: `${best('wallMs').toFixed(2)} ms`,
      floor: `bare script, ${commitsPerTask} commits ${best('floorMs').toFixed(2)} ms`,
      ratio: best('wallMs') / best('floorMs'),
      target: '< 3 ms',
    })
    report({
      what: 'the same, processor time of the daemon',
      figure: `${best('cpuMs').toFixed(2)} ms`,
      target: '< 3 ms',
    })
  } finally {
    await home.sparky('agent', 'stop', '--now').catch(() => {})
  }
}

/** Of each task. */
const thousandTasks = async (home) => {
  await home.sparky('agent', 'pause')
  const body = () => JSON.stringify({ prompt: 'What time is it?' })
  await postsPerSecond({ url: home.api('tasks'), headers: home.headers(), body, count: tasks, clients: 50 })
  const cpuBefore = cpuMs(home.pid())
  await home.sparky('agent', 'resume')
  while ((await pending(home)) > 0) await seconds(0.2)
  const cpu = cpuMs(home.pid()) - cpuBefore
  const { stdout } = await home.sparky('agent', 'tasks', 'list', '--limit', String(tasks), '--json')
  const done = JSON.parse(stdout)
  const begin = Math.min(...done.map(({ started_at }) => Date.parse(started_at)))
  const end = Math.max(...done.map(({ finished_at }) => Date.parse(finished_at)))
  return { wallMs: (end - begin) / tasks, cpuMs: cpu / tasks }
}

const pending = async (home) => {
  const answer = await fetch(home.api('status'), { headers: home.headers() })
  const counts = (await answer.json()).tasks
  return counts.pending + counts.in_progress
}

/** Of as many commits as a task makes. */
const commitsMs = async (folder) => {
  const floor = path.join(import.meta.dirname, 'floor-commits.js')
  const args = [path.join(folder, 'commits.log'), String(tasks), String(commitBytes)]
  const { stdout } = await execa(process.execPath, [floor, ...args])
  return Number(stdout) * commitsPerTask
}

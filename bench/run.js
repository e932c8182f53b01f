/**
 * `npm run bench`: what Sparky costs, each figure as a ratio to its floor in the same run. Writes RESULTS.md.
 */
import { execa } from 'execa'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { bin, environment, inTurn, median, postsPerSecond, root, startServer } from './measure.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-bench-'))
const home = path.join(folder, 'home')
const rows = []

const report = ({ what, figure, floor, ratio, target }) => {
  rows.push({ what, figure, floor, ratio, target })
  process.stdout.write(
    `${what}: ${figure}${floor ? ` against ${floor}` : ''}${ratio ? ` = ${ratio.toFixed(2)}x` : ''} (target ${target})\n`,
  )
}

const ms = ({ median, min, max }) => `${median.toFixed(0)} ms (${min.toFixed(0)}–${max.toFixed(0)})`

const modelServer = await startServer('model-server.js')
const env = environment({
  SPARKY_HOME: home,
  SPARKY_PORT: '0',
  OPENAI_BASE_URL: modelServer.url,
  OPENAI_API_KEY: 'bench-key',
  AGENT_MODEL: 'openai/bench',
  NO_COLOR: '1',
})
const options = { cwd: folder, env }
const sparky = (...args) => execa(process.execPath, [bin, ...args], { extendEnv: false, ...options })
const nothing = ['-e', '0']

try {
  await sparky('agent', 'start')
  await commandsAgainstBareNode()
  await runsAgainstTheBareScript()
  await idleDaemon()
  await durableAdds()
} finally {
  await sparky('agent', 'stop', '--now').catch(() => {})
  modelServer.stop()
  rmSync(folder, { recursive: true, force: true })
}

writeFileSync(path.join(root, 'bench/RESULTS.md'), resultsPage())

async function commandsAgainstBareNode() {
  await sparky('agent', 'pause')
  const [node, version, add] = await inTurn(
    [nothing, [bin, '--version'], [bin, 'agent', 'tasks', 'add', 'calls=0']],
    { runs: 21, options },
  )
  report({
    what: '`sparky --version`',
    figure: ms(version),
    floor: `\`node -e 0\` ${ms(node)}`,
    ratio: version.median / node.median,
    target: '≤ 1.3x',
  })
  report({
    what: '`sparky agent tasks add`, warm daemon',
    figure: ms(add),
    floor: `\`node -e 0\` ${ms(node)}`,
    ratio: add.median / node.median,
    target: '≤ 1.8x',
  })
  await sparky('agent', 'tasks', 'cancel', ...(await pendingNumbers()))
  await sparky('agent', 'resume')
}

async function pendingNumbers() {
  const { stdout } = await sparky('agent', 'tasks', 'list', '--status', 'pending', '--all', '--json')
  return JSON.parse(stdout).map(({ number }) => String(number))
}

async function runsAgainstTheBareScript() {
  for (const [calls, target] of [
    [1, '≤ 0.6x'],
    [20, '≤ 1.2x'],
  ]) {
    const prompt = `calls=${calls}`
    const floorScript = [path.join(root, 'bench/floor-run.js'), modelServer.url, prompt]
    const [floor, run] = await inTurn([floorScript, [bin, 'run', prompt]], { runs: 15, options })
    report({
      what: `\`sparky run\`, ${calls} tool call${calls === 1 ? '' : 's'}, warm daemon`,
      figure: ms(run),
      floor: `bare script ${ms(floor)}`,
      ratio: run.median / floor.median,
      target,
    })
  }
}

async function idleDaemon() {
  await sparky('agent', 'restart')
  const fresh = JSON.parse(readFileSync(path.join(home, 'daemon.json'), 'utf8')).pid
  // What a start leaves to do (its snapshot, the collection of its garbage) is not idling.
  await seconds(15)
  const before = cpuMs(fresh)
  const idleS = 20
  await seconds(idleS)
  const cpuPerSecond = (cpuMs(fresh) - before) / idleS
  report({
    what: 'idle daemon, resident',
    figure: `${residentMib(fresh).toFixed(0)} MiB`,
    target: '< 90 MiB',
  })
  report({ what: 'idle daemon, cpu', figure: `${cpuPerSecond.toFixed(1)} ms/s`, target: 'not measurable' })
}

function seconds(count) {
  return new Promise((resolve) => {
    setTimeout(resolve, count * 1000)
  })
}

function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  // The kernel counts in ticks of 10 ms.
  return (utime + stime) * 10
}

function residentMib(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
}

async function durableAdds() {
  await sparky('agent', 'pause')
  const { url } = JSON.parse(readFileSync(path.join(home, 'daemon.json'), 'utf8'))
  const token = readFileSync(path.join(home, 'token'), 'utf8').trim()
  const floor = await startServer('floor-adds.js', [path.join(folder, 'floor.log')])
  const body = (index) => JSON.stringify({ prompt: `${index} ${'x'.repeat(500)}` })
  const headers = { authorization: `Bearer ${token}` }
  for (const clients of [1, 50]) {
    const rates = { sparky: [], floor: [] }
    for (let round = 0; round < 5; round += 1) {
      const count = clients === 1 ? 1000 : 5000
      rates.floor.push(await postsPerSecond({ url: floor.url, headers, body, count, clients }))
      rates.sparky.push(await postsPerSecond({ url: `${url}/api/v1/tasks`, headers, body, count, clients }))
    }
    const [rate, floorRate] = [median(rates.sparky), median(rates.floor)]
    report({
      what: `durable adds, ${clients} client${clients === 1 ? '' : 's'}`,
      figure: `${rate.toFixed(0)}/s`,
      floor: `bare node:http with group commit ${floorRate.toFixed(0)}/s`,
      ratio: rate / floorRate,
      target: 'reported',
    })
  }
  floor.stop()
}

function resultsPage() {
  const cells = rows.map(
    ({ what, figure, floor, ratio, target }) =>
      `| ${what} | ${figure} | ${floor ?? '–'} | ${ratio ? `${ratio.toFixed(2)}x` : '–'} | ${target} |`,
  )
  return `# What Sparky costs

Written by \`npm run bench\`. Medians (min–max) of whole processes, taken in turn with their floor in the same run; only the ratios
compare between machines.

${os.cpus().length} × ${os.cpus()[0].model.trim()}, Node ${process.version}, ${os.type()} ${os.release()}, ${new Date().toISOString().slice(0, 10)}

| what | figure | floor | ratio | target |
|---|---|---|---|---|
${cells.join('\n')}
`
}

/**
 * `npm run bench`: what Sparky costs, each figure as a ratio to its floor in the same run. Writes RESULTS.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { durableAdds } from './adds.js'
import { atScale } from './at-scale.js'
import { fanOut } from './fan-out.js'
import { cpuMs, memoryMib, openHome, seconds } from './home.js'
import { bin, inTurn, root, startServer } from './measure.js'
import { queueCost } from './queue-cost.js'
import { ms, report, resultsPage } from './report.js'
import { screenUnderLoad } from './screen.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-bench-'))
const modelServer = await startServer('model-server.js')
const main = openHome(folder, 'home', {
  OPENAI_BASE_URL: modelServer.url,
  OPENAI_API_KEY: 'bench-key',
  AGENT_MODEL: 'openai/bench',
})
const { options, sparky } = main
const nothing = ['-e', '0']

try {
  await sparky('agent', 'start')
  await commandsAgainstBareNode()
  await runsAgainstTheBareScript()
  await idleDaemon()
  await durableAdds(folder, main)
  await queueCost(folder)
  await atScale(folder)
  await fanOut(folder)
  await screenUnderLoad(folder)
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
  const fresh = main.pid()
  // What a start leaves to do (its snapshot, the collection of its garbage) is not idling.
  await seconds(15)
  const before = cpuMs(fresh)
  const idleS = 20
  await seconds(idleS)
  const cpuPerSecond = (cpuMs(fresh) - before) / idleS
  report({
    what: 'idle daemon, resident',
    figure: `${memoryMib(fresh).now.toFixed(0)} MiB`,
    target: '< 90 MiB',
  })
  report({ what: 'idle daemon, cpu', figure: `${cpuPerSecond.toFixed(1)} ms/s`, target: 'not measurable' })
}

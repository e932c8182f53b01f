import { beforeEach, expect, test } from 'vitest'
import { runCommand } from '../../../src/daemon/tools/run-command.ts'
import { runTool } from '../../../src/daemon/tools/run-tool.ts'
import { modelLimitChars } from '../../../src/daemon/tools/truncate.ts'
import { testRunner } from './test-runner.ts'
import { call, contextIn, newFolder } from './tool-context.ts'

const mebibyte = 1024 * 1024
const runner = testRunner()
let cwd: string

beforeEach(async () => {
  cwd = await newFolder()
})

test('keeps head and tail of a flood in bounded memory, and shows it in small pieces', async () => {
  const context = contextIn(cwd, { runShell: runner.run })
  const before = process.memoryUsage().rss
  const command = `echo first; head -c ${400 * mebibyte} /dev/zero | tr '\\0' x; echo; echo last`
  const settled = await runTool(runCommand, { command }, context)
  expect(settled.status).toBe('ok')
  expect(settled.text.startsWith('first\nxxx')).toBe(true)
  expect(settled.text.endsWith('xxx\nlast')).toBe(true)
  expect(settled.text).toMatch(/\[… [\d,]+ bytes of output left out here …]/)
  expect(settled.bytes).toBeLessThan(10 * mebibyte)
  expect(settled.forModel.length).toBeLessThanOrEqual(modelLimitChars)
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * mebibyte)
  expect(Math.max(...context.shown.map((text) => text.length))).toBeLessThanOrEqual(16 * 1024)
  const peak = await runTool(runCommand, { command: 'grep VmHWM: /proc/$PPID/status' }, context)
  expect(Number(/(\d+) kB/.exec(peak.text)?.[1]) / 1024).toBeLessThan(150)
})

test('loses nothing of five megabytes that come byte by byte through both streams', async () => {
  const settled = await call(runCommand, cwd, {
    command: `i=0; while [ $i -lt 300 ]; do echo "out €$i"; echo "err ü$i" >&2; i=$((i+1)); done`,
  })
  expect(settled.text.match(/out €\d+/g)).toHaveLength(300)
  expect(settled.text.match(/err ü\d+/g)).toHaveLength(300)
  expect(settled.text).not.toContain('\ufffd')
})

test('survives output that is no text', async () => {
  const settled = await call(runCommand, cwd, { command: 'head -c 100000 /dev/urandom' })
  expect(settled.status).toBe('ok')
  expect(JSON.parse(JSON.stringify(settled.text))).toBe(settled.text)
  expect(/\p{Surrogate}/u.test(settled.text)).toBe(false)
})

test('ends a command that forks without end', async () => {
  const settled = await call(runCommand, cwd, {
    command: `n=0; while [ $n -lt 400 ]; do (trap '' TERM; while :; do sleep 5; done) & n=$((n+1)); done; wait`,
    timeout_s: 2,
  })
  expect(settled).toMatchObject({ status: 'error', details: { timed_out: true } })
  expect(settled.durationMs).toBeLessThan(5_500)
})

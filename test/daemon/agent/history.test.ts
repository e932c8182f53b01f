import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { endLeftovers } from '../../../src/daemon/agent/history.ts'
import { Transcript } from '../../../src/daemon/agent/transcript.ts'
import { startTicksOf } from '../../../src/daemon/tools/process-group.ts'

const sleeper = async (): Promise<ChildProcess & { pid: number }> => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  return child as ChildProcess & { pid: number }
}

/** What a daemon leaves that was killed while a call had started this process. */
const leftBy = (pid: number, startTicks: string | null): Transcript => {
  const transcript = new Transcript()
  transcript.add({ type: 'tool_use', step: 1, data: { call_id: 'a', name: 'run_command', args: {} } })
  transcript.add({
    type: 'progress',
    step: 1,
    data: { step: 1, max_steps: null, note: 'running' },
    private: { kind: 'process', callId: 'a', process: { pid, startTicks } },
  })
  return transcript
}

test('what an earlier daemon left running is ended', async () => {
  const child = await sleeper()
  const exited = once(child, 'exit')
  const ended: number[] = []
  await endLeftovers(leftBy(child.pid, startTicksOf(child.pid)), ({ pid }) => ended.push(pid))
  expect(ended).toEqual([child.pid])
  expect((await exited)[1]).toBe('SIGTERM')
})

test.each([
  ['another start time', '1'],
  ['an unknown start time', null],
])('a process with the same number but %s is left alone', async (_what, startTicks) => {
  const child = await sleeper()
  const ended: number[] = []
  await endLeftovers(leftBy(child.pid, startTicks), ({ pid }) => ended.push(pid))
  expect(ended).toEqual([])
  expect(child.exitCode ?? child.signalCode).toBeNull()
})

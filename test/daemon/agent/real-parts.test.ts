import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { makeModel } from '../../../src/daemon/models/make-model.ts'
import { parseModelName } from '../../../src/daemon/models/model-name.ts'
import { providerSettings } from '../../../src/daemon/models/provider-settings.ts'
import { offeredTools } from '../../../src/daemon/tools/registry.ts'
import { startModelServer, type ScriptedReply, type WireProvider } from '../../support/model-server.ts'
import { temporaryFolder } from '../../support/store-fixtures.ts'
import { openAgent, told, type TestAgent } from './open-agent.ts'

/** The agent with the tools of Sparky and a provider's library, on a server that speaks the provider's format. */
const openReal = async (
  provider: WireProvider,
  replies: readonly ScriptedReply[],
): Promise<TestAgent & { requests: readonly { text: string }[] }> => {
  const server = await startModelServer({ replies })
  onTestFinished(() => server.close())
  const environment = server.environment(provider)
  const name = parseModelName(environment['AGENT_MODEL'] ?? '')
  const model = await makeModel(name, providerSettings(environment, {}))
  const agent = await openAgent(model, {
    tools: async () => ({ tools: offeredTools({ search: null }), problems: [] }),
  })
  return { ...agent, requests: server.requests }
}

const providers: readonly WireProvider[] = ['google', 'openai', 'anthropic', 'ollama']

describe.each(providers)('with the real tools and %s in its wire format', (provider) => {
  test('a task with reads, a write, a command, a 429 and a cut stream comes to its answer', async () => {
    const agent = await openReal(provider, [
      { text: 'I write first.', calls: [{ name: 'write_file', args: { path: 'a.txt', content: 'alpha' } }] },
      { httpStatus: 429, headers: { 'retry-after': '1' } },
      {
        calls: [
          { name: 'read_file', args: { path: 'a.txt' } },
          { name: 'list_directory', args: {} },
          { name: 'run_command', args: { command: 'printf beta > b.txt; echo written' } },
        ],
      },
      { text: 'Both are there.', cutAfterBytes: 60 },
      { text: 'Both are there.' },
    ])
    const cwd = temporaryFolder()
    await agent.add('Write two files', { cwd })
    const task = await agent.run()
    expect(task).toMatchObject({ status: 'completed', response_payload: { answer: 'Both are there.' } })
    const types = (await agent.eventsOf(task)).slice(2).map(({ type }) => type)
    expect(types).toEqual([
      'progress',
      'thought',
      'usage',
      'tool_use',
      'tool_result',
      'progress',
      'error',
      'usage',
      'tool_use',
      'tool_use',
      'tool_result',
      'tool_result',
      'tool_use',
      'progress',
      'tool_result',
      'progress',
      'error',
      'message',
      'usage',
      'status',
    ])
    expect(await readFile(path.join(cwd, 'b.txt'), 'utf8')).toBe('beta')
    expect(agent.requests[3]?.text).toContain('alpha')
    expect(agent.requests[3]?.text).toContain('written')
  })
})

test.skipIf(process.platform !== 'linux')(
  'a cancelled command and what it started are gone within two seconds',
  async () => {
    const agent = await openReal('openai', [
      {
        calls: [
          { name: 'run_command', args: { command: 'trap "" TERM; sleep 300 & echo $! > p; mv p pid; wait' } },
        ],
      },
    ])
    const cwd = temporaryFolder()
    const { id } = await agent.add('Sleep', { cwd })
    const running = agent.run()
    const pid = await vi.waitFor(async () => Number(await readFile(path.join(cwd, 'pid'), 'utf8')))
    const since = performance.now()
    await agent.queue.cancel(id, { by: 'test', reason: null })
    expect(performance.now() - since).toBeLessThan(2500)
    expect(await stateOf(pid)).toMatch(/^(gone|Z)$/)
    expect(told(await agent.eventsOf(await running)).slice(-2)).toEqual([
      expect.stringContaining('interrupted'),
      'status cancelled',
    ])
  },
)

/** One letter, as /proc has it: Z is a process that has ended and that nobody has fetched. */
const stateOf = async (pid: number): Promise<string> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat === '' ? 'gone' : (stat.split(') ')[1]?.[0] ?? '')
}

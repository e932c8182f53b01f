import { expect, test, vi } from 'vitest'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 15_000, interval: 20 }
const withLoop = { SPARKY_ENABLE_AGENT_LOOP: 'true' }

const startServer = (sparky: Sparky, args: readonly string[] = [], env: Record<string, string> = {}) => {
  const running = sparky.spawn(['chat', ...args], { env })
  let printed = ''
  let noted = ''
  running.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  running.stderr?.on('data', (chunk: Buffer) => (noted += chunk.toString()))
  return {
    running,
    printed: () => printed,
    noted: () => noted,
    until: (text: string | RegExp) =>
      vi.waitFor(() => {
        if (!(typeof text === 'string' ? printed.includes(text) : text.test(printed)))
          throw new Error(`expected ${String(text)}, found ${printed}${noted}`)
      }, soon),
  }
}

test('method 1 of the seeds: without a terminal, chat is the server with the agent loop in it', async () => {
  const sparky = newSparky(withLoop)
  const server = startServer(sparky)
  await server.until('ONLINE')
  expect(server.printed()).toMatch(
    /^🟢 Chat server is ONLINE at (\S+) \(offline\/demo\)\. Agent loop started in background\. Watching the queue/,
  )
  expect(sparky.daemon()).toMatchObject({ pid: server.running.pid })
  expect(server.printed()).toContain(sparky.daemon()?.url)

  const task = await sparky.add('What is the current date and time?')
  await server.until('✅ Task 1 Completed successfully.')
  expect(sparky.log()).toContain('Agent loop started in background')
  expect(server.printed()).toContain(
    `⚡ Found Task 1 (${task.id})!\n   User asking: What is the current date and time?\n`,
  )
  server.running.kill('SIGINT')
  expect(await server.running).toMatchObject({ exitCode: 0, stderr: '' })
  expect(sparky.daemon()).toBeUndefined()
})

test('without SPARKY_ENABLE_AGENT_LOOP chat is answered and tasks wait, until the loop is switched on', async () => {
  const sparky = newSparky()
  const server = startServer(sparky, ['--agent', 'guide'])
  await server.until('The agent loop is off: chat is answered, tasks wait.')
  expect(server.noted()).toContain('--agent counts with --message only')
  await sparky.add('List files')
  expect(await sparky.run(['chat', '--message', 'What is the date?'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('offline demo'),
  })
  expect(await sparky.json(['agent', 'tasks', 'show', '1'])).toMatchObject({ status: 'pending' })
  await sparky.run(['agent', 'start'])
  await server.until(/🟢 Agent loop started in background\.[^]*✅ Task 1 Completed/)
  // Where nobody reads its lines any more, as behind `| head`, it serves on.
  server.running.stdout?.destroy()
  expect(await sparky.run(['run', 'List files'])).toMatchObject({ exitCode: 0 })
  expect(await sparky.json(['agent', 'status'])).toMatchObject({ pid: server.running.pid })
  server.running.kill('SIGTERM')
  expect(await server.running).toMatchObject({ exitCode: 0 })
})

test('with --json each moment is a line of JSON', async () => {
  const sparky = newSparky(withLoop)
  const server = startServer(sparky, ['--json'])
  await server.until('\n')
  const { id } = await sparky.add('What is the current date and time?')
  await server.until('"ended"')
  server.running.kill('SIGTERM')
  const { exitCode, stdout, stderr } = await server.running
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const moments = stdout.split('\n').map((line) => JSON.parse(line) as object)
  expect(moments).toMatchObject([
    { kind: 'online', model: 'offline/demo', loop: true, note: null },
    { kind: 'found', task: { id, status: 'in_progress' } },
    { kind: 'ended', task: { id, status: 'completed' } },
  ])
})

test('where a daemon runs it says which, switches its loop on, and stays with it to its end', async () => {
  const sparky = newSparky()
  await sparky.run(['chat', '--message', 'What is the date?'])
  const { pid = 0, url = '' } = sparky.daemon() ?? {}
  const guest = startServer(sparky, [], withLoop)
  const plain = startServer(sparky)
  await guest.until(`🟢 Chat server is ONLINE at ${url} (offline/demo).`)
  await plain.until(url)
  expect(guest.noted()).toContain(`A daemon runs already at ${url} (pid ${pid})`)
  expect(guest.noted()).toContain('Its agent loop was off, and is on now.')
  expect(await sparky.json(['agent', 'status'])).toMatchObject({ pid, agent_loop: true })

  guest.running.kill('SIGTERM')
  expect(await guest.running).toMatchObject({ exitCode: 0 })
  expect(await sparky.json(['agent', 'status'])).toMatchObject({ pid })

  await sparky.run(['agent', 'stop'])
  expect(await plain.running).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining(`the daemon at ${url} has ended`),
  })
})

test('SPARKY_ENABLE_AGENT_LOOP that means neither yes nor no is refused', async () => {
  const sparky = newSparky({ SPARKY_ENABLE_AGENT_LOOP: 'maybe' })
  expect(await sparky.run(['chat'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`found "maybe"`),
  })
})

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Event } from '../../src/protocol/event.ts'
import { bodyOf, localServer } from '../daemon/tools/local-server.ts'
import { ofType } from '../support/honest-log.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const root = path.join(import.meta.dirname, '../..')

/** A home with the examples in it. */
const withExamples = (): Sparky => {
  const sparky = newSparky()
  mkdirSync(sparky.home, { recursive: true })
  cpSync(path.join(root, 'examples/workflows'), path.join(sparky.home, 'workflows'), { recursive: true })
  return sparky
}

const run = async (sparky: Sparky, name: string, input: string, flags: readonly string[] = []) => {
  const { exitCode, stdout, stderr } = await sparky.run(['workflow', 'run', name, ...flags, input, '--json'])
  const events = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event)
  const last = events.at(-1)
  const answer = last?.type === 'status' ? last.data.changes.response_payload?.answer : undefined
  const notes = ofType(events, 'progress').map(({ data }) => data.note)
  return { exitCode, answer, events, notes, stderr }
}

/** Takes messages, and delivers each once it has been asked for twice. */
const postOffice = async () => {
  const messages: { key: string; to: string; text: string; asked: number }[] = []
  let isDown = true
  const server = await localServer(async (request, response) => {
    const send = (status: number, body: unknown): void =>
      void response.writeHead(status).end(JSON.stringify(body))
    const id = Number(/^\/messages\/(\d+)$/.exec(request.url ?? '')?.[1] ?? -1)
    if (request.method === 'POST') {
      // The first try finds nobody.
      if (isDown) {
        isDown = false
        return send(503, {})
      }
      const { to, text } = JSON.parse(await bodyOf(request)) as { to: string; text: string }
      const key = String(request.headers['idempotency-key'])
      if (!messages.some((message) => message.key === key)) messages.push({ key, to, text, asked: 0 })
      return send(200, { id: messages.findIndex((message) => message.key === key) })
    }
    const message = messages[id]
    if (message === undefined) return send(404, {})
    message.asked += 1
    send(200, { status: message.asked < 3 ? 'queued' : 'delivered' })
  })
  return { url: server.url, messages }
}

test('the examples do what they say', async () => {
  const sparky = withExamples()
  const calendar = path.join(sparky.home, 'calendar.jsonl')
  const server = path.join(root, 'test/fixtures/mcp/calendar-server.mjs')
  const mcpServers = { calendar: { command: process.execPath, args: [server, calendar] } }
  writeFileSync(path.join(sparky.home, 'mcp.json'), JSON.stringify({ mcpServers }))

  // A schedule of several steps, with progress.
  const plan = await run(sparky, 'day-plan', 'Standup 15m; Write report 1h30m; Review 30m')
  expect(plan.answer).toBe('- 09:00–09:15 Standup\n- 09:15–10:45 Write report\n- 10:45–11:15 Review')
  expect(readFileSync(path.join(sparky.work, 'plan.md'), 'utf8')).toContain('- 09:15–10:45 Write report')
  expect(plan.notes).toContain('2 of 3: Write report at 09:15')
  const tooMuch = await run(sparky, 'day-plan', 'Sleep 10h')
  expect(tooMuch).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('does not fit: the day ends at 18:00'),
  })
  const unread = await run(sparky, 'day-plan', 'Sleep')
  expect(unread.stderr).toContain('the input cannot be read: expected')

  // A message, sent through a service that is down at first, and its delivery confirmed.
  const post = await postOffice()
  const sent = await run(sparky, 'send-message', `${post.url} ada@example.org: The report is there`)
  expect(sent.answer).toBe('Delivered to ada@example.org (message 0, confirmed after asking 3 times).')
  expect(post.messages).toMatchObject([{ to: 'ada@example.org', text: 'The report is there' }])
  expect(ofType(sent.events, 'error').map(({ data }) => data.message)).toEqual([
    expect.stringMatching(/^node send: the service answered with HTTP 503; trying again/),
  ])

  // An entry in a calendar, over MCP.
  const entry = await run(sparky, 'calendar-entry', '2026-12-01 10:00-11:00 Dentist')
  expect(entry.answer).toBe('"Dentist" stands in the calendar on 2026-12-01, 10:00 to 11:00.')
  expect(readFileSync(calendar, 'utf8')).toBe(
    '{"day":"2026-12-01","from":"10:00","until":"11:00","title":"Dentist"}\n',
  )
  expect(ofType(entry.events, 'tool_use').map(({ data }) => data.name)).toEqual([
    'mcp__calendar__list_events',
    'mcp__calendar__add_event',
    'mcp__calendar__list_events',
  ])
  const clash = await run(sparky, 'calendar-entry', '2026-12-01 10:30-12:00 Lunch')
  expect(clash.answer).toBe('Nothing was added: on 2026-12-01 there is "Dentist" between 10:30 and 12:00.')

  // The one of the page.
  const page = readFileSync(path.join(root, 'docs/workflows.md'), 'utf8')
  const code = /```js\n(.*?)```/s.exec(page)?.[1] ?? ''
  writeFileSync(path.join(sparky.home, 'workflows', 'page-size.mjs'), code)
  const web = await localServer((_, response) => response.end('A short page.'))
  await sparky.run(['config', 'set', 'fetch.allow', JSON.stringify([web.host])])
  const size = await run(sparky, 'page-size', `${web.url}/short`)
  expect(size.answer).toMatch(/^\d+ characters: too short to say$/)

  const list = await sparky.run(['workflow', 'list'])
  expect(list.stdout.split('\n').map((line) => line.split(/\s+/)[0])).toEqual([
    'WORKFLOW',
    'calendar-entry',
    'day-plan',
    'page-size',
    'search',
    'send-message',
  ])
  const shown = await sparky.run(['workflow', 'show', 'day-plan'])
  expect(shown.stdout).toContain('nodes  place, write')
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, type Browser, type Page } from './open-browser.ts'
import { sparkyForPages, type SparkyForPages } from './sparky-for-pages.ts'

let browser: Browser
let page: Page
let daemon: SparkyForPages
let at: { url: string; token: string }

beforeAll(async () => {
  const opened = await openBrowser()
  browser = opened
  page = opened.page
  daemon = await sparkyForPages([page.origin])
  at = { url: daemon.url, token: daemon.token }
})

afterAll(async () => {
  await browser?.close()
  await daemon?.stop()
})

test('a page of a listed origin adds, reads, edits and removes a task, after the browser has asked for leave', async () => {
  const seen = await page.run(async ({ url, token }) => {
    // Authorization, JSON and PATCH each make the browser send a preflight first.
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const call = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return {
        status: response.status,
        json: await response.json(),
        version: response.headers.get('sparky-version'),
      }
    }
    return {
      added: await call('POST', '/api/v1/tasks', { prompt: 'List files', at: '1h' }),
      edited: await call('PATCH', '/api/v1/tasks/1', { priority: 7 }),
      shown: await call('GET', '/api/v1/tasks/1'),
      cancelled: await call('POST', '/api/v1/tasks/1/cancel', {}),
      removed: await call('DELETE', '/api/v1/tasks/1'),
      missing: await call('GET', '/api/v1/tasks/1'),
    }
  }, at)
  expect(seen.added).toMatchObject({ status: 201, json: { number: 1, status: 'scheduled' } })
  expect(seen.edited).toMatchObject({ status: 200, json: { priority: 7 } })
  expect(seen.shown.json).toEqual(seen.edited.json)
  expect(seen.cancelled).toMatchObject({ status: 200, json: { status: 'cancelled' } })
  expect(seen.removed.status).toBe(200)
  // Errors are read as well, and which version answers.
  expect(seen.missing).toMatchObject({ status: 404, json: { error: { code: 'not_found' } } })
  expect(seen.missing.version).toMatch(/^\d+\.\d+\.\d+/)
})

test('a page without the token reads why it is refused, and only /health beside that', async () => {
  const seen = await page.run(async ({ url }) => {
    const health = await fetch(`${url}/health`)
    const refused = await fetch(`${url}/api/v1/tasks`)
    return {
      health: (await health.json()) as unknown,
      refused: { status: refused.status, json: (await refused.json()) as unknown },
    }
  }, at)
  expect(seen.health).toMatchObject({ status: 'ok' })
  expect(seen.refused).toMatchObject({ status: 401, json: { error: { code: 'unauthorized' } } })
})

test('a page follows events line by line as they happen, and the stream ends with the task', async () => {
  const { lines, pieces } = await page.run(async ({ url, token }) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const added = await fetch(`${url}/api/v1/tasks`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ prompt: 'Run the command: echo one; sleep 0.4; echo two' }),
    })
    const { id } = (await added.json()) as { id: string }
    const response = await fetch(`${url}/api/v1/tasks/${id}/events?after=0&follow=true`, {
      headers: { ...headers, accept: 'application/x-ndjson' },
    })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    let pieces = 0
    for (;;) {
      const piece = await reader?.read()
      if (piece === undefined || piece.done) break
      pieces += 1
      text += piece.value
    }
    return { pieces, lines: text.split('\n').filter(Boolean) }
  }, at)
  const events = lines.map((line) => JSON.parse(line) as { type: string; data: { status?: string } })
  expect(events[0]).toMatchObject({ type: 'task_added' })
  expect(events.at(-1)).toMatchObject({ type: 'status', data: { status: 'completed' } })
  // What came at once and what came after the command had ended.
  expect(pieces).toBeGreaterThan(1)
})

import { request } from 'node:http'
import { expect, test } from 'vitest'
import { runServer, sendRaw, token } from '../running-server.ts'

const post = async (rawBody: string): Promise<string> => {
  const { call, store } = await runServer()
  const answer = await call('POST', '/api/v1/tasks', { rawBody })
  expect(answer.status).toBe(400)
  expect(answer.json).toEqual({ error: { code: 'usage', message: expect.any(String), hint: null } })
  expect(store.lastSeq).toBe(0)
  return answer.json.error.message
}

test.each([
  [{ prompt: 'x', priority: 'high' }, 'expected priority to be a whole number, found "high"'],
  [{ prompt: 'x', priority: 1.5 }, 'expected priority to be a whole number, found 1.5'],
  [{ prompt: 'x', priority: 1e9 }, 'expected priority to be a number of at most 1000000, found 1000000000'],
  [{}, 'expected a prompt, found none'],
  [{ prompt: 7 }, 'expected prompt to be text, found 7'],
  [{ prompt: ' ' }, 'expected a prompt with text in it, found only white space'],
  [{ prompt: 'x', promt: 'y' }, 'expected no field of the body that is not known, found "promt"'],
  [{ prompt: 'x', id: 'abc' }, 'expected id to be a UUID, found "abc"'],
  [{ prompt: 'x', attempts: 0 }, 'expected attempts to be a number above 0, found 0'],
  [{ prompt: 'x', agent: '' }, 'expected agent to be text that is not empty, found ""'],
  [{ prompt: 'x', dedupe: 'yes' }, 'expected dedupe to be true or false, found "yes"'],
  [{ prompt: 'x', labels: { a: 1 } }, 'expected labels.a to be text, found 1'],
  [{ prompt: 'x', labels: [] }, 'expected labels to be an object, found a list'],
  [{ prompt: 'x', lock: 3 }, 'expected lock to be text or a list, found 3'],
  [{ prompt: 'x', locks: ['a', 3] }, 'expected locks[1] to be text, found 3'],
  [{ prompt: 'x', limits: { max_steps: -1 } }, 'expected limits.max_steps to be a number above 0, found -1'],
  [
    { prompt: 'x', environment: { HOME: '/' } },
    'expected no field of the body that is not known, found "environment.HOME"',
  ],
  [[], 'expected the body to be an object, found a list'],
  [null, 'expected the body to be an object, found null'],
])('the body %j is answered: %s', async (body, expected) => {
  const message = await post(JSON.stringify(body))
  if (typeof expected === 'string') expect(message).toBe(expected)
  else expect(message).toMatch(expected)
})

test.each([
  ['', 'expected a prompt, found none'],
  ['{"prompt": "x",}', /^expected the body to be JSON, found: .*position 15/],
  ['{"prompt": "x"', /^expected the body to be JSON, found: /],
  ['prompt', /^expected the body to be JSON, found: Unexpected token 'p'/],
  [
    `{"prompt":"x","context":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    /nested at most 100 deep, found more/,
  ],
  ['{"__proto__": {"prompt": "x"}, "prompt": "x"}', /found "__proto__"/],
  ['{"constructor": {"prototype": {}}, "prompt": "x"}', /found "constructor"/],
])('the text %.60j is answered with 400', async (text, expected) => {
  expect(await post(text)).toMatch(expected)
})

test('60,000 unknown keys are answered on one short line', async () => {
  const keys = Array.from({ length: 60_000 }, (_, number) => `"k${number}":1`).join(',')
  const message = await post(`{"prompt":"x",${keys}}`)
  expect(message.length).toBeLessThan(200)
})

test('bytes that are no UTF-8 are answered with 400', async () => {
  const { server } = await runServer()
  const body = '{"prompt":"\u00ff\u00fe"}'
  const answer = await sendRaw(
    server.port,
    `POST /api/v1/tasks HTTP/1.1\r\nHost: localhost:${server.port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  )
  expect(answer).toContain('expected the body to be UTF-8')
})

test('who is still sending a body that is too large is told so, and does not find a broken pipe', async () => {
  const { server } = await runServer()
  const body = JSON.stringify({ prompt: 'x'.repeat(16 * 1024 * 1024) })
  const status = await new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      connection: 'close',
    }
    const sent = request(`${server.url}/api/v1/tasks`, { method: 'POST', headers, agent: false })
    sent.on('response', ({ statusCode }) => resolve(statusCode)).on('error', reject)
    sent.end(body)
  })
  expect(status).toBe(413)
})

test('a body above 1 MiB is too large, told or found', async () => {
  const { call, store } = await runServer()
  const big = JSON.stringify({ prompt: 'x'.repeat(1024 * 1024) })
  const told = await call('POST', '/api/v1/tasks', { rawBody: big })
  expect([told.status, told.json.error.code]).toEqual([413, 'too_large'])
  const { server } = await runServer()
  const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`
  const found = await sendRaw(
    server.port,
    `POST /api/v1/tasks HTTP/1.1\r\nHost: localhost:${server.port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk.repeat(20)}0\r\n\r\n`,
  )
  expect(found).toMatch(/^HTTP\/1\.1 413/)
  expect(store.lastSeq).toBe(0)
})

test.each([
  ['/api/v1/tasks?status=done', /^expected status\[0\] to be one of scheduled, .*, found "done"$/],
  ['/api/v1/tasks?limit=ten', 'expected limit to be a whole number, found "ten"'],
  ['/api/v1/tasks?limit=1&limit=2', /^expected limit to be .*, found a list$/],
  ['/api/v1/tasks?label=x', 'expected label[0] to be LABEL=VALUE, found "x"'],
  ['/api/v1/tasks?state=x', 'expected no field of the query that is not known, found "state"'],
  ['/api/v1/events?types=statuss', /^expected types\[0\] to be one of task_added, /],
  ['/api/v1/events?after=-1', 'expected after to be a whole number, found "-1"'],
  ['/api/v1/events?follow=maybe', /^expected follow to be .*true.*, found "maybe"$/],
])('the query of %s is answered: %s', async (path, expected) => {
  const { call } = await runServer()
  const { status, json } = await call('GET', path)
  expect(status).toBe(400)
  if (typeof expected === 'string') expect(json.error.message).toBe(expected)
  else expect(json.error.message).toMatch(expected)
})

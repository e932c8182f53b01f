import { expect, test } from 'vitest'
import { addressOf } from '../../../src/daemon/models/base-url.ts'

const good: readonly [string, string, number | undefined, string][] = [
  ['http://127.0.0.1:4000', 'v1', undefined, 'http://127.0.0.1:4000/v1'],
  ['http://127.0.0.1:4000/', 'v1beta', undefined, 'http://127.0.0.1:4000/v1beta'],
  ['http://127.0.0.1:4000/v1', 'v1', undefined, 'http://127.0.0.1:4000/v1'],
  ['http://127.0.0.1:4000/v1beta//', 'v1beta', undefined, 'http://127.0.0.1:4000/v1beta'],
  ['https://openrouter.example/api/v1/', 'v1', undefined, 'https://openrouter.example/api/v1'],
  ['https://z.example/api/paas/v4', 'v1', undefined, 'https://z.example/api/paas/v4'],
  ['https://g.example/v1beta/openai/', 'v1', undefined, 'https://g.example/v1beta/openai'],
  ['https://gateway.example/anthropic', 'v1', undefined, 'https://gateway.example/anthropic/v1'],
  ['localhost:1234', 'v1', undefined, 'http://localhost:1234/v1'],
  ['api.example.com', 'v1', undefined, 'https://api.example.com/v1'],
  ['localhost', 'v1', 11_434, 'http://localhost:11434/v1'],
  ['box.lan:8000', 'v1', 11_434, 'http://box.lan:8000/v1'],
  ['0.0.0.0', 'v1', 11_434, 'http://127.0.0.1:11434/v1'],
  [':11500', 'v1', 11_434, 'http://127.0.0.1:11500/v1'],
  ['[::]:11434', 'v1', 11_434, 'http://[::1]:11434/v1'],
  ['http://ollama.example', 'v1', 11_434, 'http://ollama.example/v1'],
  ['https://ollama.example/v1/', 'v1', 11_434, 'https://ollama.example/v1'],
]
test.each(good)('%s with %s (bare port %s) means %s', (value, version, barePort, url) => {
  const options = barePort === undefined ? { version } : { version, barePort }
  expect(addressOf('X_URL', value, options)).toEqual({ url, problem: null })
})

const bad: readonly [string, RegExp][] = [
  ['ftp://example.com', /expected X_URL to be an http or https address, found "ftp:\/\/example\.com"/],
  ['http://', /found "http:\/\/"/],
  ['not an address', /found "not an address"/],
  ['https://me:secret@example.com', /without a user name and password/],
  ['https://example.com/?key=1', /without "\?" and "#"/],
]
test.each(bad)('%s is refused by name', (value, problem) => {
  const address = addressOf('X_URL', value, { version: 'v1' })
  expect(address.url).toBeNull()
  expect(address.problem).toMatch(problem)
  expect(address.problem).not.toContain('secret')
})

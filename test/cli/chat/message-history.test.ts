import { appendFileSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, it, vi } from 'vitest'
import { openMessageHistory } from '../../../src/cli/chat/message-history.ts'
import { tempHome } from '../../support/temp-home.ts'

const fileIn = (home: string): string => path.join(home, 'chat-history.jsonl')

it('brings back what this user said in earlier chats, from a file that is nobody else’s to read', () => {
  const file = fileIn(tempHome())
  const history = openMessageHistory(file, 'user')
  expect(history.earlier).toEqual([])
  history.keep('one\ntwo')
  openMessageHistory(file, 'agent').keep('of another user')
  history.keep('three')
  expect(openMessageHistory(file, 'user').earlier).toEqual(['one\ntwo', 'three'])
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

it('passes over what is damaged, and goes on where nothing can be written', () => {
  const file = fileIn(tempHome())
  const history = openMessageHistory(file, 'user')
  history.keep('one')
  appendFileSync(file, '{"user":"user","te\nnull\n7\n{"user":"user"}\n')
  history.keep('two')
  expect(openMessageHistory(file, 'user').earlier).toEqual(['one', 'two'])
  const nowhere = openMessageHistory('/nowhere/history', 'user')
  nowhere.keep('lost')
  expect(nowhere.earlier).toEqual([])
})

it('keeps no huge message, and makes a long file short again', async () => {
  const file = fileIn(tempHome())
  const history = openMessageHistory(file, 'user')
  history.keep('x'.repeat(40_000))
  for (let number = 0; number < 100; number++) history.keep(`${number} ${'y'.repeat(30_000)}`)
  const { earlier } = openMessageHistory(file, 'user')
  expect(earlier.at(-1)).toMatch(/^99 y/)
  await vi.waitFor(() => expect(statSync(file).size).toBeLessThan(1024 * 1024))
  expect(openMessageHistory(file, 'user').earlier.at(-1)).toMatch(/^99 y/)
  expect(readFileSync(file, 'utf8')).not.toContain('"0 y')
})
